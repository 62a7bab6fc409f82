#include "kinesis/muscle/force.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

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

// A custom number a muscle, in [0, most]; null: the model has none of that name.
const mjtNum* number_of_muscles(const mjModel* model, const char* name, double most) {
  const int id = mj_name2id(model, mjOBJ_NUMERIC, name);
  if (id < 0) {
    return nullptr;
  }
  const mjtNum* values = model->numeric_data + model->numeric_adr[id];
  const auto count = static_cast<mjtSize>(model->numeric_size[id]);
  const std::string what = std::string("the model's custom numbers \"") + name + "\" ";
  if (count != model->nu) {
    throw std::invalid_argument(what + "are " + std::to_string(count) + "; it has " +
                                std::to_string(model->nu) + " muscles");
  }
  for (mjtSize i = 0; i < count; ++i) {
    if (!(values[i] >= 0.0 && values[i] <= most)) {
      throw std::invalid_argument(what + "have " + std::to_string(values[i]) +
                                  "; each must be in " + "[0, " + std::to_string(most) + "]");
    }
  }
  return values;
}

}  // namespace

// A tendon's slack length must leave room to stretch in.
void MuscleForce::stretch(const mjModel* model) {
  constexpr double kMostStrain = 0.5, kMostPennation = 1.0, kMostPassive = 10.0, kShortest = 1e-3;
  const mjtNum* strain = number_of_muscles(model, "tendon_strain", kMostStrain);
  const mjtNum* pennation = number_of_muscles(model, "pennation", kMostPennation);
  const mjtNum* passive = number_of_muscles(model, "passive_force", kMostPassive);
  for (int i = 0; i < model->nu && strain != nullptr; ++i) {
    MuscleCurves<double>& muscle = muscles_[i];
    const double optimal = 1.0 / muscle.active.per_metre;
    const double slack = muscle.active.shift * optimal;
    if (strain[i] == 0.0) {
      continue;
    }
    if (slack < kShortest) {
      throw std::invalid_argument(
          "the tendon of " + std::string(mj_id2name(model, mjOBJ_ACTUATOR, i)) + " is " +
          std::to_string(slack) + " m long and cannot stretch; its tendon_strain must be 0");
    }
    const double angle = std::sin(pennation == nullptr ? 0.0 : pennation[i]);
    muscle.stretches = stretches_ = true;
    muscle.elastic = {muscle.peak,
                      optimal,
                      slack,
                      angle * angle,
                      stretch::tendon_rate(strain[i]),
                      muscle.active.per_metre / muscle.velocity_per_metre,
                      passive == nullptr ? 1.0 : passive[i]};
  }
  if (stretches_ && model->nuserdata < 2 * model->nu) {
    throw std::invalid_argument("a model whose tendons stretch needs nuserdata " +
                                std::to_string(2 * model->nu) + "; it has " +
                                std::to_string(model->nuserdata));
  }
}

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
  stretch(model);
}

Stretched<double> MuscleForce::pull(int muscle, double activation, double length, double velocity,
                                    double before, double timestep) const {
  const MuscleCurves<double>& curves = muscles_[muscle];
  if (curves.stretches) {
    return stretched(curves.elastic, activation, length, velocity, before, timestep);
  }
  const double gain = muscle_gain(curves, length, velocity);
  return {length, gain * activation + muscle_bias(curves, length), gain};
}

}  // namespace kinesis
