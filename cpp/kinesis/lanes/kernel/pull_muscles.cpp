#include "kinesis/lanes/kernel/stages.hpp"

namespace kinesis::lanes {
namespace {

Floats pull(const LaneModel& model, Workspace& w, int i, const Floats& activation) {
  const MuscleCurves<float>& curves = model.muscles[i].curves;
  if (curves.stretches) {
    const Stretched<Floats> now = stretched(curves.elastic, activation, w.length[i], w.velocity[i],
                                            w.unstretched_before[i], model.timestep);
    w.unstretched[i] = now.unstretched;
    return now.force;
  }
  if (model.stretches) {
    w.unstretched[i] = w.length[i];
  }
  return muscle_gain(curves, w.length[i], w.velocity[i]) * activation +
         muscle_bias(curves, w.length[i]);
}

}  // namespace

void pull_muscles(const LaneModel& model, Workspace& w) {
  for (int i = 0; i < model.nv; ++i) {
    w.qfrc_actuator[i] = 0.0f;
  }
  for (int i = 0; i < model.num_muscles; ++i) {
    const LaneMuscle& muscle = model.muscles[i];
    const Floats activation = w.act[muscle.act];
    const Floats force = pull(model, w, i, activation);
    w.force[i] = force;
    w.act_dot[i] = activation_rate(
        muscle.times, clamped(w.ctrl[i], muscle.excitation_low, muscle.excitation_high),
        activation);
    for (int k = muscle.arm_begin; k < muscle.arm_end; ++k) {
      w.qfrc_actuator[model.paths.arm_dofs[k]] += force * w.moment_arm[k];
    }
  }
  for (int i = 0; i < model.nv; ++i) {
    w.qfrc_smooth[i] = w.qfrc_actuator[i] + w.applied[i] - w.bias[i] - model.damping[i] * w.qvel[i];
  }
  for (const LaneJoint& joint : model.joints) {
    if (joint.stiffness != 0.0f) {
      w.qfrc_smooth[joint.dof] -= joint.stiffness * (w.qpos[joint.qpos] - joint.spring_rest);
    }
  }
}

}  // namespace kinesis::lanes
