// Inertias of the nodes, and the mass matrix (composite rigid bodies).
#include "kinesis/lanes/kernel/stages.hpp"

namespace kinesis::lanes {
namespace {

Inertia inertia_of(const LaneNode& node, const Rotation& r, const Vector3& p) {
  const float* b = node.inertia;
  const Vector3 com = p + r * constant3(node.com);
  Vector3 t[3];  // rows of r times the inertia about the centre
  for (int i = 0; i < 3; ++i) {
    const Vector3& row = r.row[i];
    t[i] = Vector3(row[0] * b[0] + row[1] * b[3] + row[2] * b[4],
                   row[0] * b[3] + row[1] * b[1] + row[2] * b[5],
                   row[0] * b[4] + row[1] * b[5] + row[2] * b[2]);
  }
  Inertia out;
  out.mass = node.mass;
  out.moment = com * node.mass;
  const Floats xx = com[0] * out.moment[0], yy = com[1] * out.moment[1],
               zz = com[2] * out.moment[2];
  out.xx = dot(t[0], r.row[0]) + yy + zz;
  out.yy = dot(t[1], r.row[1]) + xx + zz;
  out.zz = dot(t[2], r.row[2]) + xx + yy;
  out.xy = dot(t[0], r.row[1]) - com[0] * out.moment[1];
  out.xz = dot(t[0], r.row[2]) - com[0] * out.moment[2];
  out.yz = dot(t[1], r.row[2]) - com[1] * out.moment[2];
  return out;
}

void add(const Inertia& part, Inertia& whole) {
  whole.mass += part.mass;
  whole.moment += part.moment;
  whole.xx += part.xx;
  whole.yy += part.yy;
  whole.zz += part.zz;
  whole.xy += part.xy;
  whole.xz += part.xz;
  whole.yz += part.yz;
}

// A point at a body's centre of mass.
Inertia point(const Floats& mass, const Vector3& at) {
  Inertia out;
  out.mass = mass;
  out.moment = at * mass;
  const Floats xx = at[0] * out.moment[0], yy = at[1] * out.moment[1], zz = at[2] * out.moment[2];
  out.xx = yy + zz;
  out.yy = xx + zz;
  out.zz = xx + yy;
  out.xy = -at[0] * out.moment[1];
  out.xz = -at[0] * out.moment[2];
  out.yz = -at[1] * out.moment[2];
  return out;
}

void add_masses(const LaneModel& model, Workspace& w) {
  const int bodies = static_cast<int>(model.node_of.size());
  for (int body = 1; body < bodies; ++body) {
    const int node = model.node_of[body];
    if (node == 0 || none(w.added_mass[body] > 0.0f)) {
      continue;
    }
    const double* com = model.body_com.data() + 3 * body;
    const Vector3 at =
        w.pos[node] + w.rot[node] * Vector3(static_cast<float>(com[0]), static_cast<float>(com[1]),
                                            static_cast<float>(com[2]));
    add(point(w.added_mass[body], at), w.inertia[node]);
  }
}

}  // namespace

void weigh(const LaneModel& model, Workspace& w) {
  const int nodes = static_cast<int>(model.nodes.size());
  for (int n = 1; n < nodes; ++n) {
    w.inertia[n] = inertia_of(model.nodes[n], w.rot[n], w.pos[n]);
  }
  if (!none(*w.varied != 0.0f)) {
    add_masses(model, w);
  }
  for (int n = 1; n < nodes; ++n) {
    w.composite[n] = w.inertia[n];
  }
  for (int n = nodes - 1; n > 0; --n) {
    const LaneNode& node = model.nodes[n];
    if (node.parent > 0) {
      add(w.composite[n], w.composite[node.parent]);
    }
    for (int dof = node.dof_begin; dof < node.dof_end; ++dof) {
      const Spatial force = w.composite[n] * w.cdof[dof];
      const LaneRows::Row& row = model.rows.rows[dof];
      Floats* out = w.mass_matrix + row.begin;
      const int* columns = model.rows.columns.data() + row.begin;
      for (int k = 0; k < row.count; ++k) {
        out[k] = dot(w.cdof[columns[k]], force);
      }
      out[row.count] = dot(w.cdof[dof], force) + model.armature[dof];
    }
  }
  for (const int entry : model.not_in_mass) {
    w.mass_matrix[entry] = 0.0f;
  }
}

}  // namespace kinesis::lanes
