#include "kinesis/control/joint_control.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "kinesis/body/tree.hpp"
#include "kinesis/muscle/curves.hpp"

namespace kinesis {
namespace {

// Bound of a paralysed muscle's activation: the effort problem needs a positive one.
constexpr double kLeastStrength = 1e-2;

}  // namespace

JointControl::JointControl(const mjModel* model, const Reference* reference,
                           const MuscleCondition* condition, const JointControlConfig& config)
    : reference_(reference),
      condition_(condition),
      config_(config),
      joints_(std::make_unique<IndependentJoints>(model, false)),
      torque_(std::make_unique<MuscleTorque>(model, joints_.get())),
      effort_(std::make_unique<MuscleEffort>(
          joints_->rows(), torque_->start(), torque_->row(),
          std::vector<double>(joints_->rows(), config.torque_weight))),
      upper_(model->nu) {
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
  for (int i = 0; i < model->nu; ++i) {
    // To the muscle, an activation a of MuJoCo's is a / strength; a paralysed one does nothing.
    const double strength = condition->strength(i);
    upper_[i] = std::max(strength, kLeastStrength);
    config_.effort_weight[i] /= upper_[i] * upper_[i];
  }
  bound_free_gains(model);
  for (int row = 0; row < joints_->rows(); ++row) {
    for (const int sensor : config.touch_sensors) {
      const int body = model->site_bodyid[model->sensor_objid[sensor]];
      carries_.push_back(moves(model, joints_->dof(row), body) ? 1 : 0);
    }
  }
}

void JointControl::bound_free_gains(const mjModel* model) {
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
    free_stiffness_.push_back(std::min(config_.stiffness[row], inertia * frequency * frequency));
    free_damping_.push_back(
        std::min(config_.damping[row], 2.0 * config_.free_damping * inertia * frequency));
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
  double* error = mj_stackAllocNum(data, model->nv);
  double* wanted = mj_stackAllocNum(data, rows);
  double* passive = mj_stackAllocNum(data, rows);
  double* value = mj_stackAllocNum(data, torque_->values());
  double* work = mj_stackAllocNum(data, effort_->workspace_size());
  double* activation = mj_stackAllocNum(data, model->nu);

  reference_->joint_state({at.clip, at.time + config_.lead}, plan, q_ref, v_ref);
  reference_->torque({at.clip, at.time + config_.torque_lead}, plan, wanted);
  mj_differentiatePos(model, error, 1.0, data->qpos, q_ref);
  torque_->evaluate(state.length, state.velocity, state.arm, value, passive);
  for (int row = 0; row < rows; ++row) {
    const int dof = joints_->dof(row);
    const double goal = config_.reach * std::clamp<double>(actions[row], -1.0, 1.0);
    state.offset[row] += (goal - state.offset[row]) / (config_.ramp ? substeps_left : 1);
    double load = 0.0;
    for (int sensor = 0; sensor < num_loads(); ++sensor) {
      load += carries_[row * num_loads() + sensor] != 0 ? state.load[sensor] : 0.0;
    }
    const double share = std::min(1.0, load / config_.standing_load);
    const double kp =
        free_stiffness_[row] + share * (config_.stiffness[row] - free_stiffness_[row]);
    const double kd = free_damping_[row] + share * (config_.damping[row] - free_damping_[row]);
    wanted[row] +=
        kp * (error[dof] + state.offset[row]) + kd * (v_ref[dof] - data->qvel[dof]) - passive[row];
  }
  effort_->solve(value, wanted, config_.effort_weight.data(), upper_.data(), work, state.multiplier,
                 activation);
  for (int i = 0; i < model->nu; ++i) {
    const double held = data->act[model->actuator_actadr[i]];
    const mjtNum* dynamics = model->actuator_dynprm + mjNDYN * i;
    const MuscleTimes<double> times{dynamics[0], dynamics[1]};
    const double excitation = excitation_towards(times, activation[i], held, model->opt.timestep);
    data->ctrl[i] = condition_->neural(i, excitation);
  }
  mj_freeStack(data);
}

}  // namespace kinesis
