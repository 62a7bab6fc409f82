// What is different about one body of a batch: mass that it carries, how its contacts hold, the
// slope and the uneven ground that it walks on.
#pragma once

#include <mujoco/mujoco.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <vector>

#include "kinesis/base/episode_random.hpp"
#include "kinesis/base/layout.hpp"
#include "kinesis/body/ground.hpp"

namespace kinesis {

struct VariationConfig {
  std::vector<double> added_mass;  // (nbody) kg, of every body; empty: none
  double friction = 1.0;           // factor
  int root_body = 1;               // id of the body that carries what is drawn
  // Drawn evenly, anew in every episode: what the root carries more, kg, and a factor of friction.
  double least_mass = 0.0, most_mass = 0.0;
  double least_friction = 1.0, most_friction = 1.0;
  // The floor rises by slope, rad, the way that the body faces at the beginning of an episode; and
  // by what is drawn more, in half of the episodes that way too, else some way that is drawn.
  double slope = 0.0, least_slope = 0.0, most_slope = 0.0;
  std::array<double, 3> forward = {1.0, 0.0, 0.0};  // which way the root faces, in its own axes
  // What heights of the field are multiplied by, m, and what is drawn more. Scattered: bodies begin
  // anywhere on it, and it lies any way; else in the middle of its first row, facing along.
  std::shared_ptr<const GroundField> field;  // null: level
  double uneven = 0.0, least_uneven = 0.0, most_uneven = 0.0;
  bool scattered = true;

  bool draws() const { return most_mass != 0.0 || least_friction != 1.0 || most_friction != 1.0; }
  bool slopes() const { return slope != 0.0 || least_slope != 0.0 || most_slope != 0.0; }
  bool unevens() const {
    return field != nullptr && (uneven != 0.0 || least_uneven != 0.0 || most_uneven != 0.0);
  }
  // Writes what is kept (BodyVariation::columns) of a body that nobody has changed.
  void fill(int nbody, double* columns) const;
  // An episode begins.
  void begin(EpisodeRandom& random, int nbody, double* columns) const;
  // Likewise, with the pose that it begins in, where there are slopes or the ground is uneven.
  void tilt(EpisodeRandom& random, const mjModel* model, const mjData* data, double* columns) const;
  void spread(EpisodeRandom& random, const mjModel* model, const mjData* data,
              double* columns) const;

 private:
  double facing(const mjModel* model, const mjData* data) const;
};

// A view of an environment's columns. Rows are anyone's to write: what is no mass or no friction
// counts as none.
struct BodyVariation {
  const double* added_mass;  // (nbody) kg, a point at each body's centre of mass
  const double* friction;    // factor of the sliding friction of all contacts
  const double* slope;       // (2) by how much the floor rises a m along x and along y
  Ground ground;             // how uneven the floor is

  static constexpr double kMostMass = 1e6, kMostFriction = 1e3, kMostSlope = 1.0;

  static int columns(int nbody) { return nbody + 3 + Ground::kColumns; }
  static void describe(Layout& kept, int nbody) {
    kept.append("added_mass", nbody);
    kept.append("friction", 1);
    kept.append("slope", 2);
    kept.append("ground", Ground::kColumns);
  }
  static BodyVariation of(const double* columns, int nbody, const GroundField* field) {
    return {columns, columns + nbody, columns + nbody + 1, Ground::of(field, columns + nbody + 3)};
  }

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
  double rise(int axis) const {
    return std::isfinite(slope[axis]) ? std::clamp(slope[axis], -kMostSlope, kMostSlope) : 0.0;
  }
  bool tilted() const { return rise(0) != 0.0 || rise(1) != 0.0; }
  bool any(int nbody) const {
    return slip() != 1.0 || tilted() || ground.uneven() || carries(nbody);
  }

  // Which way is up: against gravity. A slope is a flat floor on which weight pulls aslant, so that
  // heights and places count from the floor, across it and along it.
  void up(double* out) const {
    const double size = std::sqrt(1.0 + rise(0) * rise(0) + rise(1) * rise(1));
    out[0] = rise(0) / size;
    out[1] = rise(1) / size;
    out[2] = 1.0 / size;
  }
  // Gravity of a model, whose own pulls down.
  void gravity(const mjModel* model, double* out) const {
    up(out);
    for (int axis = 0; axis < 3; ++axis) {
      out[axis] *= model->opt.gravity[2];
    }
  }

  // Between mj_comPos and mj_makeM: the bodies' inertias have the masses.
  void load(const mjModel* model, mjData* data) const;
  // Between mj_collision and mj_makeConstraint.
  void slip(mjData* data) const;
  // Before mj_collision floors rise to the highest place of the ground, so that all contacts with
  // it are found; after it they sink again, and contacts are with the ground that is under them.
  void raise_floors(const mjModel* model, mjData* data) const;
  void settle_floors(const mjModel* model, mjData* data) const;
};

}  // namespace kinesis
