// What forces muscles make.
#pragma once

#include <mujoco/mujoco.h>

#include <vector>

#include "kinesis/muscle/curves.hpp"

namespace kinesis {

// MuJoCo's muscles (mju_muscleGain and mju_muscleBias), with all that depends on the model alone
// worked out once: see MuscleCurves.
class MuscleForce {
 public:
  MuscleForce() = default;  // of no muscle
  explicit MuscleForce(const mjModel* model);

  // length, m, and velocity, m/s, of a muscle's path.
  double gain(int muscle, double length, double velocity) const {
    return muscle_gain(muscles_[muscle], length, velocity);
  }
  double bias(int muscle, double length) const { return muscle_bias(muscles_[muscle], length); }

  // Peak force of the active and of the passive part, N; where the model leaves it to MuJoCo
  // (force="-1"), the force that accelerates the body by scale in the default pose.
  double peak(int muscle) const { return muscles_[muscle].peak; }
  double passive_peak(int muscle) const { return muscles_[muscle].passive_peak; }

  const MuscleCurves<double>& curves(int muscle) const { return muscles_[muscle]; }

 private:
  std::vector<MuscleCurves<double>> muscles_;
};

}  // namespace kinesis
