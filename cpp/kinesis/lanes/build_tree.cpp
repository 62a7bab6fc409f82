#include <algorithm>
#include <cmath>

#include "kinesis/body/tree.hpp"
#include "kinesis/lanes/build.hpp"

namespace kinesis::lanes {
namespace {

// out = a^T b, both (3 x 3).
void transposed_times(const mjtNum* a, const mjtNum* b, mjtNum* out) {
  mju_mulMatTMat(out, a, b, 3, 3, 3);
}

// A body's own pose in its parent's frame, whatever its joints do, as its node's parent has it.
void place(const RestPose& rest, int body, LaneNode* node) {
  const mjModel* m = rest.model();
  const mjData* d = rest.data();
  const int above = m->body_parentid[body];
  mjtNum pos[3], quat[4], rot[9];
  mju_mulMatVec3(pos, d->xmat + 9 * above, m->body_pos + 3 * body);
  mju_addTo3(pos, d->xpos + 3 * above);
  mju_mulQuat(quat, d->xquat + 4 * above, m->body_quat + 4 * body);
  mju_quat2Mat(rot, quat);
  rest.point(above, pos, node->pos);
  rest.axes(above, rot, node->rot);
  node->turned = false;
  for (int i = 0; i < 9; ++i) {
    node->turned |= std::abs(node->rot[i] - (i % 4 == 0 ? 1.0f : 0.0f)) > 1e-7f;
  }
}

// Mass, its centre and inertia of a body and all that is welded to it.
void weigh(const RestPose& rest, int body, LaneNode* node) {
  const mjModel* m = rest.model();
  const mjData* d = rest.data();
  const auto welded = [&](int other) { return m->body_weldid[other] == body; };
  mjtNum mass = 0.0, com[3] = {}, tensor[9] = {};
  for (int b = body; b < m->nbody; ++b) {
    if (welded(b)) {
      mass += m->body_mass[b];
      mju_addToScl3(com, d->xipos + 3 * b, m->body_mass[b]);
    }
  }
  if (mass > 0.0) {
    mju_scl3(com, com, 1.0 / mass);
  } else {
    mju_copy3(com, d->xpos + 3 * body);
  }
  for (int b = body; b < m->nbody; ++b) {
    if (!welded(b)) {
      continue;
    }
    mjtNum axes[9], from[3];
    transposed_times(d->xmat + 9 * body, d->ximat + 9 * b, axes);
    mjtNum away[3];
    mju_sub3(away, d->xipos + 3 * b, com);
    mju_mulMatTVec3(from, d->xmat + 9 * body, away);
    const mjtNum square = mju_dot3(from, from);
    for (int i = 0; i < 3; ++i) {
      for (int j = 0; j < 3; ++j) {
        mjtNum sum = m->body_mass[b] * ((i == j ? square : 0.0) - from[i] * from[j]);
        for (int k = 0; k < 3; ++k) {
          sum += axes[3 * i + k] * m->body_inertia[3 * b + k] * axes[3 * j + k];
        }
        tensor[3 * i + j] += sum;
      }
    }
  }
  node->mass = static_cast<float>(mass);
  rest.point(body, com, node->com);
  const int places[6] = {0, 4, 8, 1, 2, 5};
  for (int i = 0; i < 6; ++i) {
    node->inertia[i] = static_cast<float>(tensor[places[i]]);
  }
}

}  // namespace

RestPose::RestPose(const mjModel* model) : model_(model), data_(mj_makeData(model)) {
  const int root = free_joint(model);
  if (root >= 0) {  // upright at the origin, so that its frame is the world's
    const mjtNum pose[7] = {0, 0, 0, 1, 0, 0, 0};
    mju_copy(data_->qpos + model->jnt_qposadr[root], pose, 7);
  }
  mj_kinematics(model, data_);
  mj_comPos(model, data_);
}

void RestPose::point(int body, const mjtNum* world, float* local) const {
  const int node = model_->body_weldid[body];
  mjtNum from[3], in_node[3];
  mju_sub3(from, world, data_->xpos + 3 * node);
  mju_mulMatTVec3(in_node, data_->xmat + 9 * node, from);
  std::transform(in_node, in_node + 3, local, [](mjtNum x) { return static_cast<float>(x); });
}

void RestPose::axes(int body, const mjtNum* world, float* local) const {
  mjtNum in_node[9];
  transposed_times(data_->xmat + 9 * model_->body_weldid[body], world, in_node);
  std::transform(in_node, in_node + 9, local, [](mjtNum x) { return static_cast<float>(x); });
}

bool is_on(const LaneModel& lanes, int node, int upper) {
  while (node > upper) {  // parents have smaller numbers
    node = lanes.nodes[node].parent;
  }
  return node == upper;
}

void build_tree(const RestPose& rest, LaneModel* lanes) {
  const mjModel* m = rest.model();
  LaneNode world{};
  world.rot[0] = world.rot[4] = world.rot[8] = 1.0f;
  lanes->nodes = {world};
  lanes->node_of.assign(m->nbody, 0);
  lanes->damping.assign(m->dof_damping, m->dof_damping + m->nv);
  lanes->armature.assign(m->dof_armature, m->dof_armature + m->nv);
  for (int body = 0; body < m->nbody; ++body) {
    float com[3], pos[3], rot[9];
    rest.point(body, rest.data()->xipos + 3 * body, com);
    rest.point(body, rest.data()->xpos + 3 * body, pos);
    rest.axes(body, rest.data()->xmat + 9 * body, rot);
    lanes->body_com.insert(lanes->body_com.end(), com, com + 3);
    lanes->body_pos.insert(lanes->body_pos.end(), pos, pos + 3);
    lanes->body_rot.insert(lanes->body_rot.end(), rot, rot + 9);
  }
  for (int body = 1; body < m->nbody; ++body) {
    if (m->body_weldid[body] != body) {
      lanes->node_of[body] = lanes->node_of[m->body_weldid[body]];
      continue;
    }
    LaneNode node{};
    node.parent = lanes->node_of[m->body_parentid[body]];
    node.dof_begin = m->body_dofadr[body];
    node.dof_end = node.dof_begin + m->body_dofnum[body];
    node.joint_begin = static_cast<int>(lanes->joints.size());
    const int number = static_cast<int>(lanes->nodes.size());
    for (int joint = m->body_jntadr[body]; joint < m->body_jntadr[body] + m->body_jntnum[body];
         ++joint) {
      if (m->jnt_type[joint] == mjJNT_FREE) {
        lanes->free_node = number;
        lanes->free_dof = m->jnt_dofadr[joint];
        lanes->free_qpos = m->jnt_qposadr[joint];
        continue;
      }
      LaneJoint one{};
      one.dof = m->jnt_dofadr[joint];
      one.qpos = m->jnt_qposadr[joint];
      one.slides = m->jnt_type[joint] == mjJNT_SLIDE;
      std::copy_n(m->jnt_axis + 3 * joint, 3, one.axis);
      std::copy_n(m->jnt_pos + 3 * joint, 3, one.pos);
      one.offset = one.pos[0] != 0.0f || one.pos[1] != 0.0f || one.pos[2] != 0.0f;
      one.rest = static_cast<float>(m->qpos0[one.qpos]);
      one.stiffness = static_cast<float>(m->jnt_stiffness[joint]);
      one.spring_rest = static_cast<float>(m->qpos_spring[one.qpos]);
      lanes->joints.push_back(one);
    }
    node.joint_end = static_cast<int>(lanes->joints.size());
    place(rest, body, &node);
    weigh(rest, body, &node);
    lanes->node_of[body] = number;
    lanes->nodes.push_back(node);
  }
}

}  // namespace kinesis::lanes
