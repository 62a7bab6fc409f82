#include "kinesis/lanes/kernel/contact_inertia.hpp"
#include "kinesis/lanes/kernel/newton.hpp"

namespace kinesis::lanes {
namespace {

// Forces of the floor's contacts, summed on the nodes and taken to the joints: adds to gradient.
void add_floor_forces(const LaneModel& model, Workspace& w) {
  for (const int n : model.floor_nodes) {
    w.touched[n] = false;
    w.node_work[n] = {zero3(), zero3()};
  }
  for (int i = 0; i < w.num_floor_contacts; ++i) {
    FloorContact& c = w.floor_contacts[i];
    const Floats edge[4] = {c.normal + c.along, c.normal - c.along, c.normal + c.across,
                            c.normal - c.across};
    Floats pressed[4];
    for (int e = 0; e < 4; ++e) {
      c.active[e] = (edge[e] < 0.0f) & c.on;
      pressed[e] = smaller(edge[e], 0.0f);
    }
    const Floats up = c.weight * (pressed[0] + pressed[1] + pressed[2] + pressed[3]);
    const Floats along = c.weight * (pressed[0] - pressed[1]);
    const Floats across = c.weight * (pressed[2] - pressed[3]);
    const Vector3 force(c.tx * along - c.ty * across, c.ty * along + c.tx * across, up);
    Spatial& sum = w.node_work[c.point->node];
    sum.ang += cross(c.at, force);
    sum.lin += force;
    w.touched[c.point->node] = true;
  }
  for (auto n = model.floor_nodes.rbegin(); n != model.floor_nodes.rend(); ++n) {
    if (!w.touched[*n]) {
      continue;
    }
    const LaneNode& node = model.nodes[*n];
    if (node.parent > 0) {
      w.touched[node.parent] = true;
      w.node_work[node.parent].ang += w.node_work[*n].ang;
      w.node_work[node.parent].lin += w.node_work[*n].lin;
    }
    for (int dof = node.dof_begin; dof < node.dof_end; ++dof) {
      w.gradient[dof] += dot(w.cdof[dof], w.node_work[*n]);
    }
  }
}

// H = M + what pushes, as far as M has entries: contacts with the floor join bodies of one chain
// alone, and so are summed along the tree as inertias are.
void add_floor_inertia(const LaneModel& model, const LaneRows& rows, Workspace& w) {
  auto* inertia = reinterpret_cast<ContactInertia*>(w.contact_inertia);
  for (const int n : model.floor_nodes) {
    w.touched[n] = false;
  }
  const auto touched = [&](int n) -> ContactInertia& {
    if (!w.touched[n]) {
      w.touched[n] = true;
      inertia[n].clear();
    }
    return inertia[n];
  };
  for (int i = 0; i < w.num_floor_contacts; ++i) {
    touched(w.floor_contacts[i].point->node).add(w.floor_contacts[i]);
  }
  for (auto n = model.floor_nodes.rbegin(); n != model.floor_nodes.rend(); ++n) {
    if (!w.touched[*n]) {
      continue;
    }
    const LaneNode& node = model.nodes[*n];
    if (node.parent > 0) {
      touched(node.parent).add(inertia[*n]);
    }
    for (int dof = node.dof_begin; dof < node.dof_end; ++dof) {
      const Spatial force = inertia[*n] * w.cdof[dof];
      const LaneRows::Row& row = model.rows.rows[dof];
      const int* columns = model.rows.columns.data() + row.begin;
      const bool crossed = &rows != &model.rows;
      for (int k = 0; k <= row.count; ++k) {
        const int entry = crossed ? model.in_crossed[row.begin + k] : row.begin + k;
        w.hessian[entry] += dot(w.cdof[columns[k]], force);
      }
    }
  }
}

}  // namespace

void find_gradient(const LaneModel& model, Workspace& w) {
  for (int i = 0; i < model.nv; ++i) {
    w.gradient[i] = w.momentum[i] - w.qfrc_smooth[i];
  }
  for (std::size_t i = 0; i < model.couplings.size(); ++i) {
    const LaneCoupling& one = model.couplings[i];
    const Floats force = w.couplings[i].value * one.weight;
    w.gradient[one.dof] += force;
    if (one.other_dof >= 0) {
      w.gradient[one.other_dof] += w.couplings[i].slope * force;
    }
  }
  for (std::size_t i = 0; i < model.limits.size(); ++i) {
    LimitState& state = w.limits[i];
    if (state.any) {
      const int dof = model.limits[i].dof;
      const Floats value = state.sign * w.qacc[dof] - state.reference;
      w.gradient[dof] += state.sign * state.weight * smaller(value, 0.0f);
      state.on = value < 0.0f;
    }
  }
  for (int i = 0; i < w.num_limb_contacts; ++i) {
    LimbContact& row = w.limb_contacts[i];
    row.active = (row.value < 0.0f) & row.on;
    const Floats force = row.weight * smaller(row.value, 0.0f);
    const LanePairDof* dofs = model.pair_dofs.data() + row.pair->dof_begin;
    for (int k = 0; k < row.pair->dof_end - row.pair->dof_begin; ++k) {
      w.gradient[dofs[k].dof] += force * row.jacobian[k];
    }
  }
  if (w.num_floor_contacts > 0) {
    add_floor_forces(model, w);
  }
}

void find_hessian(const LaneModel& model, const LaneRows& rows, Workspace& w) {
  const bool crossed = &rows != &model.rows;
  const auto diagonal = [&](int dof) { return rows.rows[dof].begin + rows.rows[dof].count; };
  for (int i = 0; i < model.rows.size(); ++i) {
    w.hessian[crossed ? model.in_crossed[i] : i] = w.mass_matrix[i];
  }
  if (w.num_floor_contacts > 0) {
    add_floor_inertia(model, rows, w);
    for (const int entry : model.not_in_mass) {  // columns that the row's body does not hang on
      w.hessian[crossed ? model.in_crossed[entry] : entry] = 0.0f;
    }
  }
  if (crossed) {
    for (const int entry : model.only_crossed) {
      w.hessian[entry] = 0.0f;
    }
  }
  for (std::size_t i = 0; i < model.couplings.size(); ++i) {
    const LaneCoupling& one = model.couplings[i];
    w.hessian[diagonal(one.dof)] += one.weight;
    if (one.other_dof >= 0) {
      const Floats share = one.weight * w.couplings[i].slope;
      w.hessian[one.entry[crossed ? 1 : 0]] += share;
      w.hessian[diagonal(one.other_dof)] += share * w.couplings[i].slope;
    }
  }
  for (std::size_t i = 0; i < model.limits.size(); ++i) {
    if (w.limits[i].any) {
      w.hessian[diagonal(model.limits[i].dof)] += where(w.limits[i].on, w.limits[i].weight);
    }
  }
  for (int i = 0; i < w.num_limb_contacts; ++i) {
    const LimbContact& row = w.limb_contacts[i];
    const LanePairDof* dofs = model.pair_dofs.data() + row.pair->dof_begin;
    const int count = row.pair->dof_end - row.pair->dof_begin;
    const Floats weight = where(row.active, row.weight);
    for (int a = 0; a < count; ++a) {
      const Floats share = weight * row.jacobian[a];
      const LaneRows::Row& target = rows.rows[dofs[a].dof];
      int entry = target.begin;  // dofs ascend, and so do a row's columns
      for (int b = 0; b <= a; ++b) {
        while (rows.columns[entry] != dofs[b].dof) {
          ++entry;
        }
        w.hessian[entry] += share * row.jacobian[b];
      }
    }
  }
}

}  // namespace kinesis::lanes
