// Muscle lengths followed by a proportional-derivative force, for one body or for many at once.
#pragma once

#include <vector>

#include "kinesis/base/real.hpp"

namespace kinesis {

template <class Scalar>
struct LengthLaw {
  struct Muscle {
    Scalar longest;     // upper end of the length range, m
    Scalar peak_force;  // N
    Scalar kp, kd;      // N/m, N s/m
  };
  std::vector<Muscle> muscles;
  bool passive_forces_pull = true;  // no muscle's passive force pushes, as in any real muscle
};

// The neural excitation of a muscle, with an action a in [-1, 1], at this length l and velocity v,
// where capacity c is the share of its active force that it can make:
//
//   l* = (a + 1) / 2 longest,   F = clip(c (kp (l* - l) - kd v), -c peak_force, 0),
//   u = clip((F - bias(l)) / min(-1, c gain(l, v)), 0, 1)
//
// curves gives gain(muscle, l, v) and bias(muscle, l).
template <class Real, class Scalar, class Curves>
Real excitation_for_length(const LengthLaw<Scalar>& law, int muscle, const Real& action,
                           const Real& length, const Real& velocity, const Real& capacity,
                           const Curves& curves) {
  const typename LengthLaw<Scalar>::Muscle& m = law.muscles[muscle];
  const Real target = Scalar(0.5) * (action + Scalar(1)) * m.longest;
  const Real force = capacity * clamped(Real(m.kp * (target - length) - m.kd * velocity),
                                        Real(-m.peak_force), Real(0));
  if (law.passive_forces_pull && all(force == Real(0))) {
    return Real(0);  // slack: bias <= 0 and gain < 0, so u <= 0
  }
  const Real gain = capacity * curves.gain(muscle, length, velocity);
  const Real active = force - curves.bias(muscle, length);
  return clamped(Real(active / smaller(gain, Real(-1))), Real(0), Real(1));
}

}  // namespace kinesis
