#include "kinesis/lanes/kernel/stages.hpp"

namespace kinesis::lanes {
namespace {

// The free joint: its node is the origin.
void pose_root(const LaneModel& model, Workspace& w) {
  Floats* quat = w.qpos + model.free_qpos + 3;
  const Floats norm =
      sqrt(quat[0] * quat[0] + quat[1] * quat[1] + quat[2] * quat[2] + quat[3] * quat[3]);
  for (int i = 0; i < 4; ++i) {
    quat[i] /= norm;
  }
  const Floats a = quat[0], x = quat[1], y = quat[2], z = quat[3];
  Rotation& r = w.rot[model.free_node];
  r.row[0] = Vector3(a * a + x * x - y * y - z * z, 2.0f * (x * y - a * z), 2.0f * (x * z + a * y));
  r.row[1] = Vector3(2.0f * (x * y + a * z), a * a - x * x + y * y - z * z, 2.0f * (y * z - a * x));
  r.row[2] = Vector3(2.0f * (x * z - a * y), 2.0f * (y * z + a * x), a * a - x * x - y * y + z * z);
  w.pos[model.free_node] = zero3();
  for (int i = 0; i < 3; ++i) {
    Spatial& moves = w.cdof[model.free_dof + i];
    moves.ang = moves.lin = zero3();
    moves.lin[i] = 1.0f;
    w.cdof[model.free_dof + 3 + i] = {r.column(i), zero3()};
  }
}

// Moves a node's frame by one joint.
void move(const LaneJoint& joint, const Floats& q, Rotation& r, Vector3& p, Spatial& cdof) {
  const Vector3 axis = r * constant3(joint.axis);
  const Floats travel = q - joint.rest;
  if (joint.slides) {
    cdof = {zero3(), axis};
    p += axis * travel;
    return;
  }
  Vector3 anchor = p;
  if (joint.offset) {
    anchor += r * constant3(joint.pos);
  }
  cdof = {axis, cross(anchor, axis)};
  const auto [s, c] = sincos(travel);
  const float x = joint.axis[0], y = joint.axis[1], z = joint.axis[2];
  for (int i = 0; i < 3; ++i) {  // Rodrigues' formula, row by row
    const Vector3 row = r.row[i];
    const Floats share = (1.0f - c) * axis[i];
    r.row[i] = Vector3(c * row[0] + s * (row[1] * z - row[2] * y) + share * x,
                       c * row[1] + s * (row[2] * x - row[0] * z) + share * y,
                       c * row[2] + s * (row[0] * y - row[1] * x) + share * z);
  }
  if (joint.offset) {
    p = anchor - r * constant3(joint.pos);
  }
}

}  // namespace

void pose(const LaneModel& model, Workspace& w) {
  for (int i = 0; i < 3; ++i) {
    w.rot[0].row[i] = zero3();
    w.rot[0].row[i][i] = 1.0f;
    w.pos[0][i] = model.free_node == 0 ? Floats(0.0f) : -w.qpos[model.free_qpos + i];
    if (i < 2) {
      w.pos[0][i] -= w.origin[i];
    }
  }
  for (std::size_t n = 1; n < model.nodes.size(); ++n) {
    if (static_cast<int>(n) == model.free_node) {
      pose_root(model, w);
      continue;
    }
    const LaneNode& node = model.nodes[n];
    Vector3 p = w.pos[node.parent] + w.rot[node.parent] * constant3(node.pos);
    Rotation r = node.turned ? turned(w.rot[node.parent], node.rot) : w.rot[node.parent];
    for (int k = node.joint_begin; k < node.joint_end; ++k) {
      const LaneJoint& joint = model.joints[k];
      move(joint, w.qpos[joint.qpos], r, p, w.cdof[joint.dof]);
    }
    w.rot[n] = r;
    w.pos[n] = p;
  }
}

}  // namespace kinesis::lanes
