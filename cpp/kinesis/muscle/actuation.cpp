#include "kinesis/muscle/actuation.hpp"

#include <algorithm>
#include <cmath>

namespace kinesis {
namespace {

bool is_plain_muscle(const mjModel* m, int i) {
  const mjtNum* poly = m->actuator_dampingpoly + mjNPOLY * i;
  return m->actuator_dyntype[i] == mjDYN_MUSCLE && m->actuator_gaintype[i] == mjGAIN_MUSCLE &&
         m->actuator_biastype[i] == mjBIAS_MUSCLE && m->actuator_ctrlnum[i] == 1 &&
         m->actuator_outnum[i] == 1 && m->actuator_actnum[i] == 1 && !m->actuator_actearly[i] &&
         !m->actuator_forcelimited[i] && m->actuator_plugin[i] < 0 &&
         m->actuator_historyadr[i] < 0 && m->actuator_delay[i] == 0.0 &&
         m->actuator_damping[i] == 0.0 &&
         std::all_of(poly, poly + mjNPOLY, [](mjtNum c) { return c == 0.0; });
}

bool driven_by_plain_muscles(const mjModel* model) {
  for (int i = 0; i < model->nactuator; ++i) {
    if (!is_plain_muscle(model, i)) {
      return false;
    }
  }
  const auto any = [](const mjtBool* flags, mjtSize count) {
    return std::any_of(flags, flags + count, [](mjtBool flag) { return flag != 0; });
  };
  return model->nu == model->nactuator && model->nu == model->na &&
         !any(model->tendon_actfrclimited, model->ntendon) &&
         !any(model->jnt_actfrclimited, model->njnt) && !any(model->jnt_actgravcomp, model->njnt);
}

}  // namespace

MuscleActuation::MuscleActuation(const mjModel* model)
    : covers_model_(driven_by_plain_muscles(model)),
      force_(covers_model_ ? MuscleForce(model) : MuscleForce()) {}

void MuscleActuation::update(const mjModel* model, mjData* data) const {
  const bool usual = (model->opt.disableflags & (mjDSBL_ACTUATION | mjDSBL_CLAMPCTRL)) == 0 &&
                     model->opt.disableactuator == 0;
  const bool numbers = std::all_of(data->ctrl, data->ctrl + model->nu, [](mjtNum excitation) {
    return std::abs(excitation) < mjMAXVAL;
  });
  if (!usual || !numbers) {
    mj_fwdActuation(model, data);
    return;
  }
  std::fill_n(data->qfrc_actuator, model->nv, 0.0);
  for (int i = 0; i < model->nu; ++i) {
    const int address = model->actuator_actadr[i], control = model->actuator_ctrladr[i];
    double excitation = data->ctrl[control];
    if (model->actuator_ctrllimited[control]) {
      const mjtNum* range = model->actuator_ctrlrange + 2 * control;
      excitation = std::clamp(excitation, range[0], range[1]);
    }
    const double activation = data->act[address];
    data->act_dot[address] =
        mju_muscleDynamics(excitation, activation, model->actuator_dynprm + mjNDYN * i);
    const double before = force_.stretches() ? data->userdata[i] : 0.0;
    const auto [unstretched, force, gain] =
        force_.pull(i, activation, data->actuator_length[i], data->actuator_velocity[i], before,
                    model->opt.timestep);
    if (force_.stretches()) {
      data->userdata[model->nu + i] = unstretched;
    }
    data->actuator_force[i] = force;
    const int first = data->moment_rowadr[i];
    for (int k = first; k < first + data->moment_rownnz[i]; ++k) {
      data->qfrc_actuator[data->moment_colind[k]] += force * data->actuator_moment[k];
    }
  }
}

void MuscleActuation::keep(const mjModel* model, mjData* data) const {
  if (force_.stretches()) {
    std::copy_n(data->userdata + model->nu, model->nu, data->userdata);
  }
}

}  // namespace kinesis
