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

MuscleCurves<double>::Scale scale(const mjtNum* parameters, const mjtNum* range) {
  const double optimal = (range[1] - range[0]) * inverse(parameters[kRange1] - parameters[kRange0]);
  return {inverse(optimal), range[0] * inverse(optimal) - parameters[kRange0]};
}

}  // namespace

MuscleForce::MuscleForce(const mjModel* model) {
  for (int i = 0; i < model->nu; ++i) {
    const mjtNum* gain = model->actuator_gainprm + mjNGAIN * i;
    const mjtNum* bias = model->actuator_biasprm + mjNBIAS * i;
    const mjtNum* range = model->actuator_lengthrange + 2 * i;
    MuscleCurves<double> muscle;
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

}  // namespace kinesis
