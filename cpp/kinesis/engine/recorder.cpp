#include "kinesis/engine/recorder.hpp"

#include <algorithm>
#include <stdexcept>

namespace kinesis {
namespace {

struct Field {
  const char* name;
  int (*size)(const mjModel*);
  void (*copy)(const mjModel*, const mjData*, double*);
};

// World-frame forces (bodies x 3), N, that what is fixed to the world exerts on bodies by contact.
void ground_force(const mjModel* m, const mjData* d, double* out) {
  std::fill_n(out, 3 * m->nbody, 0.0);
  for (int i = 0; i < d->ncon; ++i) {
    const mjContact& contact = d->contact[i];
    if (contact.efc_address < 0 || contact.geom[0] < 0 || contact.geom[1] < 0) {
      continue;
    }
    const int first = m->geom_bodyid[contact.geom[0]], second = m->geom_bodyid[contact.geom[1]];
    const bool first_fixed = m->body_weldid[first] == 0, second_fixed = m->body_weldid[second] == 0;
    if (first_fixed == second_fixed) {
      continue;
    }
    mjtNum local[6];  // on the second geom, in the contact's axes, which are rows
    mj_contactForce(m, d, i, local);
    double* force = out + 3 * (first_fixed ? second : first);
    const double sign = first_fixed ? 1.0 : -1.0;
    for (int axis = 0; axis < 3; ++axis) {
      for (int k = 0; k < 3; ++k) {
        force[k] += sign * local[axis] * contact.frame[3 * axis + k];
      }
    }
  }
}

#define KINESIS_FIELD(name, count)                                  \
  {#name, [](const mjModel* m) { return static_cast<int>(count); }, \
   [](const mjModel* m, const mjData* d, double* out) { std::copy_n(d->name, count, out); }}

// Those that a physics step leaves filled, whichever way it is computed.
const std::vector<Field>& table() {
  static const std::vector<Field> fields = {
      KINESIS_FIELD(qpos, m->nq),
      KINESIS_FIELD(qvel, m->nv),
      KINESIS_FIELD(qacc, m->nv),
      KINESIS_FIELD(act, m->na),
      KINESIS_FIELD(act_dot, m->na),
      KINESIS_FIELD(ctrl, m->nu),
      KINESIS_FIELD(actuator_length, m->nu),
      KINESIS_FIELD(actuator_velocity, m->nu),
      KINESIS_FIELD(actuator_force, m->nu),
      KINESIS_FIELD(qfrc_actuator, m->nv),
      KINESIS_FIELD(qfrc_passive, m->nv),
      KINESIS_FIELD(qfrc_constraint, m->nv),
      KINESIS_FIELD(qfrc_bias, m->nv),
      KINESIS_FIELD(sensordata, m->nsensordata),
      KINESIS_FIELD(xpos, 3 * m->nbody),
      KINESIS_FIELD(xquat, 4 * m->nbody),
      KINESIS_FIELD(subtree_com, 3 * m->nbody),
      {"ground_force", [](const mjModel* m) { return static_cast<int>(3 * m->nbody); },
       ground_force},
  };
  return fields;
}

#undef KINESIS_FIELD

}  // namespace

std::vector<std::string> FieldRecorder::known_fields() {
  std::vector<std::string> names;
  for (const Field& field : table()) {
    names.push_back(field.name);
  }
  return names;
}

FieldRecorder::FieldRecorder(const mjModel* model, const std::vector<std::string>& fields,
                             int num_envs, int substeps)
    : num_envs_(num_envs), substeps_(substeps) {
  for (const std::string& name : fields) {
    const auto found = std::find_if(table().begin(), table().end(),
                                    [&](const Field& field) { return field.name == name; });
    if (found == table().end()) {
      throw std::invalid_argument("'" + name + "' cannot be recorded");
    }
    fields_.push_back(static_cast<int>(found - table().begin()));
    columns_.append(name, found->size(model));
  }
  values_.resize(static_cast<std::size_t>(num_envs) * substeps * columns_.size());
}

void FieldRecorder::record(const mjModel* model, const mjData* data, int env, int substep) {
  double* row =
      values_.data() + (static_cast<std::size_t>(env) * substeps_ + substep) * columns_.size();
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    table()[fields_[i]].copy(model, data, row + columns_[static_cast<int>(i)].begin);
  }
}

}  // namespace kinesis
