#include "kinesis/lanes/kernel/stages.hpp"

namespace kinesis::lanes {
namespace {

// Newton steps after which an effort problem is taken as it is: its lanes wait for the slowest.
constexpr int kMostEffortSteps = 60;

struct Curves {
  const LaneModel& model;

  Floats gain(int i, const Floats& length, const Floats& velocity) const {
    return muscle_gain(model.muscles[i].curves, length, velocity);
  }
  Floats bias(int i, const Floats& length) const {
    return muscle_bias(model.muscles[i].curves, length);
  }
};

void follow_joints(const LaneModel& model, Workspace& w, int substeps_left) {
  const LaneControl& control = model.control;
  const int rows = static_cast<int>(control.row_dof.size());
  Floats* error = w.control_work;
  Floats* lag = error + rows;
  Floats* load = lag + rows;
  Floats* act = load + control.load_columns.size();
  Floats* work = act + model.num_muscles;
  for (int row = 0; row < rows; ++row) {
    error[row] = w.wanted_q[row] - w.qpos[control.row_qpos[row]];
    lag[row] = w.wanted_v[row] - w.qvel[control.row_dof[row]];
  }
  for (std::size_t i = 0; i < control.load_columns.size(); ++i) {
    load[i] = w.sensordata[control.load_columns[i]];
  }
  for (int i = 0; i < model.num_muscles; ++i) {
    act[i] = w.act[model.muscles[i].act];
  }
  const JointLawState<Floats> now{w.unstretched, w.velocity, w.row_arm, load, act,
                                  w.capacity,    w.action,   error,     lag,  w.wanted_torque,
                                  w.multiplier,  w.offset,   work};
  share_torque(control.joint, now, substeps_left, kMostEffortSteps, w.ctrl);
}

void add_residual(const LaneModel& model, Workspace& w, const Floats* action) {
  for (int i = 0; i < model.num_muscles; ++i) {
    w.ctrl[i] = clamped(Floats(w.ctrl[i] + model.control.residual_scale * action[i]), 0.0f, 1.0f);
  }
}

}  // namespace

void excite_muscles(const LaneModel& model, Workspace& w, int substeps_left) {
  const LaneControl& control = model.control;
  switch (control.mode) {
    case ControlMode::kLength:
      for (int i = 0; i < model.num_muscles; ++i) {
        w.ctrl[i] = excitation_for_length(control.length, i, w.action[i], w.unstretched[i],
                                          w.velocity[i], w.capacity[i], Curves{model});
      }
      break;
    case ControlMode::kDirect:
      for (int i = 0; i < model.num_muscles; ++i) {
        w.ctrl[i] = 0.5f * (w.action[i] + 1.0f);
      }
      break;
    case ControlMode::kResidual:
      for (int i = 0; i < model.num_muscles; ++i) {
        w.ctrl[i] = w.wanted_excitation[i];
      }
      add_residual(model, w, w.action);
      break;
    case ControlMode::kJoint:
      follow_joints(model, w, substeps_left);
      break;
    case ControlMode::kJointResidual:
      follow_joints(model, w, substeps_left);
      add_residual(model, w, w.action + control.row_dof.size());
      break;
    default:  // of modes that are worked out body by body
      break;
  }
  Floats sum(0.0f), squares(0.0f);
  for (int i = 0; i < model.num_muscles; ++i) {
    const Floats excitation = w.ctrl[i] * w.capacity[i];
    w.ctrl[i] = excitation;
    sum += abs(excitation);
    squares += excitation * excitation;
  }
  w.effort[0] = sum;
  w.effort[1] = squares;
}

void keep_arms(const LaneModel& model, Workspace& w) {
  const LaneControl& control = model.control;
  if (control.row_dof.empty()) {
    return;
  }
  Floats* slope = w.control_work;
  for (std::size_t i = 0; i < control.couplings.size(); ++i) {
    const LaneControl::Coupling& one = control.couplings[i];
    const float* c = one.coefficient;
    const Floats x = w.qpos[one.qpos] - one.rest;
    slope[i] = ((4.0f * c[4] * x + 3.0f * c[3]) * x + 2.0f * c[2]) * x + c[1];
    if (one.through >= 0) {
      slope[i] *= slope[one.through];
    }
  }
  for (int i = 0; i < control.joint.pattern.values(); ++i) {
    w.row_arm[i] = 0.0f;
  }
  for (const LaneControl::Arm& one : control.arms) {
    const Floats arm = w.moment_arm[one.arm];
    w.row_arm[one.slot] += one.coupling >= 0 ? arm * slope[one.coupling] : arm;
  }
}

}  // namespace kinesis::lanes
