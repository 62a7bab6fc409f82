// What bodies follow: a motion that can be read at any moment.
#pragma once

#include "kinesis/base/episode_random.hpp"
#include "kinesis/base/layout.hpp"
#include "kinesis/body/ground.hpp"

namespace kinesis {

// Where a reference is read.
struct Moment {
  int clip = 0;
  double time = 0.0;  // s into the clip
};

// A motion that bodies follow, from clips (MotionTable, or with errors DisturbedMotion) or made up
// as it goes (PlannedMotion). What is made up lies in columns that a task keeps an environment for
// it, the first of the task's: every method takes these as plan. A reference that reads clips alone
// has none and ignores them.
//
// Immutable, shared by threads. World frame, metres, seconds, N m.
class Reference {
 public:
  virtual ~Reference() = default;

  virtual const Layout& plan() const {
    static const Layout none;
    return none;
  }

  // An episode begins at a moment: draws what it will be like. Tasks that make plans do this
  // themselves.
  virtual void begin(const Moment& /*start*/, EpisodeRandom& /*random*/, double* /*plan*/) const {}

  // What the body stands on from now on. What is laid on it is (LaidMotion).
  virtual void stand(const Footing& /*footing*/, double* /*plan*/) const {}
  // Changes a state of the level floor to one that stands so.
  virtual void lay(const double* /*plan*/, double* /*qpos*/, double* /*qvel*/) const {}

  virtual int nq() const = 0;
  virtual int nv() const = 0;
  virtual int num_tracked() const = 0;
  virtual int num_torques() const = 0;  // 0 without a muscle prior
  virtual int num_muscles() const = 0;  // 0 without a muscle prior

  // Seconds after which a clip holds no more; infinite where it goes on.
  virtual double duration(int clip) const = 0;

  // Joint positions (nq), unit quaternions, and velocities (nv).
  virtual void joint_state(const Moment& at, const double* plan, double* qpos,
                           double* qvel) const = 0;
  // Likewise, of which only the root's are filled for certain.
  virtual void root_state(const Moment& at, const double* plan, double* qpos, double* qvel) const {
    joint_state(at, plan, qpos, qvel);
  }
  // Positions and velocities (num_tracked x 3) of the tracked bodies. Past the end they go on at
  // their last velocity: the step that passes it is compared fairly.
  virtual void tracked_state(const Moment& at, const double* plan, double* pos,
                             double* vel) const = 0;

  // The muscle prior, see MotionPrior: torques (num_torques) of the independent joints, activations
  // and excitations (num_muscles).
  virtual void torque(const Moment& at, const double* plan, double* out) const = 0;
  virtual void activation(const Moment& at, const double* plan, double* out) const = 0;
  virtual void excitation(const Moment& at, const double* plan, double* out) const = 0;

  // Asks the processor for what tracked_state will read.
  virtual void prefetch_tracked(const Moment&, const double* /*plan*/) const {}
};

}  // namespace kinesis
