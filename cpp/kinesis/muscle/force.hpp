// What forces muscles make.
#pragma once

#include <mujoco/mujoco.h>

#include <vector>

namespace kinesis {

// MuJoCo's muscles (mju_muscleGain and mju_muscleBias; "Muscle actuators" in its documentation),
// with all that depends on the model alone worked out once. The force along a muscle is gain times
// activation plus bias, N, negative where it pulls:
//
//   gain = -peak FL(L) FV(V)      bias = -peak FP(L)
//
// with the length L in optimal lengths and the velocity V in the fastest shortening. FL is a bump
// of four parabolas from lmin over 1 to lmax; FV a parabola up to V = 0, and another up to fvmax;
// FP a parabola above L = 1, and a line from half way to lmax on.
class MuscleForce {
 public:
  MuscleForce() = default;  // of no muscle
  explicit MuscleForce(const mjModel* model);

  // length, m, and velocity, m/s, of a muscle's path.
  double gain(int muscle, double length, double velocity) const;
  double bias(int muscle, double length) const;

  // Peak force of the active and of the passive part, N; where the model leaves it to MuJoCo
  // (force="-1"), the force that accelerates the body by scale in the default pose.
  double peak(int muscle) const { return muscles_[muscle].peak; }
  double passive_peak(int muscle) const { return muscles_[muscle].passive_peak; }

 private:
  struct Scale {  // L = length * per_metre - shift
    double per_metre, shift;
  };
  struct Muscle {
    Scale active, passive;
    double peak, passive_peak;
    double lmin, rise, fall, lmax;      // FL: between these and 1 its parabolas meet
    double inverse_rise, inverse_fall;  // 1 over the widths of those before, and after, 1
    double velocity_per_metre;
    double overshoot, inverse_overshoot;  // FV: fvmax - 1, and 1 over it
    double toe, inverse_toe,
        stiffness;  // FP: a parabola from 1 to toe, 1 over its width; fpmax / 2
  };

  static Scale scale(const mjtNum* parameters, const mjtNum* range);

  std::vector<Muscle> muscles_;
};

}  // namespace kinesis
