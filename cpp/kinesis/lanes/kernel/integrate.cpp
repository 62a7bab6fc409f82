#include "kinesis/lanes/kernel/stages.hpp"

namespace kinesis::lanes {
namespace {

// quat times the turn of the root's own axes in one step.
void turn_root(const LaneModel& model, Workspace& w) {
  const Floats* v = w.qvel + model.free_dof + 3;
  Floats* quat = w.qpos + model.free_qpos + 3;
  const Floats speed = sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
  const auto [sine, cosine] = sincos(0.5f * model.timestep * speed);
  const Floats share = sine / larger(speed, 1e-20f);
  const Floats x = v[0] * share, y = v[1] * share, z = v[2] * share;
  const Floats a = quat[0], b = quat[1], c = quat[2], d = quat[3];
  quat[0] = a * cosine - b * x - c * y - d * z;
  quat[1] = a * x + b * cosine + c * z - d * y;
  quat[2] = a * y - b * z + c * cosine + d * x;
  quat[3] = a * z + b * y - c * x + d * cosine;
}

}  // namespace

// (M + h B) a' = M a, with the joints' damping B.
void integrate(const LaneModel& model, Workspace& w) {
  const float h = model.timestep;
  const LaneRows& rows = model.rows;
  for (int i = 0; i < rows.size(); ++i) {
    w.hessian[i] = w.mass_matrix[i];
  }
  for (int dof = 0; dof < model.nv; ++dof) {
    w.hessian[rows.rows[dof].begin + rows.rows[dof].count] += h * model.damping[dof];
  }
  Floats* acceleration = w.direction;
  multiply(rows, w.mass_matrix, w.qacc, acceleration);
  factor(rows, w.hessian, w.inverse_diagonal);
  substitute(rows, w.hessian, w.inverse_diagonal, acceleration);
  for (int dof = 0; dof < model.nv; ++dof) {
    w.warmstart[dof] = w.qacc[dof];
    w.qvel[dof] += h * acceleration[dof];
  }
  for (int i = 0; i < model.num_muscles; ++i) {
    w.act[model.muscles[i].act] += h * w.act_dot[i];
  }
  for (int i = 0; i < model.num_muscles && model.stretches; ++i) {
    w.unstretched_before[i] = w.unstretched[i];
  }
  if (model.free_node > 0) {
    for (int i = 0; i < 3; ++i) {
      w.qpos[model.free_qpos + i] += h * w.qvel[model.free_dof + i];
    }
    turn_root(model, w);
  }
  for (const LaneJoint& joint : model.joints) {
    w.qpos[joint.qpos] += h * w.qvel[joint.dof];
  }
}

}  // namespace kinesis::lanes
