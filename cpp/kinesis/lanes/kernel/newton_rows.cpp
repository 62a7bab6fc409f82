#include "kinesis/lanes/kernel/newton.hpp"
#include "kinesis/lanes/kernel/stages.hpp"

namespace kinesis::lanes {
namespace {

// Accelerations of the nodes that may touch the floor, of joint accelerations x, without what
// velocities add.
void move_nodes(const LaneModel& model, Workspace& w, const Floats* x) {
  w.node_work[0] = {zero3(), zero3()};
  for (const int n : model.floor_nodes) {
    const LaneNode& node = model.nodes[n];
    Spatial sum;
    int dof = node.dof_begin;
    if (n == model.free_node) {
      sum = {w.rot[n] * Vector3(x[dof + 3], x[dof + 4], x[dof + 5]),
             Vector3(x[dof], x[dof + 1], x[dof + 2])};
      dof = node.dof_end;
    } else {
      sum = w.node_work[node.parent];
    }
    for (; dof < node.dof_end; ++dof) {
      sum.ang += w.cdof[dof].ang * x[dof];
      sum.lin += w.cdof[dof].lin * x[dof];
    }
    w.node_work[n] = sum;
  }
}

struct PointRows {
  Floats normal, along, across;
};

PointRows rows_at(const FloorContact& c, const Spatial& a) {
  const Vector3 move = a.lin + cross(a.ang, c.at);
  return {move[2], c.tx * move[0] + c.ty * move[1], c.tx * move[1] - c.ty * move[0]};
}

Floats jacobian_times(const LaneModel& model, const LimbContact& row, const Floats* x) {
  const LanePairDof* dofs = model.pair_dofs.data() + row.pair->dof_begin;
  Floats sum(0.0f);
  for (int k = 0; k < row.pair->dof_end - row.pair->dof_begin; ++k) {
    sum += row.jacobian[k] * x[dofs[k].dof];
  }
  return sum;
}

}  // namespace

void begin_rows(const LaneModel& model, Workspace& w) {
  for (int i = 0; i < model.nv; ++i) {
    w.qacc[i] = w.warmstart[i];
  }
  multiply(model.rows, w.mass_matrix, w.qacc, w.momentum);
  for (std::size_t i = 0; i < model.couplings.size(); ++i) {
    const LaneCoupling& one = model.couplings[i];
    CouplingState& state = w.couplings[i];
    state.value = w.qacc[one.dof] - state.reference;
    if (one.other_dof >= 0) {
      state.value += state.slope * w.qacc[one.other_dof];
    }
  }
  if (w.num_floor_contacts > 0) {
    move_nodes(model, w, w.qacc);
  }
  for (int i = 0; i < w.num_floor_contacts; ++i) {
    FloorContact& contact = w.floor_contacts[i];
    const PointRows rows = rows_at(contact, w.node_work[contact.point->node]);
    contact.normal += rows.normal;
    contact.along += rows.along;
    contact.across += rows.across;
  }
  for (int i = 0; i < w.num_limb_contacts; ++i) {
    w.limb_contacts[i].value += jacobian_times(model, w.limb_contacts[i], w.qacc);
  }
}

Parabola look_along(const LaneModel& model, Workspace& w) {
  multiply(model.rows, w.mass_matrix, w.direction, w.along);
  Parabola smooth{Floats(0.0f), Floats(0.0f)};
  for (int i = 0; i < model.nv; ++i) {
    smooth.curvature += w.direction[i] * w.along[i];
    smooth.slope += w.direction[i] * (w.momentum[i] - w.qfrc_smooth[i]);
  }
  for (std::size_t i = 0; i < model.couplings.size(); ++i) {
    const LaneCoupling& one = model.couplings[i];
    CouplingState& state = w.couplings[i];
    state.change = w.direction[one.dof];
    if (one.other_dof >= 0) {
      state.change += state.slope * w.direction[one.other_dof];
    }
    const Floats force = one.weight * state.change;
    smooth.curvature += force * state.change;
    smooth.slope += force * state.value;
  }
  if (w.num_floor_contacts > 0) {
    move_nodes(model, w, w.direction);
  }
  for (int i = 0; i < w.num_floor_contacts; ++i) {
    FloorContact& contact = w.floor_contacts[i];
    const PointRows rows = rows_at(contact, w.node_work[contact.point->node]);
    contact.by_normal = rows.normal;
    contact.by_along = rows.along;
    contact.by_across = rows.across;
  }
  for (int i = 0; i < w.num_limb_contacts; ++i) {
    w.limb_contacts[i].change = jacobian_times(model, w.limb_contacts[i], w.direction);
  }
  return smooth;
}

void take_step(const LaneModel& model, Workspace& w, const Floats& step) {
  for (int i = 0; i < model.nv; ++i) {
    w.qacc[i] += step * w.direction[i];
    w.momentum[i] += step * w.along[i];
  }
  for (std::size_t i = 0; i < model.couplings.size(); ++i) {
    w.couplings[i].value += step * w.couplings[i].change;
  }
  for (int i = 0; i < w.num_floor_contacts; ++i) {
    FloorContact& contact = w.floor_contacts[i];
    contact.normal += step * contact.by_normal;
    contact.along += step * contact.by_along;
    contact.across += step * contact.by_across;
  }
  for (int i = 0; i < w.num_limb_contacts; ++i) {
    w.limb_contacts[i].value += step * w.limb_contacts[i].change;
  }
}

}  // namespace kinesis::lanes
