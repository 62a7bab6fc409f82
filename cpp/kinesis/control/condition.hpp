// The condition that muscles are in, between control and physics.
#pragma once

#include <mujoco/mujoco.h>

#include <vector>

#include "kinesis/base/episode_random.hpp"
#include "kinesis/base/layout.hpp"

namespace kinesis {

// Rates of the three-compartment model of fatigue with a rest multiplier (3CC-r): Xia and Frey Law
// 2008, Looft, Herkert and Frey-Law 2018.
struct FatigueRates {
  double tiring = 0.0;    // F, 1/s, of the active part
  double recovery = 0.0;  // R, 1/s, of the tired part
  double at_rest = 1.0;   // r, by which recovery is faster at rest
};

struct ConditionConfig {
  std::vector<double> strength;  // (muscles) share of peak force that is left; empty: all of it
  // What each muscle's strength is multiplied by, drawn evenly anew in every episode.
  double weakest = 1.0, strongest = 1.0;
  // Share of the episodes in which one of these groups of muscles, at times two, is weak: left a
  // strength that is drawn between two bounds, the less, the more often.
  double weak_share = 0.0;
  std::vector<std::vector<int>> groups;  // of muscles
  double weakest_group = 0.0, strongest_group = 1.0;
  std::vector<FatigueRates> fatigue;  // (muscles) empty: no muscle tires
  double fatigue_speed = 0.0;         // of time, in which muscles tire; 0: they do not
  // Tired part at the beginning of an episode, drawn evenly for each muscle.
  double least_tired = 0.0, most_tired = 0.0;
};

// A weak muscle makes strength times the active force of a healthy one, at any excitation; passive
// force, and how fast it answers, stay. A tired one makes what its tired part leaves. What is left
// by both is its capacity. MuJoCo's muscle is such a one when its excitation is multiplied by
// capacity: its activation is then at most capacity.
//
// An environment keeps its own strength, tired part M_F and speed of tiring, in columns that may be
// written between steps. With M_A the activation over the strength, once a control step
//
//   M_F' = speed (F M_A - rho M_F),  rho = r R where M_A <= 0.01, else R,
//
// so that an effort of M_A can be held until M_F = 1 - M_A.
//
// Excitations may also be limited to few patterns: to what a mean and some components span (those
// of a principal component analysis, say), clipped to [0, 1].
//
// Control therefore writes neural excitations, in [0, 1] for every muscle, and this stage turns
// them into those that MuJoCo's muscles are to have.
class MuscleCondition {
 public:
  // Throws std::invalid_argument where a strength is outside [0, 1] or an entry is missing.
  MuscleCondition(int num_muscles, const ConditionConfig& config);

  // Appends what an environment keeps.
  void describe(Layout& layout) const;
  int columns() const { return 2 * num_muscles_ + 1; }
  // Writes what is kept (columns()) of a body that nobody has changed.
  void fill(double* kept) const;
  // An episode begins: draws strengths, if they are drawn, and how tired muscles are.
  void begin(EpisodeRandom& random, double* kept) const;

  // Whether every muscle has all of its strength, and none is tired.
  bool whole(const double* kept) const;
  // Share of its peak force that every muscle can make now, (muscles).
  void capacity(const double* kept, double* out) const;

  // From now on excitations are mean (muscles) and what of the rest lies along components (n x
  // muscles, orthonormal rows); without a mean they are not limited. Not while apply runs.
  // Throws std::invalid_argument for other sizes.
  void limit(std::vector<double> mean, std::vector<double> components);

  bool limits() const { return !mean_.empty(); }

  // Turns neural excitations (muscles) into those of MuJoCo's muscles, in place.
  void apply(const double* capacity, double* excitation) const;

  // Muscles tire, and recover, over a control step that ends with what data holds.
  void tire(const mjModel* model, const mjData* data, double seconds, double* kept) const;

 private:
  // Draws strengths of an episode.
  void weaken(EpisodeRandom& random, double* strength) const;
  double* tired(double* kept) const { return kept + num_muscles_; }
  const double* tired(const double* kept) const { return kept + num_muscles_; }
  const double& speed(const double* kept) const { return kept[2 * num_muscles_]; }

  int num_muscles_;
  ConditionConfig config_;
  std::vector<double> mean_, components_;
};

}  // namespace kinesis
