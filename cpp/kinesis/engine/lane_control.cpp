#include "kinesis/engine/lane_control.hpp"

#include <algorithm>
#include <utility>

#include "kinesis/lanes/build.hpp"

namespace kinesis {
namespace {

float single(double value) { return static_cast<float>(value); }

std::vector<float> singles(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

LengthLaw<float> in_single(const LengthLaw<double>& law) {
  LengthLaw<float> out;
  out.passive_forces_pull = law.passive_forces_pull;
  for (const auto& m : law.muscles) {
    out.muscles.push_back({single(m.longest), single(m.peak_force), single(m.kp), single(m.kd)});
  }
  return out;
}

JointLaw<float> in_single(const JointLaw<double>& law) {
  JointLaw<float> out;
  for (const auto& row : law.rows) {
    out.rows.push_back({single(row.stiffness), single(row.damping), single(row.free_stiffness),
                        single(row.free_damping)});
  }
  for (const auto& muscle : law.muscles) {
    out.muscles.push_back({kinesis::in_single(muscle.curves),
                           {single(muscle.times.activation), single(muscle.times.deactivation)}});
  }
  out.torque_weight = singles(law.torque_weight);
  out.effort_weight = singles(law.effort_weight);
  out.upper = singles(law.upper);
  out.pattern = law.pattern;
  out.num_loads = law.num_loads;
  out.carries = law.carries;
  out.reach = single(law.reach);
  out.standing_load = single(law.standing_load);
  out.timestep = single(law.timestep);
  out.ramp = law.ramp;
  return out;
}

void add_joints(const mjModel* model, const JointControl& joint, LaneControl* out) {
  out->joint = in_single(joint.law());
  for (const MuscleTorque::Moment& moment : joint.muscle_torque().moments()) {
    out->arms.push_back({moment.address, moment.slot, moment.coupling});
  }
  for (const IndependentJoints::Coupling& one : joint.joints().couplings()) {
    LaneControl::Coupling coupling{};
    coupling.qpos = one.coupling.source_qpos;
    coupling.rest = single(one.coupling.source_zero);
    std::copy_n(one.coupling.coefficient, 5, coupling.coefficient);
    coupling.through = one.through;
    out->couplings.push_back(coupling);
  }
  for (int row = 0; row < joint.joints().rows(); ++row) {
    const int dof = joint.joints().dof(row);
    out->row_dof.push_back(dof);
    out->row_qpos.push_back(model->jnt_qposadr[model->dof_jntid[dof]]);
  }
  for (const int sensor : joint.config().touch_sensors) {
    out->load_columns.push_back(model->sensor_adr[sensor]);
  }
}

}  // namespace

bool LaneControlRows::covers(ControlMode mode) {
  switch (mode) {
    case ControlMode::kLength:
    case ControlMode::kDirect:
    case ControlMode::kResidual:
    case ControlMode::kJoint:
    case ControlMode::kJointResidual:
      return true;
    default:
      return false;
  }
}

LaneControl LaneControlRows::tables(const mjModel* model, const MuscleControl& control) {
  LaneControl out;
  out.used = true;
  out.mode = control.mode();
  out.num_actions = control.num_actions();
  out.residual_scale = single(control.residual_scale());
  out.length = in_single(control.length_law());
  if (control.joint() != nullptr) {
    add_joints(model, *control.joint(), &out);
  }
  return out;
}

LaneControlRows::LaneControlRows(const mjModel* model, const MuscleControl* control,
                                 const Reference* reference)
    : model_(model),
      control_(control),
      reference_(reference),
      muscles_(static_cast<int>(model->nu)),
      rows_(control->joint() == nullptr ? 0 : control->joint()->num_actions()) {
  const Layout& layout = control->kept();
  length_ = layout.find("actuator_length");
  velocity_ = layout.find("actuator_velocity");
  arm_ = layout.find("moment_arm");
  multiplier_ = layout.find("effort_multiplier");
  offset_ = layout.find("joint_offset");
  load_ = layout.find("foot_load");
}

void LaneControlRows::load(const double* kept, const float* actions, const double* capacity,
                           const LaneFields& fields, int lane, LaneBlock* block) const {
  block->set_capacity(lane, capacity);
  for (int i = 0; i < control_->num_actions(); ++i) {
    *block->at(fields.action + i, lane) = std::clamp(actions[i], -1.0f, 1.0f);
  }
  const auto copy = [&](int column, int field, int count) {
    block->write(field, count, lane, kept + column);
  };
  copy(length_, fields.unstretched, muscles_);
  copy(velocity_, fields.velocity, muscles_);
  if (rows_ > 0) {
    const JointControl& joint = *control_->joint();
    copy(arm_, fields.row_arm, joint.num_arms());
    copy(multiplier_, fields.multiplier, rows_);
    copy(offset_, fields.offset, rows_);
    const double* load = kept + load_;
    for (int i = 0; i < joint.num_loads(); ++i) {
      const int column = model_->sensor_adr[joint.config().touch_sensors[i]];
      *block->at(fields.sensordata + column, lane) = static_cast<float>(load[i]);
    }
  }
}

void LaneControlRows::aim(const ControlState& state, const LaneFields& fields, int lane,
                          LaneBlock* block, mjData* data) const {
  mj_markStack(data);
  if (rows_ > 0) {
    const JointControl& joint = *control_->joint();
    double* qpos = mj_stackAllocNum(data, model_->nq);
    double* qvel = mj_stackAllocNum(data, model_->nv);
    double* torque = mj_stackAllocNum(data, rows_);
    reference_->joint_state({state.at.clip, state.at.time + joint.config().lead}, state.plan, qpos,
                            qvel);
    reference_->torque({state.at.clip, state.at.time + joint.config().torque_lead}, state.plan,
                       torque);
    for (int row = 0; row < rows_; ++row) {
      const int dof = joint.joints().dof(row);
      const int address = model_->jnt_qposadr[model_->dof_jntid[dof]];
      *block->at(fields.wanted_q + row, lane) = static_cast<float>(qpos[address]);
      *block->at(fields.wanted_v + row, lane) = static_cast<float>(qvel[dof]);
      *block->at(fields.wanted_torque + row, lane) = static_cast<float>(torque[row]);
    }
  } else if (control_->mode() == ControlMode::kResidual) {
    double* excitation = mj_stackAllocNum(data, muscles_);
    reference_->excitation(state.at, state.plan, excitation);
    block->write(fields.wanted_excitation, muscles_, lane, excitation);
  }
  mj_freeStack(data);
}

void LaneControlRows::store(const LaneFields& fields, int lane, const LaneBlock& block,
                            double* kept) const {
  const auto copy = [&](int column, int field, int count) {
    block.read(field, count, lane, kept + column);
  };
  copy(length_, fields.unstretched, muscles_);
  copy(velocity_, fields.velocity, muscles_);
  if (rows_ > 0) {
    const JointControl& joint = *control_->joint();
    copy(arm_, fields.row_arm, joint.num_arms());
    copy(multiplier_, fields.multiplier, rows_);
    copy(offset_, fields.offset, rows_);
    double* load = kept + load_;
    for (int i = 0; i < joint.num_loads(); ++i) {
      const int column = model_->sensor_adr[joint.config().touch_sensors[i]];
      load[i] = *block.at(fields.sensordata + column, lane);
    }
  }
}

}  // namespace kinesis
