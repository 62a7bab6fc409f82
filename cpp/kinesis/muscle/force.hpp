// What forces muscles make.
#pragma once

#include <mujoco/mujoco.h>

#include <vector>

#include "kinesis/muscle/curves.hpp"

namespace kinesis {

// MuJoCo's muscles (mju_muscleGain and mju_muscleBias), with all that depends on the model alone
// worked out once: see MuscleCurves.
//
// A model's tendons stretch if it has custom numbers "tendon_strain", one a muscle: the strain at
// the peak force, 0 of a rigid tendon. "pennation" is the fibres' angle at their optimal length,
// rad, and "passive_force" what they resist a strain of 0.6 with, in peak forces (without these, 0
// and 1). The user data then holds the muscles' unstretched lengths (see StretchingMuscle), where
// MuJoCo saves, copies and resets them with its state: first those that the last step led to, zero
// where nobody knows, then those of the state that was worked out last. MuJoCo itself keeps such
// tendons rigid.
class MuscleForce {
 public:
  MuscleForce() = default;  // of no muscle
  // Throws std::invalid_argument for custom numbers that are not one a muscle, out of range, or
  // without room in the user data.
  explicit MuscleForce(const mjModel* model);

  int size() const { return static_cast<int>(muscles_.size()); }

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

  // Its force, N, negative where it pulls, with this activation at the end of a timestep, s; and
  // its unstretched length there, m, from what it was before: of a rigid tendon, the length.
  Stretched<double> pull(int muscle, double activation, double length, double velocity,
                         double before, double timestep) const;

  // Whether any tendon stretches.
  bool stretches() const { return stretches_; }
  // Unstretched lengths (nu), m, of the state that was worked out last; of rigid tendons the
  // actuators' lengths.
  const mjtNum* unstretched(const mjModel* model, const mjData* data) const {
    return stretches_ ? data->userdata + model->nu : data->actuator_length;
  }

 private:
  void stretch(const mjModel* model);

  bool stretches_ = false;
  std::vector<MuscleCurves<double>> muscles_;
};

}  // namespace kinesis
