#include "kinesis/control/muscle_control.hpp"

#include <algorithm>
#include <stdexcept>

namespace kinesis {

namespace {

// MuJoCo's own curves, and those of muscles whose tendons stretch.
struct MujocoCurves {
  const mjModel* model;
  const MuscleForce& force;

  double gain(int i, double length, double velocity) const {
    if (force.curves(i).stretches) {
      return force.gain(i, length, velocity);
    }
    return mju_muscleGain(length, velocity, model->actuator_lengthrange + 2 * i,
                          model->actuator_acc0[i], model->actuator_gainprm + mjNGAIN * i);
  }
  double bias(int i, double length) const {
    if (force.curves(i).stretches) {
      return force.bias(i, length);
    }
    return mju_muscleBias(length, model->actuator_lengthrange + 2 * i, model->actuator_acc0[i],
                          model->actuator_biasprm + mjNBIAS * i);
  }
};

// Places in the layout of what is kept; from kArms on, of the modes that follow joints alone.
enum Kept { kLengths, kVelocities, kArms, kMultipliers, kOffsets, kLoads };

}  // namespace

MuscleControl::MuscleControl(const mjModel* model, const Reference* reference,
                             const ControlConfig& config)
    : reference_(reference),
      mode_(config.mode),
      residual_scale_(config.residual_scale),
      num_muscles_(static_cast<int>(model->nu)),
      force_(model) {
  for (int i = 0; i < num_muscles_; ++i) {
    // KINESIS takes the passive part's peak force, where the two differ.
    const double peak = force_.passive_peak(i);
    const double kp = config.length.stiffness * peak;
    length_.muscles.push_back(
        {model->actuator_lengthrange[2 * i + 1], peak, kp, config.length.damping * kp});
    length_.passive_forces_pull &=
        force_.passive_peak(i) >= 0 && model->actuator_biasprm[mjNBIAS * i + 7] >= 0;
  }
  kept_.append("actuator_length", num_muscles_);
  kept_.append("actuator_velocity", num_muscles_);
  if (mode_ == ControlMode::kJoint || mode_ == ControlMode::kJointResidual) {
    joint_ = std::make_unique<JointControl>(model, reference, config.joint);
    kept_.append("moment_arm", joint_->num_arms());
    kept_.append("effort_multiplier", joint_->num_actions());
    kept_.append("joint_offset", joint_->num_actions());
    kept_.append("foot_load", joint_->num_loads());
  }
  if (mode_ == ControlMode::kResidual && reference->num_muscles() != num_muscles_) {
    throw std::invalid_argument("residual control needs motions with excitations of " +
                                std::to_string(num_muscles_) + " muscles; these have " +
                                std::to_string(reference->num_muscles()));
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

void MuscleControl::keep(const mjModel* model, mjData* data, double* kept) const {
  std::copy_n(force_.unstretched(model, data), num_muscles_, kept + kept_[kLengths].begin);
  std::copy_n(data->actuator_velocity, num_muscles_, kept + kept_[kVelocities].begin);
  if (joint_ != nullptr) {
    joint_->read_arms(data, kept + kept_[kArms].begin);
    joint_->read_loads(model, data, kept + kept_[kLoads].begin);
  }
}

void MuscleControl::clear(double* kept) const {
  if (joint_ != nullptr) {
    std::fill(kept + kept_[kMultipliers].begin, kept + kept_[kOffsets].end, 0.0);
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
      reference_->excitation(state.at, state.plan, data->ctrl);
      add_residual(data, state.actions);
      break;
    case ControlMode::kJoint:
    case ControlMode::kJointResidual: {
      JointControlState joint;
      joint.length = state.kept + kept_[kLengths].begin;
      joint.velocity = state.kept + kept_[kVelocities].begin;
      joint.arm = state.kept + kept_[kArms].begin;
      joint.multiplier = state.kept + kept_[kMultipliers].begin;
      joint.offset = state.kept + kept_[kOffsets].begin;
      joint.load = state.kept + kept_[kLoads].begin;
      joint.capacity = state.capacity;
      joint_->apply(model, data, state.actions, state.at, state.plan, state.substeps_left, joint);
      if (mode_ == ControlMode::kJointResidual) {
        add_residual(data, state.actions + joint_->num_actions());
      }
      break;
    }
  }
}

void MuscleControl::follow_lengths(const mjModel* model, mjData* data,
                                   const ControlState& state) const {
  const double* length = state.kept + kept_[kLengths].begin;
  const double* velocity = state.kept + kept_[kVelocities].begin;
  for (int i = 0; i < num_muscles_; ++i) {
    const double action = std::clamp<double>(state.actions[i], -1.0, 1.0);
    data->ctrl[i] = excitation_for_length(length_, i, action, length[i], velocity[i],
                                          state.capacity[i], MujocoCurves{model, force_});
  }
}

void MuscleControl::add_residual(mjData* data, const float* actions) const {
  for (int i = 0; i < num_muscles_; ++i) {
    const double change = residual_scale_ * std::clamp<double>(actions[i], -1.0, 1.0);
    data->ctrl[i] = std::clamp(data->ctrl[i] + change, 0.0, 1.0);
  }
}

}  // namespace kinesis
