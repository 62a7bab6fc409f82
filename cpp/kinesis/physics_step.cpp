#include "kinesis/physics_step.hpp"

namespace kinesis {
namespace {

bool has_public_stages(const mjModel* model) {
  const int integrator = model->opt.integrator;
  const bool integrates =
      integrator == mjINT_EULER || integrator == mjINT_IMPLICIT || integrator == mjINT_IMPLICITFAST;
  const int more = mjENBL_FWDINV | mjENBL_SLEEP | mjENBL_IPC;
  return integrates && (model->opt.enableflags & more) == 0 && model->nflex == 0;
}

}  // namespace

PhysicsStep::PhysicsStep(const mjModel* model, Physics wanted)
    : path_(model),
      physics_(wanted == Physics::kFused && path_.covers_model() && has_public_stages(model)
                   ? Physics::kFused
                   : Physics::kMujoco) {}

void PhysicsStep::step(const mjModel* model, mjData* data) const {
  if (physics_ == Physics::kMujoco) {
    mj_step(model, data);
    return;
  }
  mj_checkPos(model, data);
  mj_checkVel(model, data);
  forward(model, data);
  mj_checkAcc(model, data);
  if (model->opt.integrator == mjINT_EULER) {
    mj_Euler(model, data);
  } else {
    mj_implicit(model, data);
  }
}

void PhysicsStep::forward(const mjModel* model, mjData* data) const {
  data->flg_energypos = 0;
  mj_kinematics(model, data);
  mj_comPos(model, data);
  mj_camlight(model, data);
  path_.update(model, data);
  mj_makeM(model, data);
  mj_factorM(model, data);
  mj_collision(model, data);
  mj_makeConstraint(model, data);
  mj_island(model, data);
  mj_projectConstraint(model, data);
  mj_transmission(model, data);
  mj_sensorPos(model, data);
  const bool energy = (model->opt.enableflags & mjENBL_ENERGY) != 0;
  if (data->flg_energypos == 0) {
    if (energy) {
      mj_energyPos(model, data);
    } else {
      data->energy[0] = data->energy[1] = 0.0;
    }
  }

  mj_fwdVelocity(model, data);
  mj_sensorVel(model, data);
  if (energy && data->flg_energyvel == 0) {
    mj_energyVel(model, data);
  }

  if (mjcb_control != nullptr && (model->opt.disableflags & mjDSBL_ACTUATION) == 0) {
    mjcb_control(model, data);
  }
  mj_fwdActuation(model, data);
  mj_fwdAcceleration(model, data);
  mj_fwdConstraint(model, data);
  data->flg_rnepost = 0;
  mj_sensorAcc(model, data);
}

}  // namespace kinesis
