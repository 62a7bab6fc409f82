#include "kinesis/muscle/force.hpp"

#include <algorithm>

namespace kinesis {
namespace {

// Places of a muscle's parameters in gainprm and biasprm.
enum Parameter { kRange0, kRange1, kPeak, kScale, kLmin, kLmax, kVmax, kFpmax, kFvmax };

double inverse(double width) { return 1.0 / std::max(mjMINVAL, width); }

// Peak force, N: given, or in proportion to what accelerates the body by one unit.
double peak_force(const mjtNum* parameters, double acceleration) {
  return parameters[kPeak] >= 0.0 ? parameters[kPeak]
                                  : parameters[kScale] / std::max(mjMINVAL, acceleration);
}

}  // namespace

MuscleForce::Scale MuscleForce::scale(const mjtNum* parameters, const mjtNum* range) {
  const double optimal = (range[1] - range[0]) * inverse(parameters[kRange1] - parameters[kRange0]);
  return {inverse(optimal), range[0] * inverse(optimal) - parameters[kRange0]};
}

MuscleForce::MuscleForce(const mjModel* model) {
  for (int i = 0; i < model->nu; ++i) {
    const mjtNum* gain = model->actuator_gainprm + mjNGAIN * i;
    const mjtNum* bias = model->actuator_biasprm + mjNBIAS * i;
    const mjtNum* range = model->actuator_lengthrange + 2 * i;
    Muscle muscle;
    muscle.active = scale(gain, range);
    muscle.passive = scale(bias, range);
    muscle.peak = peak_force(gain, model->actuator_acc0[i]);
    muscle.passive_peak = peak_force(bias, model->actuator_acc0[i]);
    muscle.lmin = gain[kLmin];
    muscle.rise = 0.5 * (gain[kLmin] + 1.0);
    muscle.fall = 0.5 * (1.0 + gain[kLmax]);
    muscle.lmax = gain[kLmax];
    muscle.inverse_rise = inverse(1.0 - muscle.rise);
    muscle.inverse_fall = inverse(muscle.fall - 1.0);
    muscle.velocity_per_metre = muscle.active.per_metre * inverse(gain[kVmax]);
    muscle.overshoot = gain[kFvmax] - 1.0;
    muscle.inverse_overshoot = inverse(muscle.overshoot);
    muscle.toe = 0.5 * (1.0 + bias[kLmax]);
    muscle.inverse_toe = inverse(muscle.toe - 1.0);
    muscle.stiffness = 0.5 * bias[kFpmax];
    muscles_.push_back(muscle);
  }
}

double MuscleForce::gain(int muscle, double length, double velocity) const {
  const Muscle& m = muscles_[muscle];
  const double l = length * m.active.per_metre - m.active.shift;
  if (l < m.lmin || l > m.lmax) {
    return 0.0;
  }
  double by_length;
  if (l <= m.rise) {
    const double share = (l - m.lmin) * m.inverse_rise;
    by_length = 0.5 * share * share;
  } else if (l <= m.fall) {
    const double share = (l - 1.0) * (l < 1.0 ? m.inverse_rise : m.inverse_fall);
    by_length = 1.0 - 0.5 * share * share;
  } else {
    const double share = (m.lmax - l) * m.inverse_fall;
    by_length = 0.5 * share * share;
  }
  const double v = velocity * m.velocity_per_metre;
  double by_velocity = 0.0;
  if (v > m.overshoot) {
    by_velocity = 1.0 + m.overshoot;
  } else if (v > 0.0) {
    const double below = m.overshoot - v;
    by_velocity = 1.0 + m.overshoot - below * below * m.inverse_overshoot;
  } else if (v > -1.0) {
    by_velocity = (v + 1.0) * (v + 1.0);
  }
  return -m.peak * by_length * by_velocity;
}

double MuscleForce::bias(int muscle, double length) const {
  const Muscle& m = muscles_[muscle];
  const double l = length * m.passive.per_metre - m.passive.shift;
  if (l <= 1.0) {
    return 0.0;
  }
  const double share = (std::min(l, m.toe) - 1.0) * m.inverse_toe;
  const double beyond = std::max(0.0, l - m.toe) * m.inverse_toe;
  return -m.passive_peak * m.stiffness * (share * share + 2.0 * beyond);
}

}  // namespace kinesis
