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

  // Turns neural excitations (muscles) into those of MuJoCo's muscles, in place.
  void apply(double* excitation) const;

 private:
  std::vector<double> strength_;
  bool healthy_;
};

}  // namespace kinesis
