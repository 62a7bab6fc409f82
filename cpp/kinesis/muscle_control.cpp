#include "kinesis/muscle_control.hpp"

#include <algorithm>

namespace kinesis {

MuscleControl::MuscleControl(const mjModel* model, ControlMode mode, const LengthGains& gains)
    : mode_(mode), num_muscles_(static_cast<int>(model->nu)), passive_forces_pull_(true) {
  for (int i = 0; i < num_muscles_; ++i) {
    const double peak = model->actuator_biasprm[mjNBIAS * i + 2];
    const double kp = gains.stiffness * peak;
    longest_.push_back(model->actuator_lengthrange[2 * i + 1]);
    peak_force_.push_back(peak);
    kp_.push_back(kp);
    kd_.push_back(gains.damping * kp);
    passive_forces_pull_ &= peak >= 0 && model->actuator_biasprm[mjNBIAS * i + 7] >= 0;
  }
}

void MuscleControl::apply(const mjModel* model, mjData* data, const float* actions) const {
  switch (mode_) {
    case ControlMode::kLength:
      follow_lengths(model, data, actions);
      break;
    case ControlMode::kDirect:
      for (int i = 0; i < num_muscles_; ++i) {
        data->ctrl[i] = 0.5 * (std::clamp<double>(actions[i], -1.0, 1.0) + 1.0);
      }
      break;
  }
}

// F = clip(kp (l* - l) - kd v, -F_peak, 0), u = clip((F - bias(l)) / min(-1, gain(l, v)), 0, 1).
void MuscleControl::follow_lengths(const mjModel* model, mjData* data, const float* actions) const {
  for (int i = 0; i < num_muscles_; ++i) {
    const double target = 0.5 * (std::clamp<double>(actions[i], -1.0, 1.0) + 1.0) * longest_[i];
    const double length = data->actuator_length[i];
    const double velocity = data->actuator_velocity[i];
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

}  // namespace kinesis
