#include "kinesis/control/joint_control.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "kinesis/body/tree.hpp"
#include "kinesis/muscle/effort.hpp"

namespace kinesis {

JointControl::JointControl(const mjModel* model, const Reference* reference,
                           const JointControlConfig& config)
    : reference_(reference),
      config_(config),
      joints_(std::make_unique<IndependentJoints>(model, false)),
      torque_(std::make_unique<MuscleTorque>(model, joints_.get())) {
  const auto rows = static_cast<std::size_t>(joints_->rows());
  if (config.stiffness.size() != rows || config.damping.size() != rows ||
      static_cast<mjtSize>(config.effort_weight.size()) != model->nu) {
    throw std::invalid_argument(
        "joint control needs gains of every independent joint and an "
        "effort weight of every muscle");
  }
  if (reference->num_torques() != joints_->rows()) {
    throw std::invalid_argument("joint control needs motions with torques of " +
                                std::to_string(rows) + " independent joints; these have " +
                                std::to_string(reference->num_torques()));
  }
  law_.torque_weight.assign(rows, config.torque_weight);
  law_.pattern =
      MuscleEffort(joints_->rows(), torque_->start(), torque_->row(), law_.torque_weight).pattern();
  const MuscleForce force(model);
  for (int i = 0; i < model->nu; ++i) {
    const mjtNum* dynamics = model->actuator_dynprm + mjNDYN * i;
    law_.muscles.push_back({force.curves(i), {dynamics[0], dynamics[1]}});
    law_.upper.push_back(1.0);
    law_.effort_weight.push_back(config.effort_weight[i]);
  }
  law_.num_loads = num_loads();
  for (int row = 0; row < joints_->rows(); ++row) {
    for (const int sensor : config.touch_sensors) {
      const int body = model->site_bodyid[model->sensor_objid[sensor]];
      law_.carries.push_back(moves(model, joints_->dof(row), body) ? 1 : 0);
    }
  }
  law_.reach = config.reach;
  law_.standing_load = config.standing_load;
  law_.timestep = model->opt.timestep;
  law_.ramp = config.ramp;
  set_gains(model);
}

void JointControl::set_gains(const mjModel* model) {
  const std::unique_ptr<mjData, decltype(&mj_deleteData)> data(mj_makeData(model), mj_deleteData);
  mj_forward(model, data.get());
  // The inertia of a row: the work of its own acceleration, dependent joints moving along.
  std::vector<double> slope(joints_->num_couplings()), moving(model->nv), force(model->nv),
      projected(joints_->rows());
  joints_->slopes(model->qpos0, slope.data());
  for (int row = 0; row < joints_->rows(); ++row) {
    for (int dof = 0; dof < model->nv; ++dof) {
      const int coupling = joints_->coupling_of(dof);
      moving[dof] = joints_->row_of(dof) != row ? 0.0 : coupling >= 0 ? slope[coupling] : 1.0;
    }
    mj_mulM(model, data.get(), force.data(), moving.data());
    joints_->project(force.data(), slope.data(), projected.data());
    const double inertia = projected[row];
    const double frequency = config_.free_frequency;
    const double stiffness = config_.stiffness[row], damping = config_.damping[row];
    law_.rows.push_back({stiffness, damping, std::min(stiffness, inertia * frequency * frequency),
                         std::min(damping, 2.0 * config_.free_damping * inertia * frequency)});
  }
}

void JointControl::read_loads(const mjModel* model, const mjData* data, double* load) const {
  for (const int sensor : config_.touch_sensors) {
    *load++ = data->sensordata[model->sensor_adr[sensor]];
  }
}

void JointControl::read_arms(mjData* data, double* arm) const {
  mj_markStack(data);
  torque_->read_arms(data, mj_stackAllocNum(data, joints_->num_couplings()), arm);
  mj_freeStack(data);
}

void JointControl::apply(const mjModel* model, mjData* data, const float* actions, const Moment& at,
                         const double* plan, int substeps_left,
                         const JointControlState& state) const {
  const int rows = joints_->rows();
  mj_markStack(data);
  double* q_ref = mj_stackAllocNum(data, model->nq);
  double* v_ref = mj_stackAllocNum(data, model->nv);
  double* difference = mj_stackAllocNum(data, model->nv);
  double* clipped = mj_stackAllocNum(data, rows);
  double* error = mj_stackAllocNum(data, rows);
  double* lag = mj_stackAllocNum(data, rows);
  double* wanted = mj_stackAllocNum(data, rows);
  double* act = mj_stackAllocNum(data, model->nu);
  double* work = mj_stackAllocNum(data, joint_law_work<double>(law_));

  reference_->joint_state({at.clip, at.time + config_.lead}, plan, q_ref, v_ref);
  reference_->torque({at.clip, at.time + config_.torque_lead}, plan, wanted);
  mj_differentiatePos(model, difference, 1.0, data->qpos, q_ref);
  for (int row = 0; row < rows; ++row) {
    const int dof = joints_->dof(row);
    clipped[row] = std::clamp<double>(actions[row], -1.0, 1.0);
    error[row] = difference[dof];
    lag[row] = v_ref[dof] - data->qvel[dof];
  }
  for (int i = 0; i < model->nu; ++i) {
    act[i] = data->act[model->actuator_actadr[i]];
  }
  const JointLawState<double> now{state.length,     state.velocity, state.arm, state.load, act,
                                  state.capacity,   clipped,        error,     lag,        wanted,
                                  state.multiplier, state.offset,   work};
  share_torque(law_, now, substeps_left, MuscleEffort::kMaxSteps, data->ctrl);
  mj_freeStack(data);
}

}  // namespace kinesis
