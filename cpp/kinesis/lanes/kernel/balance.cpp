// Velocities and accelerations without forces, and the forces that these take (recursive
// Newton-Euler), less pushes.
#include "kinesis/lanes/kernel/stages.hpp"

namespace kinesis::lanes {
namespace {

// How a motion changes that turns along with a body: v x s.
Spatial cross_motion(const Spatial& v, const Spatial& s) {
  return {cross(v.ang, s.ang), cross(v.ang, s.lin) + cross(v.lin, s.ang)};
}
// How a momentum changes that a body carries along: v x* f.
Spatial cross_force(const Spatial& v, const Spatial& f) {
  return {cross(v.ang, f.ang) + cross(v.lin, f.lin), cross(v.ang, f.lin)};
}
void add(const Spatial& part, const Floats& share, Spatial& whole) {
  whole.ang += part.ang * share;
  whole.lin += part.lin * share;
}

void move_root(const LaneModel& model, Workspace& w) {
  const Floats* v = w.qvel + model.free_dof;
  Spatial& velocity = w.cvel[model.free_node];
  velocity.ang = w.rot[model.free_node] * Vector3(v[3], v[4], v[5]);
  velocity.lin = Vector3(v[0], v[1], v[2]);
  // The root's axes of turning move with it; those of moving stay the world's.
  w.cacc[model.free_node].ang = zero3();
  w.cacc[model.free_node].lin = w.cacc[0].lin + cross(velocity.lin, velocity.ang);
}

void take_off_pushes(const LaneModel& model, Workspace& w) {
  if (none(w.push_node[0] > 0.0f)) {
    return;
  }
  for (std::size_t n = 1; n < model.nodes.size(); ++n) {
    const Mask pushed = w.push_node[0] == static_cast<float>(n);
    if (none(pushed)) {
      continue;
    }
    const Vector3 at = w.pos[n] + w.rot[n] * *w.push_pos;
    const Vector3 moment = cross(at, *w.push_force);
    for (int i = 0; i < 3; ++i) {
      w.cforce[n].ang[i] -= where(pushed, moment[i]);
      w.cforce[n].lin[i] -= where(pushed, (*w.push_force)[i]);
    }
  }
}

}  // namespace

void balance(const LaneModel& model, Workspace& w) {
  const int nodes = static_cast<int>(model.nodes.size());
  w.cvel[0] = {zero3(), zero3()};
  w.cacc[0] = {zero3(), -*w.gravity};
  for (int n = 1; n < nodes; ++n) {
    if (n == model.free_node) {
      move_root(model, w);
      continue;
    }
    const LaneNode& node = model.nodes[n];
    Spatial velocity = w.cvel[node.parent], acceleration = w.cacc[node.parent];
    for (int k = node.joint_begin; k < node.joint_end; ++k) {
      const LaneJoint& joint = model.joints[k];
      const Spatial& axis = w.cdof[joint.dof];
      const Floats speed = w.qvel[joint.dof];
      if (joint.slides) {
        acceleration.lin += cross(velocity.ang, axis.lin) * speed;
        velocity.lin += axis.lin * speed;
      } else {
        add(cross_motion(velocity, axis), speed, acceleration);
        add(axis, speed, velocity);
      }
    }
    w.cvel[n] = velocity;
    w.cacc[n] = acceleration;
  }
  for (int n = 1; n < nodes; ++n) {
    const Spatial force = w.inertia[n] * w.cacc[n];
    const Spatial carried = cross_force(w.cvel[n], w.inertia[n] * w.cvel[n]);
    w.cforce[n] = {force.ang + carried.ang, force.lin + carried.lin};
  }
  take_off_pushes(model, w);
  for (int n = nodes - 1; n > 0; --n) {
    const LaneNode& node = model.nodes[n];
    if (node.parent > 0) {
      w.cforce[node.parent].ang += w.cforce[n].ang;
      w.cforce[node.parent].lin += w.cforce[n].lin;
    }
    for (int dof = node.dof_begin; dof < node.dof_end; ++dof) {
      w.bias[dof] = dot(w.cdof[dof], w.cforce[n]);
    }
  }
}

}  // namespace kinesis::lanes
