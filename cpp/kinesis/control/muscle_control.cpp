#include "kinesis/control/muscle_control.hpp"

#include <algorithm>
#include <stdexcept>

#include "kinesis/muscle/force.hpp"

namespace kinesis {

namespace {

// Places in the layout of what is kept; from kArms on, of the modes that follow joints alone.
enum Kept { kLengths, kVelocities, kArms, kMultipliers, kOffsets, kLoads };

}  // namespace

MuscleControl::MuscleControl(const mjModel* model, const MotionTable* motions,
                             const ControlConfig& config)
    : motions_(motions),
      mode_(config.mode),
      residual_scale_(config.residual_scale),
      num_muscles_(static_cast<int>(model->nu)),
      passive_forces_pull_(true) {
  const MuscleForce force(model);
  for (int i = 0; i < num_muscles_; ++i) {
    const double peak = force.peak(i);
    const double kp = config.length.stiffness * peak;
    longest_.push_back(model->actuator_lengthrange[2 * i + 1]);
    peak_force_.push_back(peak);
    kp_.push_back(kp);
    kd_.push_back(config.length.damping * kp);
    passive_forces_pull_ &=
        force.passive_peak(i) >= 0 && model->actuator_biasprm[mjNBIAS * i + 7] >= 0;
  }
  keep_next("actuator_length", num_muscles_);
  keep_next("actuator_velocity", num_muscles_);
  if (mode_ == ControlMode::kJoint || mode_ == ControlMode::kJointResidual) {
    joint_ = std::make_unique<JointControl>(model, motions, config.joint);
    keep_next("moment_arm", joint_->num_arms());
    keep_next("effort_multiplier", joint_->num_actions());
    keep_next("joint_offset", joint_->num_actions());
    keep_next("foot_load", joint_->num_loads());
  }
  if (mode_ == ControlMode::kResidual && motions->num_muscles() != num_muscles_) {
    throw std::invalid_argument("residual control needs motions with excitations of " +
                                std::to_string(num_muscles_) + " muscles; these have " +
                                std::to_string(motions->num_muscles()));
  }
}

int MuscleControl::num_actions() const {
  switch (mode_) {
    case ControlMode::kJoint:
      return joint_->num_actions();
    case ControlMode::kJointResidual:
      return joint_->num_actions() + num_muscles_;
    default:
      return num_muscles_;
  }
}

void MuscleControl::keep_next(const char* name, int size) {
  const int begin = layout_.empty() ? 0 : layout_.back().end;
  layout_.push_back({name, begin, begin + size});
}

void MuscleControl::keep(const mjModel* model, mjData* data, double* muscles) const {
  std::copy_n(data->actuator_length, num_muscles_, muscles + layout_[kLengths].begin);
  std::copy_n(data->actuator_velocity, num_muscles_, muscles + layout_[kVelocities].begin);
  if (joint_ != nullptr) {
    joint_->read_arms(data, muscles + layout_[kArms].begin);
    joint_->read_loads(model, data, muscles + layout_[kLoads].begin);
  }
}

void MuscleControl::forget(double* muscles) const {
  if (joint_ != nullptr) {
    std::fill(muscles + layout_[kMultipliers].begin, muscles + layout_[kOffsets].end, 0.0);
  }
}

void MuscleControl::apply(const mjModel* model, mjData* data, const ControlState& state) const {
  switch (mode_) {
    case ControlMode::kLength:
      follow_lengths(model, data, state);
      break;
    case ControlMode::kDirect:
      for (int i = 0; i < num_muscles_; ++i) {
        data->ctrl[i] = 0.5 * (std::clamp<double>(state.actions[i], -1.0, 1.0) + 1.0);
      }
      break;
    case ControlMode::kResidual:
      motions_->excitation(state.clip, state.time, data->ctrl);
      add_residual(data, state.actions);
      break;
    case ControlMode::kJoint:
    case ControlMode::kJointResidual: {
      JointControlState joint;
      joint.length = state.muscles + layout_[kLengths].begin;
      joint.velocity = state.muscles + layout_[kVelocities].begin;
      joint.arm = state.muscles + layout_[kArms].begin;
      joint.multiplier = state.muscles + layout_[kMultipliers].begin;
      joint.offset = state.muscles + layout_[kOffsets].begin;
      joint.load = state.muscles + layout_[kLoads].begin;
      joint_->apply(model, data, state.actions, state.clip, state.time, state.substeps_left, joint);
      if (mode_ == ControlMode::kJointResidual) {
        add_residual(data, state.actions + joint_->num_actions());
      }
      break;
    }
  }
}

// F = clip(kp (l* - l) - kd v, -F_peak, 0), u = clip((F - bias(l)) / min(-1, gain(l, v)), 0, 1).
void MuscleControl::follow_lengths(const mjModel* model, mjData* data,
                                   const ControlState& state) const {
  for (int i = 0; i < num_muscles_; ++i) {
    const double action = std::clamp<double>(state.actions[i], -1.0, 1.0);
    const double target = 0.5 * (action + 1.0) * longest_[i];
    const double length = state.muscles[layout_[kLengths].begin + i];
    const double velocity = state.muscles[layout_[kVelocities].begin + i];
    const double force =
        std::clamp(kp_[i] * (target - length) - kd_[i] * velocity, -peak_force_[i], 0.0);
    if (force == 0.0 && passive_forces_pull_) {  // slack: bias <= 0 and gain < 0, so u <= 0
      data->ctrl[i] = 0.0;
      continue;
    }
    const mjtNum* range = model->actuator_lengthrange + 2 * i;
    const double bias = mju_muscleBias(length, range, model->actuator_acc0[i],
                                       model->actuator_biasprm + mjNBIAS * i);
    const double gain = mju_muscleGain(length, velocity, range, model->actuator_acc0[i],
                                       model->actuator_gainprm + mjNGAIN * i);
    data->ctrl[i] = std::clamp((force - bias) / std::min(-1.0, gain), 0.0, 1.0);
  }
}

void MuscleControl::add_residual(mjData* data, const float* actions) const {
  for (int i = 0; i < num_muscles_; ++i) {
    const double change = residual_scale_ * std::clamp<double>(actions[i], -1.0, 1.0);
    data->ctrl[i] = std::clamp(data->ctrl[i] + change, 0.0, 1.0);
  }
}

}  // namespace kinesis
