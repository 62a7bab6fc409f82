// Joint angles followed by muscles that share the torque with least effort, for one body or for
// many at once: see JointControl, which says what is done and why.
#pragma once

#include <cstddef>
#include <vector>

#include "kinesis/base/real.hpp"
#include "kinesis/muscle/curves.hpp"
#include "kinesis/muscle/effort_solver.hpp"

namespace kinesis {

// Rows are those of IndependentJoints without the root.
template <class Scalar>
struct JointLaw {
  struct Row {
    Scalar stiffness, damping;            // of a limb that stands
    Scalar free_stiffness, free_damping;  // of one that swings
  };
  struct Muscle {
    MuscleCurves<Scalar> curves;
    MuscleTimes<Scalar> times;
  };
  std::vector<Row> rows;
  std::vector<Muscle> muscles;
  std::vector<Scalar> torque_weight;         // (rows)
  std::vector<Scalar> effort_weight, upper;  // (muscles) of what each can make
  EffortPattern pattern;                     // muscles by rows
  int num_loads = 0;
  std::vector<char> carries;  // (rows x num_loads) sensor is below joint
  Scalar reach{}, standing_load{}, timestep{};
  bool ramp = true;
};

// One body's, or a vector's, numbers.
template <class Real>
struct JointLawState {
  const Real* length;    // (muscles) of the last physics step, m
  const Real* velocity;  // (muscles) m/s
  const Real* arm;       // (pattern.values())
  const Real* load;      // (num_loads) N
  const Real* act;       // (muscles) activations now
  const Real* capacity;  // (muscles) share of the active force that each can make
  const Real* action;    // (rows) in [-1, 1]
  const Real* error;     // (rows) angles wanted, without offset, minus those there are
  const Real* lag;       // (rows) velocities wanted minus those there are
  Real* torque;          // (rows) wanted of the motion; on return of the muscles' activations
  Real* multiplier;      // (rows) of the last effort problem
  Real* offset;          // (rows) in effect
  Real* work;            // joint_law_work() numbers
};

template <class Real, class Scalar>
std::size_t joint_law_work(const JointLaw<Scalar>& law) {
  return EffortSolver<Real>::workspace_size(law.pattern) + law.pattern.values() +
         law.pattern.columns();
}

// Writes neural excitations (muscles). substeps_left: of the control step, this one included.
template <class Real, class Scalar>
void share_torque(const JointLaw<Scalar>& law, const JointLawState<Real>& s, int substeps_left,
                  int most_steps, Real* excitation) {
  const int rows = static_cast<int>(law.rows.size());
  Real* value = s.work;
  Real* activation = value + law.pattern.values();
  Real* effort_work = activation + law.pattern.columns();
  Real* passive = effort_work;  // until the effort problem is solved
  for (int row = 0; row < rows; ++row) {
    passive[row] = Real(0);
  }
  torques_of_muscles(
      law.pattern, [&](int i) -> const auto& { return law.muscles[i].curves; }, s.length,
      s.velocity, s.arm, value, passive);
  // What is found is each muscle's effort, of what it can make.
  for (int i = 0; i < law.pattern.columns(); ++i) {
    for (int k = law.pattern.start[i]; k < law.pattern.start[i + 1]; ++k) {
      value[k] *= s.capacity[i];
    }
  }
  for (int row = 0; row < rows; ++row) {
    const typename JointLaw<Scalar>::Row& joint = law.rows[row];
    const Real goal = law.reach * s.action[row];
    s.offset[row] += (goal - s.offset[row]) / Scalar(law.ramp ? substeps_left : 1);
    Real load(0);
    for (int sensor = 0; sensor < law.num_loads; ++sensor) {
      if (law.carries[row * law.num_loads + sensor] != 0) {
        load += s.load[sensor];
      }
    }
    const Real share = smaller(Real(load / law.standing_load), Real(1));
    const Real kp = joint.free_stiffness + share * (joint.stiffness - joint.free_stiffness);
    const Real kd = joint.free_damping + share * (joint.damping - joint.free_damping);
    s.torque[row] += kp * (s.error[row] + s.offset[row]) + kd * s.lag[row] - passive[row];
  }
  EffortSolver<Real> effort(
      law.pattern,
      {value, s.torque, law.torque_weight.data(), law.effort_weight.data(), law.upper.data()},
      effort_work);
  int steps = 0;
  effort.solve(most_steps, s.multiplier, activation, &steps);
  for (int i = 0; i < law.pattern.columns(); ++i) {
    const typename JointLaw<Scalar>::Muscle& muscle = law.muscles[i];
    const Real capacity = s.capacity[i];
    const Real wanted = capacity * activation[i];
    const Real towards = excitation_towards(muscle.times, wanted, s.act[i], law.timestep);
    const Real least = larger(capacity, Real(Scalar(1e-6)));
    excitation[i] = select(capacity > Real(0), smaller(Real(towards / least), Real(1)), Real(0));
  }
}

}  // namespace kinesis
