#include "kinesis/physics/physics_step.hpp"

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace kinesis {
namespace {

bool has_public_stages(const mjModel* model) {
  const int integrator = model->opt.integrator;
  const bool integrates =
      integrator == mjINT_EULER || integrator == mjINT_IMPLICIT || integrator == mjINT_IMPLICITFAST;
  const int more = mjENBL_FWDINV | mjENBL_SLEEP | mjENBL_IPC;
  return integrates && (model->opt.enableflags & more) == 0 && model->nflex == 0;
}

// What MuJoCo does to be fast on models of another kind, with the same result bit for bit:
// splitting the constraints of one kinematic tree into islands, which are that tree (compared with
// Newton's solver), and looking for contacts among a body's few geoms by way of boxes around them.
int needless(const mjModel* model) {
  constexpr int kFewGeoms = 8;  // of one body
  std::vector<int> colliding(model->nbody);
  for (int geom = 0; geom < model->ngeom; ++geom) {
    colliding[model->geom_bodyid[geom]] +=
        (model->geom_contype[geom] | model->geom_conaffinity[geom]) != 0;
  }
  const int most = *std::max_element(colliding.begin(), colliding.end());
  const bool one_island = model->ntree == 1 && model->opt.solver == mjSOL_NEWTON;
  return (one_island ? mjDSBL_ISLAND : 0) | (most <= kFewGeoms ? mjDSBL_MIDPHASE : 0);
}

}  // namespace

PhysicsStep::PhysicsStep(const mjModel* model, Physics wanted)
    : path_(model),
      kinematics_(model, path_.sites()),
      actuation_(model),
      physics_(wanted == Physics::kFused && path_.covers_model() && has_public_stages(model)
                   ? Physics::kFused
                   : Physics::kMujoco),
      needless_(needless(model)) {
  const bool ours = physics_ == Physics::kFused && actuation_.covers_model();
  if (!ours && MuscleForce(model).stretches()) {
    throw std::invalid_argument(
        "the model's tendons stretch, which MuJoCo's own step does not do: take physics lanes or "
        "fused and a model that they cover, or one with rigid tendons");
  }
}

void PhysicsStep::step(const mjModel* model, mjData* data, const BodyVariation* varied) const {
  if (physics_ == Physics::kMujoco) {
    mj_step(model, data);
    return;
  }
  const mjModel lean = this->lean(model, varied);
  mj_checkPos(&lean, data);
  mj_checkVel(&lean, data);
  run_stages(&lean, data, varied);
  mj_checkAcc(&lean, data);
  if (lean.opt.integrator == mjINT_EULER) {
    mj_Euler(&lean, data);
  } else {
    mj_implicit(&lean, data);
  }
  actuation_.keep(model, data);
}

void PhysicsStep::forward(const mjModel* model, mjData* data, const BodyVariation* varied) const {
  if (physics_ == Physics::kMujoco) {
    mj_forward(model, data);
  } else {
    const mjModel lean = this->lean(model, varied);
    run_stages(&lean, data, varied);
  }
}

mjModel PhysicsStep::lean(const mjModel* model, const BodyVariation* varied) const {
  mjModel lean = *model;  // its arrays are the model's own
  lean.opt.disableflags |= needless_;
  if (varied != nullptr && varied->tilted()) {
    varied->gravity(model, lean.opt.gravity);
  }
  return lean;
}

void PhysicsStep::run_stages(const mjModel* lean, mjData* data, const BodyVariation* varied) const {
  data->flg_energypos = 0;
  kinematics_.update(lean, data);
  mj_comPos(lean, data);
  if (varied != nullptr) {
    varied->load(lean, data);
  }
  mj_camlight(lean, data);
  path_.update(lean, data);
  mj_makeM(lean, data);
  mj_factorM(lean, data);
  if (varied != nullptr) {
    varied->raise_floors(lean, data);
  }
  mj_collision(lean, data);
  if (varied != nullptr) {
    varied->settle_floors(lean, data);
    varied->slip(data);
  }
  mj_makeConstraint(lean, data);
  mj_island(lean, data);
  mj_projectConstraint(lean, data);
  mj_transmission(lean, data);
  mj_sensorPos(lean, data);
  const bool energy = (lean->opt.enableflags & mjENBL_ENERGY) != 0;
  if (data->flg_energypos == 0) {
    if (energy) {
      mj_energyPos(lean, data);
    } else {
      data->energy[0] = data->energy[1] = 0.0;
    }
  }

  mj_fwdVelocity(lean, data);
  mj_sensorVel(lean, data);
  if (energy && data->flg_energyvel == 0) {
    mj_energyVel(lean, data);
  }

  if (mjcb_control != nullptr && (lean->opt.disableflags & mjDSBL_ACTUATION) == 0) {
    mjcb_control(lean, data);
  }
  if (actuation_.covers_model()) {
    actuation_.update(lean, data);
  } else {
    mj_fwdActuation(lean, data);
  }
  mj_fwdAcceleration(lean, data);
  mj_fwdConstraint(lean, data);
  data->flg_rnepost = 0;
  mj_sensorAcc(lean, data);
}

}  // namespace kinesis
