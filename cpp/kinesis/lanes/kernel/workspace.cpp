#include "kinesis/lanes/kernel/workspace.hpp"

#include <algorithm>
#include <cstddef>

namespace kinesis::lanes {
namespace {

// Hands out memory, or counts it.
class Allocator {
 public:
  explicit Allocator(char* memory) : begin_(memory), at_(0) {}

  template <class T>
  T* take(std::size_t count) {
    constexpr std::size_t kAlign = alignof(Floats);
    at_ = (at_ + kAlign - 1) / kAlign * kAlign;
    T* out = reinterpret_cast<T*>(begin_ + at_);
    at_ += count * sizeof(T);
    return out;
  }
  std::size_t used() const { return at_ + alignof(Floats); }

 private:
  char* begin_;
  std::size_t at_;
};

int widest_pair(const LaneModel& model) {
  int widest = 0;
  for (const LaneLimbPair& pair : model.limb_pairs) {
    widest = std::max(widest, pair.dof_end - pair.dof_begin);
  }
  return widest;
}

}  // namespace

Workspace::Workspace(const LaneModel& model, void* memory) {
  Allocator allocator(static_cast<char*>(memory));
  const auto nv = static_cast<std::size_t>(model.nv);
  auto* numbers = allocator.take<Floats>(model.fields.size);
  floor_contacts = allocator.take<FloorContact>(model.most_floor_contacts);
  limb_contacts = allocator.take<LimbContact>(kMostLimbRows);
  limb_dofs = widest_pair(model);
  limb_jacobians = allocator.take<Floats>(kMostLimbRows * limb_dofs);
  limits = allocator.take<LimitState>(model.limits.size());
  couplings = allocator.take<CouplingState>(model.couplings.size());
  momentum = allocator.take<Floats>(nv);
  gradient = allocator.take<Floats>(nv);
  direction = allocator.take<Floats>(nv);
  along = allocator.take<Floats>(nv);
  node_work = allocator.take<Spatial>(model.nodes.size());
  contact_inertia = allocator.take<Floats>(21 * model.nodes.size());
  touched = allocator.take<bool>(model.nodes.size());
  bytes = allocator.used();
  const LaneFields& f = model.fields;
  qpos = numbers + f.qpos;
  qvel = numbers + f.qvel;
  act = numbers + f.act;
  ctrl = numbers + f.ctrl;
  warmstart = numbers + f.warmstart;
  applied = numbers + f.applied;
  origin = numbers + f.origin;
  push_node = numbers + f.push_node;
  push_pos = reinterpret_cast<Vector3*>(numbers + f.push_pos);
  push_force = reinterpret_cast<Vector3*>(numbers + f.push_force);
  varied = numbers + f.varied;
  added_mass = numbers + f.added_mass;
  friction = numbers + f.friction;
  ground = numbers + f.ground;
  gravity = reinterpret_cast<Vector3*>(numbers + f.gravity);
  unstretched_before = numbers + f.unstretched_before;
  rot = reinterpret_cast<Rotation*>(numbers + f.rot);
  pos = reinterpret_cast<Vector3*>(numbers + f.pos);
  cdof = reinterpret_cast<Spatial*>(numbers + f.cdof);
  inertia = reinterpret_cast<Inertia*>(numbers + f.inertia);
  composite = reinterpret_cast<Inertia*>(numbers + f.composite);
  mass_matrix = numbers + f.mass_matrix;
  hessian = numbers + f.hessian;
  inverse_diagonal = numbers + f.inverse_diagonal;
  cvel = reinterpret_cast<Spatial*>(numbers + f.cvel);
  cacc = reinterpret_cast<Spatial*>(numbers + f.cacc);
  cforce = reinterpret_cast<Spatial*>(numbers + f.cforce);
  bias = numbers + f.bias;
  moment_arm = numbers + f.moment_arm;
  qfrc_actuator = numbers + f.qfrc_actuator;
  qfrc_smooth = numbers + f.qfrc_smooth;
  qacc = numbers + f.qacc;
  length = numbers + f.length;
  velocity = numbers + f.velocity;
  unstretched = numbers + f.unstretched;
  force = numbers + f.force;
  act_dot = numbers + f.act_dot;
  sensordata = numbers + f.sensordata;
  contacts = numbers + f.contacts;
  action = numbers + f.action;
  wanted_q = numbers + f.wanted_q;
  wanted_v = numbers + f.wanted_v;
  wanted_torque = numbers + f.wanted_torque;
  wanted_excitation = numbers + f.wanted_excitation;
  capacity = numbers + f.capacity;
  multiplier = numbers + f.multiplier;
  offset = numbers + f.offset;
  row_arm = numbers + f.row_arm;
  effort = numbers + f.effort;
  control_work = numbers + f.control_work;
  num_floor_contacts = num_limb_contacts = 0;
  redo = Mask(false);
  iterations = 0;
}

}  // namespace kinesis::lanes
