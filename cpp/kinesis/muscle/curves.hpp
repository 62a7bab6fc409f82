// The curves of MuJoCo's muscles: force by length and by velocity, and how activation follows
// excitation ("Muscle actuators" in its documentation).
#pragma once

#include "kinesis/base/real.hpp"
#include "kinesis/muscle/stretch.hpp"

namespace kinesis {

// A muscle's constants. One whose tendon stretches has curves of its own (see StretchingMuscle);
// what is said here is of others. The length L is in optimal lengths, the velocity V in the fastest
// shortening: L = length * per_metre - shift, V = velocity * velocity_per_metre.
//
// FL is a bump of four parabolas from lmin over 1 to lmax; FV a parabola up to V = 0, and another
// up to fvmax; FP a parabola above L = 1, and a line from half way to lmax on.
template <class Scalar>
struct MuscleCurves {
  struct Scale {
    Scalar per_metre, shift;
  };
  Scale active, passive;
  Scalar peak, passive_peak;          // N
  Scalar lmin, rise, fall, lmax;      // FL: between these and 1 its parabolas meet
  Scalar inverse_rise, inverse_fall;  // 1 over the widths of those before, and after, 1
  Scalar velocity_per_metre;
  Scalar overshoot, inverse_overshoot;  // FV: fvmax - 1, and 1 over it
  Scalar toe, inverse_toe, stiffness;   // FP: a parabola from 1 to toe, 1 over its width; fpmax / 2
  bool stretches = false;
  StretchingMuscle<Scalar> elastic = {};
};

inline MuscleCurves<float> in_single(const MuscleCurves<double>& m) {
  const auto f = [](double x) { return static_cast<float>(x); };
  return {{f(m.active.per_metre), f(m.active.shift)},
          {f(m.passive.per_metre), f(m.passive.shift)},
          f(m.peak),
          f(m.passive_peak),
          f(m.lmin),
          f(m.rise),
          f(m.fall),
          f(m.lmax),
          f(m.inverse_rise),
          f(m.inverse_fall),
          f(m.velocity_per_metre),
          f(m.overshoot),
          f(m.inverse_overshoot),
          f(m.toe),
          f(m.inverse_toe),
          f(m.stiffness),
          m.stretches,
          in_single(m.elastic)};
}

// The force along a muscle, N, negative where it pulls, is gain times activation plus bias:
//
//   gain = -peak FL(L) FV(V)      bias = -passive_peak FP(L)
//
// Of a muscle whose tendon stretches these are of its fibres, at the length that it would have if
// its tendon were slack: what activation gives in the end, not at once.
template <class Real, class Scalar>
Real muscle_gain(const MuscleCurves<Scalar>& m, const Real& length, const Real& velocity) {
  if (m.stretches) {
    return fibre_gain(m.elastic, length, velocity);
  }
  const Scalar one(1), half(0.5);
  const Real l = length * m.active.per_metre - m.active.shift;
  const Real rising = (l - m.lmin) * m.inverse_rise;
  const Real near = (l - one) * select(l < Real(one), Real(m.inverse_rise), Real(m.inverse_fall));
  const Real falling = (m.lmax - l) * m.inverse_fall;
  const Real by_length =
      select(l <= Real(m.rise), half * rising * rising,
             select(l <= Real(m.fall), one - half * near * near, half * falling * falling));
  const Real v = velocity * m.velocity_per_metre;
  const Real below = m.overshoot - v;
  const Real lengthening = one + m.overshoot - below * below * m.inverse_overshoot;
  const Real by_velocity =
      select(v > Real(m.overshoot), Real(one + m.overshoot),
             select(v > Real(0), lengthening, where(v > Real(-1), (v + one) * (v + one))));
  return where((l >= Real(m.lmin)) & (l <= Real(m.lmax)), -m.peak * by_length * by_velocity);
}

template <class Real, class Scalar>
Real muscle_bias(const MuscleCurves<Scalar>& m, const Real& length) {
  if (m.stretches) {
    return fibre_bias(m.elastic, length);
  }
  const Real l = length * m.passive.per_metre - m.passive.shift;
  const Real share = (smaller(l, Real(m.toe)) - Scalar(1)) * m.inverse_toe;
  const Real beyond = larger(Real(l - m.toe), Real(0)) * m.inverse_toe;
  return where(l > Real(1), -m.passive_peak * m.stiffness * (share * share + Scalar(2) * beyond));
}

// What a muscle needs to answer excitations, s (Millard et al. 2013, eq. 1): time constants grow
// and fall with the activation.
template <class Scalar>
struct MuscleTimes {
  Scalar activation, deactivation;
};

// How fast activation follows an excitation in [0, 1], 1/s: mju_muscleDynamics without smoothing.
template <class Real, class Scalar>
Real activation_rate(const MuscleTimes<Scalar>& times, const Real& excitation,
                     const Real& activation) {
  const Real towards = excitation - activation;
  const Real growth = Scalar(0.5) + Scalar(1.5) * clamped(activation, Real(0), Real(1));
  return towards /
         select(towards > Real(0), times.activation * growth, times.deactivation / growth);
}

// The excitation that takes an activation to wanted within timestep, s, or comes nearest.
template <class Real, class Scalar>
Real excitation_towards(const MuscleTimes<Scalar>& times, const Real& wanted,
                        const Real& activation, Scalar timestep) {
  const Real growth = Scalar(0.5) + Scalar(1.5) * clamped(activation, Real(0), Real(1));
  const Real constant =
      select(wanted > activation, times.activation * growth, times.deactivation / growth);
  return clamped(Real(activation + (wanted - activation) * constant / timestep), Real(0), Real(1));
}

}  // namespace kinesis
