// From a policy's actions to muscle excitations.
#pragma once

#include <mujoco/mujoco.h>

#include <memory>
#include <vector>

#include "kinesis/base/layout.hpp"
#include "kinesis/control/control_mode.hpp"
#include "kinesis/control/joint_control.hpp"
#include "kinesis/control/length_law.hpp"
#include "kinesis/motion/reference.hpp"
#include "kinesis/muscle/force.hpp"

namespace kinesis {

// Gains of the length mode, relative to each muscle's peak force (KINESIS, Simos et al. 2025).
struct LengthGains {
  double stiffness = 5.0;  // kp = stiffness * peak force, N/m
  double damping = 0.1;    // kd = damping * kp, N s/m
};

struct ControlConfig {
  ControlMode mode = ControlMode::kLength;
  LengthGains length;
  JointControlConfig joint;
  double residual_scale = 0.15;  // excitation that an action of 1 adds
};

// What an environment's control starts from.
struct ControlState {
  Moment at;                         // of the state that mjData holds
  const double* plan = nullptr;      // of the reference, see Reference
  int substeps_left = 1;             // of the control step, this one included
  const float* actions = nullptr;    // (num_actions)
  const double* capacity = nullptr;  // (muscles) share of its active force that each can make
  double* kept = nullptr;            // (kept().size())
};

// One control mode for all muscles of a model. Immutable after construction.
//
// Control reads the muscles' lengths, velocities and moment arms as they were at the last physics
// step. An mjData may have served another environment since, so they are kept outside of it.
class MuscleControl {
 public:
  // Borrows the reference. Throws std::invalid_argument if it lacks what the mode needs.
  MuscleControl(const mjModel* model, const Reference* reference, const ControlConfig& config);

  // Actions that a policy gives each control step.
  int num_actions() const;
  // Columns that are kept an environment: lengths and velocities of the muscles, and where the mode
  // follows joints their moment arms, the multipliers of the last effort problem, the joint offsets
  // in effect, and loads under the feet.
  const Layout& kept() const { return kept_; }
  ControlMode mode() const { return mode_; }
  double residual_scale() const { return residual_scale_; }
  const LengthLaw<double>& length_law() const { return length_; }
  const JointControl* joint() const { return joint_.get(); }  // null where no joints are followed

  // Keeps what data holds after a physics step or mj_forward.
  void keep(const mjModel* model, mjData* data, double* kept) const;
  // Clears multipliers and offsets: for the first state of an episode.
  void clear(double* kept) const;

  // Writes neural excitations in [0, 1] to data->ctrl; actions are clipped to [-1, 1].
  void apply(const mjModel* model, mjData* data, const ControlState& state) const;

 private:
  void follow_lengths(const mjModel* model, mjData* data, const ControlState& state) const;
  void add_residual(mjData* data, const float* actions) const;

  const Reference* reference_;
  ControlMode mode_;
  double residual_scale_;
  int num_muscles_;
  LengthLaw<double> length_;
  MuscleForce force_;
  std::unique_ptr<JointControl> joint_;  // of the modes that follow joint angles
  Layout kept_;                          // in the order of Kept
};

}  // namespace kinesis
