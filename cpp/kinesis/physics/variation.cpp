#include "kinesis/physics/variation.hpp"

#include <numbers>

namespace kinesis {

namespace {

constexpr double kAhead = 0.5;  // share of drawn slopes that rise or fall the way the body faces

}  // namespace

void VariationConfig::fill(int nbody, double* columns) const {
  for (int body = 0; body < nbody; ++body) {
    columns[body] = added_mass.empty() ? 0.0 : added_mass[body];
  }
  columns[nbody] = friction;
  std::fill_n(columns + nbody + 1, 2 + Ground::kColumns, 0.0);
}

void VariationConfig::begin(EpisodeRandom& random, int nbody, double* columns) const {
  const auto between = [&](double low, double high) {
    return low + (high - low) * random.uniform();
  };
  if (most_mass != 0.0) {
    const double always = added_mass.empty() ? 0.0 : added_mass[root_body];
    columns[root_body] = always + between(least_mass, most_mass);
  }
  if (least_friction != 1.0 || most_friction != 1.0) {
    columns[nbody] = friction * between(least_friction, most_friction);
  }
}

double VariationConfig::facing(const mjModel* model, const mjData* data) const {
  const mjtNum* quat = data->qpos + model->jnt_qposadr[model->body_jntadr[root_body]] + 3;
  double ahead[3];
  mju_rotVecQuat(ahead, forward.data(), quat);
  return std::atan2(ahead[1], ahead[0]);
}

void VariationConfig::tilt(EpisodeRandom& random, const mjModel* model, const mjData* data,
                           double* columns) const {
  const double ahead = facing(model, data);
  double* rise = columns + model->nbody + 1;
  rise[0] = std::tan(slope) * std::cos(ahead);
  rise[1] = std::tan(slope) * std::sin(ahead);
  if (least_slope != 0.0 || most_slope != 0.0) {
    const double more = least_slope + (most_slope - least_slope) * random.uniform();
    const double way =
        random.uniform() < kAhead ? ahead : 2.0 * std::numbers::pi * random.uniform();
    rise[0] += std::tan(more) * std::cos(way);
    rise[1] += std::tan(more) * std::sin(way);
  }
}

void VariationConfig::spread(EpisodeRandom& random, const mjModel* model, const mjData* data,
                             double* columns) const {
  double* ground = columns + model->nbody + 3;
  const double more = least_uneven + (most_uneven - least_uneven) * random.uniform();
  const mjtNum* place = data->qpos + model->jnt_qposadr[model->body_jntadr[root_body]];
  ground[0] = uneven + more;
  ground[1] = scattered ? field->along() * random.uniform() : 0.0;
  ground[2] = field->across() * (scattered ? random.uniform() : 0.5);
  ground[3] = scattered ? 2.0 * std::numbers::pi * random.uniform() : facing(model, data);
  ground[4] = place[0];
  ground[5] = place[1];
}

void BodyVariation::load(const mjModel* model, mjData* data) const {
  for (int body = 1; body < model->nbody; ++body) {
    const double added = mass(body);
    if (added == 0.0) {
      continue;
    }
    // About the centre of mass of the whole tree, as MuJoCo has it: xx yy zz xy xz yz, m c, m.
    double at[3];
    mju_sub3(at, data->xipos + 3 * body, data->subtree_com + 3 * model->body_rootid[body]);
    const double square = mju_dot3(at, at);
    mjtNum* inertia = data->cinert + 10 * body;
    for (int i = 0; i < 3; ++i) {
      inertia[i] += added * (square - at[i] * at[i]);
      inertia[6 + i] += added * at[i];
    }
    inertia[3] -= added * at[0] * at[1];
    inertia[4] -= added * at[0] * at[2];
    inertia[5] -= added * at[1] * at[2];
    inertia[9] += added;
  }
}

void BodyVariation::slip(mjData* data) const {
  const double factor = slip();
  if (factor == 1.0) {
    return;
  }
  for (int i = 0; i < data->ncon; ++i) {
    mjtNum* friction = data->contact[i].friction;
    friction[0] = std::max(mjMINMU, factor * friction[0]);
    friction[1] = std::max(mjMINMU, factor * friction[1]);
  }
}

void BodyVariation::raise_floors(const mjModel* model, mjData* data) const {
  if (!ground.uneven()) {
    return;
  }
  for (int geom = 0; geom < model->ngeom; ++geom) {
    if (model->geom_type[geom] == mjGEOM_PLANE) {
      data->geom_xpos[3 * geom + 2] += ground.top();
    }
  }
}

void BodyVariation::settle_floors(const mjModel* model, mjData* data) const {
  if (!ground.uneven()) {
    return;
  }
  const double top = ground.top();
  for (int geom = 0; geom < model->ngeom; ++geom) {
    if (model->geom_type[geom] == mjGEOM_PLANE) {
      data->geom_xpos[3 * geom + 2] -= top;
    }
  }
  for (int i = 0; i < data->ncon; ++i) {
    mjContact& contact = data->contact[i];
    if (contact.geom[0] < 0 || model->geom_type[contact.geom[0]] != mjGEOM_PLANE) {
      continue;
    }
    const double below = top - ground.height(contact.pos[0], contact.pos[1]);
    contact.dist += below;
    contact.pos[2] -= 0.5 * below;  // half way between the ground and what touches it
    if (contact.dist >= contact.includemargin) {
      contact.exclude = 1;
    }
  }
}

}  // namespace kinesis
