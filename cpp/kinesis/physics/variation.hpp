// What is different about one body of a batch: mass that it carries, and how its contacts hold.
#pragma once

#include <mujoco/mujoco.h>

#include <algorithm>
#include <vector>

#include "kinesis/base/episode_random.hpp"
#include "kinesis/base/layout.hpp"

namespace kinesis {

struct VariationConfig {
  std::vector<double> added_mass;  // (nbody) kg, of every body; empty: none
  double friction = 1.0;           // factor
  int root_body = 1;               // id of the body that carries what is drawn
  // Drawn evenly, anew in every episode: what the root carries more, kg, and a factor of friction.
  double least_mass = 0.0, most_mass = 0.0;
  double least_friction = 1.0, most_friction = 1.0;

  bool draws() const { return most_mass != 0.0 || least_friction != 1.0 || most_friction != 1.0; }
  // Writes what is kept (BodyVariation::columns) of a body that nobody has changed.
  void fill(int nbody, double* columns) const;
  // An episode begins.
  void begin(EpisodeRandom& random, int nbody, double* columns) const;
};

// A view of an environment's columns. Rows are anyone's to write: what is no mass or no friction
// counts as none.
struct BodyVariation {
  const double* added_mass;  // (nbody) kg, a point at each body's centre of mass
  const double* friction;    // factor of the sliding friction of all contacts

  static constexpr double kMostMass = 1e6, kMostFriction = 1e3;

  static int columns(int nbody) { return nbody + 1; }
  static void describe(Layout& kept, int nbody) {
    kept.append("added_mass", nbody);
    kept.append("friction", 1);
  }
  static BodyVariation of(const double* columns, int nbody) { return {columns, columns + nbody}; }

  double mass(int body) const {
    return added_mass[body] > 0.0 ? std::min(added_mass[body], kMostMass) : 0.0;
  }
  double slip() const { return *friction >= 0.0 ? std::min(*friction, kMostFriction) : 1.0; }
  bool carries(int nbody) const {
    bool any = false;
    for (int body = 1; body < nbody; ++body) {
      any |= added_mass[body] > 0.0;
    }
    return any;
  }
  bool any(int nbody) const { return slip() != 1.0 || carries(nbody); }

  // Between mj_comPos and mj_makeM: the bodies' inertias have the masses.
  void load(const mjModel* model, mjData* data) const;
  // Between mj_collision and mj_makeConstraint.
  void slip(mjData* data) const;
};

}  // namespace kinesis
