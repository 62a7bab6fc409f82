// The condition that muscles are in, between control and physics.
#pragma once

#include <vector>

namespace kinesis {

struct ConditionConfig {
  std::vector<double> strength;  // (muscles) share of peak force that is left; empty: all of it
};

// A weak muscle makes strength times the active force of a healthy one, at any excitation; passive
// force, and how fast it answers, stay. MuJoCo's muscle does so when its excitation is multiplied
// by strength: its activation is then at most strength.
//
// Excitations may also be limited to few patterns: to what a mean and some components span (those
// of a principal component analysis, say), clipped to [0, 1].
//
// Control therefore writes neural excitations, in [0, 1] for every muscle, and this stage turns
// them into those that MuJoCo's muscles are to have.
class MuscleCondition {
 public:
  // Throws std::invalid_argument where a strength is outside [0, 1] or one is missing.
  MuscleCondition(int num_muscles, const ConditionConfig& config);

  // The greatest activation, in MuJoCo's terms, that a muscle reaches.
  double strength(int muscle) const { return strength_[muscle]; }
  // The neural excitation that gives MuJoCo's muscle this one, or comes nearest.
  double neural(int muscle, double excitation) const;

  // From now on excitations are mean (muscles) and what of the rest lies along components (n x
  // muscles, orthonormal rows); without a mean they are not limited. Not while apply runs.
  // Throws std::invalid_argument for other sizes.
  void limit(std::vector<double> mean, std::vector<double> components);

  bool limits() const { return !mean_.empty(); }

  // Turns neural excitations (muscles) into those of MuJoCo's muscles, in place.
  void apply(double* excitation) const;

 private:
  std::vector<double> strength_;
  bool healthy_;
  std::vector<double> mean_, components_;
};

}  // namespace kinesis
