// A motion made up as it goes: clips placed anywhere, one going over into another.
#pragma once

#include "kinesis/motion/motion_table.hpp"

namespace kinesis {

// Where on the floor a clip is put: turned about the vertical of the origin, then moved.
struct Placement {
  double x = 0.0;    // m
  double y = 0.0;    // m
  double yaw = 0.0;  // rad
};

// Plays clips of a table, each where the one before it has led to. What a transition would have
// jump (positions, velocities, torques, activations) is kept as offsets that die away as a
// critically damped spring does ("inertialisation", Bollo 2018; Holden 2020):
//
//   x(t) = x_clip(t) + (d + (v + y d) t) exp(-y t),   y = 1 / blend_time,
//
// d and v the differences of positions and velocities at the transition, t the time since; torques,
// activations and excitations have d exp(-y t). The root's turn is a rotation vector in world axes.
// Tracked bodies have offsets of their own.
//
// Reads the moment that at() gives. Past a clip's end it goes on as MotionTable does; who plans
// leaves the clip before. Needs clips with one free joint and else joints of one coordinate.
class PlannedMotion final : public Reference {
 public:
  // Borrows the clips. quaternion_address: where the free joint's quaternion begins in qpos.
  // Throws std::invalid_argument where the clips have other joints.
  PlannedMotion(const MotionTable* clips, int quaternion_address, double blend_time);

  const Layout& plan() const override { return layout_; }
  int nq() const override { return clips_->nq(); }
  int nv() const override { return clips_->nv(); }
  int num_tracked() const override { return clips_->num_tracked(); }
  int num_torques() const override { return clips_->num_torques(); }
  int num_muscles() const override { return clips_->num_muscles(); }
  const MotionTable& clips() const { return *clips_; }

  // A planned motion has no end.
  double duration(int clip) const override;

  void joint_state(const Moment& at, const double* plan, double* qpos, double* qvel) const override;
  void tracked_state(const Moment& at, const double* plan, double* pos, double* vel) const override;
  void torque(const Moment& at, const double* plan, double* out) const override;
  void activation(const Moment& at, const double* plan, double* out) const override;
  void excitation(const Moment& at, const double* plan, double* out) const override;
  void prefetch_tracked(const Moment& at, const double* plan) const override;

  // Doubles of scratch that join needs.
  int workspace_size() const { return 2 * state_size(); }

  // Plays a clip from a moment on, where it lies; elapsed: s since the episode began.
  void start_plan(const Moment& at, double elapsed, double* plan) const;
  // Goes over from what is read at one moment to a clip from another on. work (workspace_size()).
  void join(const Moment& from, const Moment& to, double elapsed, double* plan, double* work) const;
  // The moment to read so many seconds after the episode began.
  Moment at(double elapsed, const double* plan) const;
  Placement placement(const double* plan) const;
  // Moves what is played by so much, turned about a point of the floor first.
  void shift(const Placement& by, const double* about, double* plan) const;

 private:
  // Columns of plan, in order. The first five say where a clip is played; the others are offsets
  // at the transition.
  enum Column {
    kPlace,
    kClip,
    kJoined,   // s into the clip at the transition
    kElapsed,  // s since the episode began, then
    kJoint,
    kJointRate,
    kTracked,
    kTrackedRate,
    kTorque,
    kActivation,
    kExcitation
  };
  struct State {
    double* qpos;
    double* qvel;
    double* pos;
    double* vel;
    double* torque;
    double* activation;
    double* excitation;
  };
  int state_size() const;
  State read(const Moment& at, const double* plan, double* memory) const;
  double since(const Moment& at, const double* plan) const;  // s since the transition
  const double* offset(Column column, const double* plan) const {
    return plan + layout_[column].begin;
  }
  void placed_joint_state(const Moment& at, const double* plan, double* qpos, double* qvel) const;
  void placed_tracked_state(const Moment& at, const double* plan, double* pos, double* vel) const;
  void fade(Column column, const Moment& at, const double* plan, double* out) const;
  int root() const { return quaternion_ - 3; }  // address in qpos and qvel alike

  const MotionTable* clips_;
  int quaternion_;
  double rate_;  // y, 1/s
  Layout layout_;
};

}  // namespace kinesis
