#include "kinesis/muscle/metabolic_power.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>
#include <utility>

namespace kinesis {
namespace {

constexpr double kLeastHeat = 1.0;  // W/kg

// The share of the maintenance heat at the optimal length that fibres of a length give off.
double held(double length) {
  if (length <= 1.0) {
    return std::max(0.5, length);
  }
  return std::max(0.0, 1.0 - (length - 1.0) / 0.5);
}

}  // namespace

MetabolicPower::MetabolicPower(const mjModel* model, FibreTissue tissue)
    : tissue_(std::move(tissue)) {
  const auto muscles = static_cast<std::size_t>(model->nu);
  bool whole = tissue_.stretches.size() == muscles;
  for (const auto* each : {&tissue_.mass, &tissue_.slow, &tissue_.optimal_length, &tissue_.shift}) {
    whole = whole && each->size() == muscles;
  }
  if (!whole) {
    throw std::invalid_argument("what muscles are made of must be given of each of them");
  }
}

double MetabolicPower::of_muscle(const mjModel* model, const mjData* data, int muscle) const {
  const auto i = static_cast<std::size_t>(muscle);
  const double mass = tissue_.mass[i], share = tissue_.slow[i];
  if (mass == 0.0) {  // a motor
    return 0.0;
  }
  const double angle = 0.5 * std::numbers::pi * data->ctrl[muscle];
  const double slow = share * std::sin(angle), fast = (1.0 - share) * (1.0 - std::cos(angle));
  const double activation = mass * (40.0 * slow + 133.0 * fast);
  const double rest = kLeastHeat * mass;
  if (tissue_.stretches[i]) {
    return std::max(rest, activation + mass * (74.0 * slow + 111.0 * fast));
  }
  const double length =
      (data->actuator_length[muscle] - tissue_.shift[i]) / tissue_.optimal_length[i];
  const double maintenance = mass * held(length) * (74.0 * slow + 111.0 * fast);
  const mjtNum* range = model->actuator_lengthrange + 2 * muscle;
  const mjtNum acc0 = model->actuator_acc0[muscle];
  const mjtNum* gain = model->actuator_gainprm + mjNGAIN * muscle;
  const double passive = -mju_muscleBias(data->actuator_length[muscle], range, acc0,
                                         model->actuator_biasprm + mjNBIAS * muscle);
  const double isometric = -data->act[model->actuator_actadr[muscle]] *
                           mju_muscleGain(data->actuator_length[muscle], 0.0, range, acc0, gain);
  const double total = -data->actuator_force[muscle];
  const double active = std::max(0.0, total - passive);
  const double velocity = data->actuator_velocity[muscle];
  const double rate =
      velocity < 0.0 ? 0.16 * isometric + 0.18 * (active + passive) : 0.157 * (active + passive);
  double shortening = -rate * velocity;
  const double work = velocity < 0.0 ? -active * velocity : 0.0;
  shortening -= std::min(0.0, activation + maintenance + shortening + work);
  return std::max(rest, activation + maintenance + shortening) + work;
}

double MetabolicPower::operator()(const mjModel* model, const mjData* data) const {
  double sum = 0.0;
  for (int muscle = 0; muscle < model->nu; ++muscle) {
    sum += of_muscle(model, data, muscle);
  }
  return sum;
}

}  // namespace kinesis
