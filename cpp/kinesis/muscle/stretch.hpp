// Muscles whose tendons stretch: fibres and tendon in series, in equilibrium.
#pragma once

#include "kinesis/base/real.hpp"

namespace kinesis {

// The muscle and the curves of De Groote, Kinney, Rao and Fregly, "Evaluation of direct collocation
// optimal control problem formulations for solving the muscle redundancy problem", Ann. Biomed.
// Eng. 44, 2016, with the constants and the pennation of OpenSim's DeGrooteFregly2016Muscle.
//
// Lengths of fibres are in optimal lengths, their velocities in the fastest shortening, and their
// span x is how far they reach along the tendon: a fibre of length l at the pennation a has
// x = l cos(a), and keeps its thickness l sin(a).
//
// Everything else counts in the unstretched length, m: what a muscle's path would measure if its
// tendon were slack, slack + x optimal.
template <class Scalar>
struct StretchingMuscle {
  Scalar peak;            // N
  Scalar optimal, slack;  // m, of fibres and tendon
  Scalar thickness;       // squared, in optimal lengths
  Scalar rate;            // of the tendon's exponential: k_T
  Scalar fastest;         // optimal lengths a second
  Scalar passive;         // force at a strain of 0.6, in peak forces; 1 in the paper
};

inline StretchingMuscle<float> in_single(const StretchingMuscle<double>& m) {
  const auto f = [](double x) { return static_cast<float>(x); };
  return {f(m.peak), f(m.optimal), f(m.slack),  f(m.thickness),
          f(m.rate), f(m.fastest), f(m.passive)};
}

namespace stretch {

// A curve's value, and how it grows with its argument.
template <class Real>
struct Curve {
  Real value, slope;
};

inline constexpr double kTendon = 0.2;      // c_1 and c_3; c_2 is 1
inline constexpr double kDamping = 0.01;    // force of a passive fibre at the fastest lengthening
inline constexpr double kLeastSpan = 0.05;  // optimal lengths
inline constexpr int kMostSteps = 30;
inline constexpr double kClose = 1e-4;  // optimal lengths: Newton's next step is its square

// k_T of a tendon that its muscle's peak force strains by so much.
inline double tendon_rate(double strain) { return std::log((1.0 + kTendon) / kTendon) / strain; }

// A unit of activation of a fibre at rest, by its length: three bells.
template <class Real>
Curve<Real> active_force(const Real& length) {
  using Scalar = ScalarOf<Real>;
  constexpr double kBells[3][4] = {
      {0.8150671134243542, 1.055033428970575, 0.162384573599574, 0.063303448465465},
      {0.433004984392647, 0.716775413397760, -0.029947116970696, 0.200356847296188},
      {0.1, 1.0, 0.353553390593274, 0.0}};
  Curve<Real> sum{Real(0), Real(0)};
  for (const auto& [height, middle, width, growth] : kBells) {
    const Real inverse = Scalar(1) / (Scalar(width) + Scalar(growth) * length);
    const Real from = (length - Scalar(middle)) * inverse;
    const Real bell = Scalar(height) * exp(Scalar(-0.5) * from * from);
    sum.value += bell;
    sum.slope -= bell * from * Scalar(width + growth * middle) * inverse * inverse;
  }
  return sum;
}

// Share of that by velocity; not below zero.
template <class Real>
Curve<Real> force_by_velocity(const Real& velocity) {
  using Scalar = ScalarOf<Real>;
  constexpr double kD1 = -0.3211346127989808, kD2 = -8.149, kD3 = -0.374, kD4 = 0.8825327733249912;
  const Real u = Scalar(kD2) * velocity + Scalar(kD3);
  const Real root = sqrt(u * u + Scalar(1));
  // log(u + root), whose sum loses digits where u is negative.
  const Real size = log(abs(u) + root);
  const Real value = Scalar(kD1) * select(u < Real(0), Real(-size), size) + Scalar(kD4);
  const auto pulls = value > Real(0);
  return {where(pulls, value), where(pulls, Real(Scalar(kD1 * kD2) / root))};
}

// Of a passive fibre at rest: 1 at a strain of 0.6.
template <class Real>
Curve<Real> passive_force(const Real& length) {
  using Scalar = ScalarOf<Real>;
  constexpr double kSteepness = 4.0 / 0.6;            // over the strain at the peak force
  constexpr double kShortest = 0.004827949993831437;  // exp(kSteepness (0.2 - 1)): zero at 0.2
  constexpr double kHeight = 54.598150033144236 - kShortest;  // exp(4) less that
  const Real grown = exp(Scalar(kSteepness) * (length - Scalar(1)));
  return {(grown - Scalar(kShortest)) * Scalar(1.0 / kHeight),
          grown * Scalar(kSteepness / kHeight)};
}

}  // namespace stretch

template <class Real, class Scalar>
Real span_of(const StretchingMuscle<Scalar>& m, const Real& unstretched) {
  return larger(Real((unstretched - m.slack) / m.optimal), Real(Scalar(stretch::kLeastSpan)));
}

// What fibres pull with along the tendon at this unstretched length, N, negative as muscles pull:
// a unit of activation, at a velocity of the muscle, m/s, which is theirs while the tendon's
// stretch stays; and without any.
template <class Real, class Scalar>
Real fibre_gain(const StretchingMuscle<Scalar>& m, const Real& unstretched, const Real& velocity) {
  const Real span = span_of(m, unstretched);
  const Real length = sqrt(span * span + m.thickness);
  const Real cosine = span / length;
  const Real speed = velocity * cosine / (m.optimal * m.fastest);
  return -m.peak * stretch::active_force(length).value * stretch::force_by_velocity(speed).value *
         cosine;
}

template <class Real, class Scalar>
Real fibre_bias(const StretchingMuscle<Scalar>& m, const Real& unstretched) {
  const Real span = span_of(m, unstretched);
  const Real length = sqrt(span * span + m.thickness);
  return -m.peak * m.passive * stretch::passive_force(length).value * span / length;
}

// What came of a step.
template <class Real>
struct Stretched {
  Real unstretched;  // m
  Real force;        // N, negative where it pulls
  Real gain;         // N a unit of activation: how the force changes with it where it is taut
};

// One backward Euler step of the fibres: the unstretched length at which tendon and fibres pull
// alike, where the fibres came within timestep, s, from what it was before. before not above zero:
// nobody knows, and the tendon's stretch is taken to stay while the muscle moves.
//
// length, m, and velocity, m/s, of the muscle's path, and its activation, are those at the step's
// end. Newton's method, from where a stretch that stays leads; lanes do not wait for each other.
template <class Real, class Scalar>
Stretched<Real> stretched(const StretchingMuscle<Scalar>& m, const Real& activation,
                          const Real& length, const Real& velocity, const Real& before,
                          Scalar timestep) {
  using namespace stretch;
  const auto known = before > Real(0);
  const Real from = span_of(m, before);
  const Real came_from = sqrt(from * from + m.thickness);
  const Real pace = where(known, Real(Scalar(1) / (timestep * m.fastest)));
  const Real drift = where(!known, Real(velocity / (m.optimal * m.fastest)));
  const Real guess = select(known, Real(before + timestep * velocity), Real(length));
  Real span = span_of(m, guess);
  Real gain(0);
  auto moving = span > Real(0);  // all
  for (int step = 0; step < kMostSteps && any(moving); ++step) {
    const Real fibre = sqrt(span * span + m.thickness);
    const Real cosine = span / fibre;
    const Curve<Real> active = active_force(fibre);
    const Real speed = (fibre - came_from) * pace + drift * cosine;
    const Curve<Real> moved = force_by_velocity(speed);
    const Curve<Real> passive = passive_force(fibre);
    const Real contracting = active.value * moved.value;
    const Real pull =
        activation * contracting + m.passive * passive.value + Scalar(kDamping) * speed;
    const Real steeper =
        activation * (active.slope * moved.value + active.value * moved.slope * pace) +
        m.passive * passive.slope + Scalar(kDamping) * pace;
    const Real tendon =
        Scalar(kTendon) * exp(m.rate * ((length - span * m.optimal) / m.slack - Scalar(1)));
    const Real stiffness = tendon * (m.rate * m.optimal / m.slack);
    const Real slope =
        steeper * cosine * cosine + pull * m.thickness / (fibre * fibre * fibre) + stiffness;
    const Real off = pull * cosine - (tendon - Scalar(kTendon));
    const Real change = clamped(Real(off / slope), Real(Scalar(-0.2)), Real(Scalar(0.2)));
    span = select(moving, larger(Real(span - change), Real(Scalar(kLeastSpan))), span);
    gain = select(moving, Real(-m.peak * stiffness * contracting * cosine / slope), gain);
    moving = moving & (abs(change) > Real(Scalar(kClose)));
  }
  const Real tendon =
      Scalar(kTendon) *
      (exp(m.rate * ((length - span * m.optimal) / m.slack - Scalar(1))) - Scalar(1));
  return {m.slack + span * m.optimal, -m.peak * larger(tendon, Real(0)), gain};
}

}  // namespace kinesis
