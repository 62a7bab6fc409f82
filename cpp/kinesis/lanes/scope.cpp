// Which models the lanes step.
#include <algorithm>
#include <cmath>
#include <string>

#include "kinesis/lanes/build.hpp"
#include "kinesis/muscle/actuation.hpp"

namespace kinesis {
namespace {

template <class Values>
bool any_set(const Values* values, mjtSize count) {
  return std::any_of(values, values + count, [](Values value) { return value != Values{}; });
}

std::string name_of(const mjModel* m, int type, int id) {
  const char* name = mj_id2name(m, type, id);
  return name == nullptr || *name == '\0' ? "number " + std::to_string(id) : name;
}

// Impedance that is not one of the two curves that lanes have.
bool odd_impedance(const mjtNum* solimp) { return solimp[4] != 1.0 && solimp[4] != 2.0; }

std::string beyond_options(const mjModel* m) {
  const mjOption& opt = m->opt;
  if (opt.integrator != mjINT_EULER) return "an integrator other than Euler";
  if (opt.cone != mjCONE_PYRAMIDAL) return "elliptic friction cones";
  if (opt.solver != mjSOL_NEWTON) return "a solver other than Newton";
  if (opt.noslip_iterations > 0) return "the no-slip solver";
  if (opt.density != 0.0 || opt.viscosity != 0.0) return "a fluid";
  if (opt.impratio != 1.0) return "impratio " + std::to_string(opt.impratio);
  constexpr int kKnown = mjDSBL_CONTACT | mjDSBL_CONSTRAINT | mjDSBL_EQUALITY | mjDSBL_LIMIT |
                         mjDSBL_GRAVITY | mjDSBL_FILTERPARENT | mjDSBL_REFSAFE | mjDSBL_ISLAND |
                         mjDSBL_MIDPHASE | mjDSBL_FRICTIONLOSS;
  if ((opt.disableflags & ~kKnown) != 0) return "a stage that is disabled";
  if (opt.enableflags != 0) return "an optional stage that is enabled";
  if (m->nflex > 0) return "flexible bodies";
  if (m->nplugin > 0) return "plugins";
  if (m->nmocap > 0) return "bodies that follow motion capture";
  return "";
}

std::string beyond_tree(const mjModel* m) {
  int free_joints = 0;
  for (int joint = 0; joint < m->njnt; ++joint) {
    const int type = m->jnt_type[joint];
    if (type == mjJNT_BALL) return "a ball joint: " + name_of(m, mjOBJ_JOINT, joint);
    if (type == mjJNT_FREE && ++free_joints > 1) return "a second free joint";
    if (m->jnt_limited[joint] != 0 && odd_impedance(m->jnt_solimp + mjNIMP * joint)) {
      return "a limit with an impedance of another power than 1 or 2: " +
             name_of(m, mjOBJ_JOINT, joint);
    }
  }
  if (any_set(m->dof_frictionloss, m->nv)) return "joints with dry friction";
  if (any_set(m->dof_dampingpoly, m->nv * mjNPOLY)) return "damping that is not linear";
  if (any_set(m->jnt_stiffnesspoly, m->njnt * mjNPOLY)) return "springs that are not linear";
  if (any_set(m->body_gravcomp, m->nbody)) return "bodies without weight";
  return "";
}

std::string beyond_constraints(const mjModel* m) {
  for (int i = 0; i < m->neq; ++i) {
    const mjtNum* impedance = m->eq_solimp + mjNIMP * i;
    if (m->eq_type[i] != mjEQ_JOINT) {
      return "an equality constraint that couples no joints: " + name_of(m, mjOBJ_EQUALITY, i);
    }
    if (impedance[0] != impedance[1]) return "joint couplings of changing impedance";
  }
  return "";
}

std::string beyond_muscles(const mjModel* m) {
  if (!MuscleActuation(m).covers_model()) return "actuators that are not plain muscles";
  if (any_set(m->tendon_limited, m->ntendon)) return "tendons with limits";
  if (any_set(m->tendon_stiffness, m->ntendon) || any_set(m->tendon_damping, m->ntendon) ||
      any_set(m->tendon_frictionloss, m->ntendon) || any_set(m->tendon_armature, m->ntendon)) {
    return "tendons with springs, damping, friction or inertia";
  }
  for (int i = 0; i < m->nu; ++i) {
    const std::string name = name_of(m, mjOBJ_ACTUATOR, i);
    if (m->actuator_dynprm[mjNDYN * i + 2] != 0.0) return "smoothed activation: " + name;
    if (m->actuator_actlimited[i] != 0) return "limited activation: " + name;
    if (m->actuator_trntype[i] == mjTRN_JOINT) {
      const int joint = m->jnt_type[m->actuator_trnid[2 * i]];
      if (joint != mjJNT_HINGE && joint != mjJNT_SLIDE) return "a motor at a free joint: " + name;
      continue;
    }
    if (m->actuator_trntype[i] != mjTRN_TENDON) return "a muscle along no path: " + name;
    if (m->actuator_gear[6 * i] != 1.0) return "a muscle with a gear: " + name;
    const int tendon = m->actuator_trnid[2 * i];
    for (int k = m->tendon_adr[tendon]; k < m->tendon_adr[tendon] + m->tendon_num[tendon]; ++k) {
      const int type = m->wrap_type[k];
      if (type != mjWRAP_SITE && type != mjWRAP_SPHERE && type != mjWRAP_CYLINDER) {
        return "a muscle over a pulley: " + name;
      }
      if (type != mjWRAP_SITE && m->wrap_prm[k] >= 0.0) {
        const int side = static_cast<int>(std::lround(m->wrap_prm[k])), geom = m->wrap_objid[k];
        if (m->body_weldid[m->site_bodyid[side]] != m->body_weldid[m->geom_bodyid[geom]]) {
          return "a muscle whose side site is not on the body that it wraps around: " + name;
        }
      }
    }
  }
  return "";
}

std::string beyond_sensors(const mjModel* m) {
  for (int i = 0; i < m->nsensor; ++i) {
    if (!lanes::covers_sensor(m, i)) return "a sensor: " + name_of(m, mjOBJ_SENSOR, i);
  }
  return "";
}

std::string beyond_contacts(const mjModel* m) {
  int floors = 0, priority = -1;
  for (int geom = 0; geom < m->ngeom; ++geom) {
    if ((m->geom_contype[geom] | m->geom_conaffinity[geom]) == 0) {
      continue;
    }
    const std::string name = name_of(m, mjOBJ_GEOM, geom);
    if (m->geom_condim[geom] != 3)
      return "contacts without friction, or that resist turning: " + name;
    if (m->geom_gap[geom] != 0.0) return "contacts with a gap: " + name;
    if (m->geom_solref[mjNREF * geom] <= 0.0) return "contacts of given stiffness: " + name;
    if (odd_impedance(m->geom_solimp + mjNIMP * geom)) {
      return "contacts with an impedance of another power than 1 or 2: " + name;
    }
    if (priority >= 0 && m->geom_priority[geom] != priority) {
      return "contacts of unequal priority: " + name;
    }
    priority = m->geom_priority[geom];
    if (m->geom_type[geom] == mjGEOM_PLANE) {
      const mjtNum* quat = m->geom_quat + 4 * geom;
      const bool level = std::abs(quat[1]) < 1e-9 && std::abs(quat[2]) < 1e-9;
      if (m->geom_bodyid[geom] != 0 || !level) return "a floor that is not level: " + name;
      if (++floors > 1) return "a second floor: " + name;
      continue;
    }
    if (m->geom_type[geom] == mjGEOM_MESH && m->mesh_polynum[m->geom_dataid[geom]] == 0) {
      return "a mesh that collides and has no hull: " + name;
    }
    if (m->geom_type[geom] == mjGEOM_HFIELD || m->geom_type[geom] == mjGEOM_SDF) {
      return "a height or distance field: " + name;
    }
  }
  for (int pair = 0; pair < m->npair; ++pair) {
    const std::string name = name_of(m, mjOBJ_PAIR, pair);
    if (m->pair_dim[pair] != 1 && m->pair_dim[pair] != 3) {
      return "a pair whose contacts resist turning: " + name;
    }
    if (m->pair_gap[pair] != 0.0) return "a pair with a gap: " + name;
    if (odd_impedance(m->pair_solimp + mjNIMP * pair)) {
      return "a pair with an impedance of another power than 1 or 2: " + name;
    }
    if (m->geom_type[m->pair_geom1[pair]] == mjGEOM_PLANE ||
        m->geom_type[m->pair_geom2[pair]] == mjGEOM_PLANE) {
      return "a pair of a geom and the floor: " + name;
    }
    if (m->pair_friction[5 * pair] != m->pair_friction[5 * pair + 1]) {
      return "a pair with friction that differs by direction: " + name;
    }
  }
  return "";
}

}  // namespace

std::string beyond_lanes(const mjModel* model) {
  for (const auto& beyond : {beyond_options, beyond_tree, beyond_constraints, beyond_muscles,
                             beyond_contacts, beyond_sensors}) {
    std::string found = beyond(model);
    if (!found.empty()) {
      return found;
    }
  }
  return "";
}

}  // namespace kinesis
