#include "kinesis/physics/lean_kinematics.hpp"

#include <algorithm>
#include <set>

#include "kinesis/base/small_vector.hpp"

namespace kinesis {
namespace {

// Sites that sensors, actuators or equality constraints are attached to; all, where MuJoCo reads
// paths itself (armature of tendons) or a plugin may read anything.
std::set<int> attached_sites(const mjModel* model) {
  std::set<int> found;
  const mjtNum* armature = model->tendon_armature;
  if (model->nplugin > 0 ||
      std::any_of(armature, armature + model->ntendon, [](mjtNum a) { return a != 0.0; })) {
    for (int site = 0; site < model->nsite; ++site) {
      found.insert(site);
    }
    return found;
  }
  for (int i = 0; i < model->nsensor; ++i) {
    if (model->sensor_objtype[i] == mjOBJ_SITE) {
      found.insert(model->sensor_objid[i]);
    }
    if (model->sensor_reftype[i] == mjOBJ_SITE) {
      found.insert(model->sensor_refid[i]);
    }
  }
  for (int i = 0; i < model->nu; ++i) {
    if (model->actuator_trntype[i] == mjTRN_SITE ||
        model->actuator_trntype[i] == mjTRN_SLIDERCRANK) {
      found.insert({model->actuator_trnid[2 * i], model->actuator_trnid[2 * i + 1]});
    }
  }
  for (int i = 0; i < model->neq; ++i) {
    if (model->eq_objtype[i] == mjOBJ_SITE) {
      found.insert({model->eq_obj1id[i], model->eq_obj2id[i]});
    }
  }
  found.erase(-1);
  return found;
}

}  // namespace

LeanKinematics::LeanKinematics(const mjModel* model, const std::vector<int>& path_sites) {
  const std::set<int> attached = attached_sites(model);
  posed_.assign(attached.begin(), attached.end());
  for (const int site : path_sites) {
    if (attached.count(site) == 0) {
      const mjtNum* pos = model->site_pos + 3 * site;
      placed_.push_back({site, model->site_bodyid[site], {pos[0], pos[1], pos[2]}});
    }
  }
}

void LeanKinematics::update(const mjModel* model, mjData* data) const {
  mjModel without_sites = *model;  // MuJoCo poses as many sites as it is told that there are
  without_sites.nsite = 0;
  mj_kinematics(&without_sites, data);
  for (const Placed& placed : placed_) {
    const mjtNum* origin = data->xpos + 3 * placed.body;
    mjtNum* pos = data->site_xpos + 3 * placed.site;
    rotate3(data->xmat + 9 * placed.body, placed.pos, pos);
    for (int i = 0; i < 3; ++i) {
      pos[i] += origin[i];
    }
  }
  for (const int site : posed_) {
    mj_local2Global(data, data->site_xpos + 3 * site, data->site_xmat + 9 * site,
                    model->site_pos + 3 * site, model->site_quat + 4 * site,
                    model->site_bodyid[site], model->site_sameframe[site]);
  }
}

void LeanKinematics::update_bodies(const mjModel* model, mjData* data) {
  mjModel only_bodies = *model;
  only_bodies.nsite = only_bodies.ngeom = 0;
  mj_kinematics(&only_bodies, data);
}

}  // namespace kinesis
