#include "kinesis/lanes/kernel/stages.hpp"

namespace kinesis::lanes {
namespace {

constexpr int kMostIterations = 30;
constexpr int kMostLineSteps = 12;
constexpr float kSlopeTolerance = 0.01f;  // of the first slope, MuJoCo's ls_tolerance

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

// Values of all rows at the accelerations that the search starts from.
void begin(const LaneModel& model, Workspace& w) {
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

// The gradient of the cost at qacc, and which rows push.
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

// A symmetric form of a spatial motion (ang, lin): what contacts' pushing rows make of it.
struct ContactInertia {
  Floats aa[6];   // xx yy zz xy xz yz
  Vector3 al[3];  // rows
  Floats ll[6];

  void clear() {
    for (int i = 0; i < 6; ++i) {
      aa[i] = ll[i] = 0.0f;
    }
    al[0] = al[1] = al[2] = zero3();
  }
  void add(const ContactInertia& other) {
    for (int i = 0; i < 6; ++i) {
      aa[i] += other.aa[i];
      ll[i] += other.ll[i];
    }
    for (int i = 0; i < 3; ++i) {
      al[i] += other.al[i];
    }
  }
  void add(const FloorContact& c) {
    Floats edge[4];
    for (int e = 0; e < 4; ++e) {
      edge[e] = where(c.active[e], c.weight);
    }
    const Floats tt = edge[0] + edge[1], uu = edge[2] + edge[3];
    const Floats nt = edge[0] - edge[1], nu = edge[2] - edge[3];
    const Floats xx = c.tx * c.tx * tt + c.ty * c.ty * uu, yy = c.ty * c.ty * tt + c.tx * c.tx * uu;
    const Floats xy = c.tx * c.ty * (tt - uu), zz = tt + uu;
    const Floats xz = c.tx * nt - c.ty * nu, yz = c.ty * nt + c.tx * nu;
    const Vector3 column[3] = {Vector3(xx, xy, xz), Vector3(xy, yy, yz), Vector3(xz, yz, zz)};
    Vector3 arm[3];  // columns of [at]x times the linear part
    for (int i = 0; i < 3; ++i) {
      arm[i] = cross(c.at, column[i]);
    }
    for (int i = 0; i < 3; ++i) {
      for (int k = 0; k < 3; ++k) {
        al[i][k] += arm[k][i];
      }
    }
    // [at]x times the linear part times its transpose: rows are at x (rows of the above).
    const Vector3 row0 = cross(c.at, Vector3(arm[0][0], arm[1][0], arm[2][0]));
    const Vector3 row1 = cross(c.at, Vector3(arm[0][1], arm[1][1], arm[2][1]));
    const Vector3 row2 = cross(c.at, Vector3(arm[0][2], arm[1][2], arm[2][2]));
    aa[0] += row0[0];
    aa[1] += row1[1];
    aa[2] += row2[2];
    aa[3] += row0[1];
    aa[4] += row0[2];
    aa[5] += row1[2];
    ll[0] += xx;
    ll[1] += yy;
    ll[2] += zz;
    ll[3] += xy;
    ll[4] += xz;
    ll[5] += yz;
  }
  Spatial operator*(const Spatial& s) const {
    const Vector3 &a = s.ang, &l = s.lin;
    Spatial out;
    out.ang = Vector3(aa[0] * a[0] + aa[3] * a[1] + aa[4] * a[2] + dot(al[0], l),
                      aa[3] * a[0] + aa[1] * a[1] + aa[5] * a[2] + dot(al[1], l),
                      aa[4] * a[0] + aa[5] * a[1] + aa[2] * a[2] + dot(al[2], l));
    out.lin = Vector3(ll[0] * l[0] + ll[3] * l[1] + ll[4] * l[2],
                      ll[3] * l[0] + ll[1] * l[1] + ll[5] * l[2],
                      ll[4] * l[0] + ll[5] * l[1] + ll[2] * l[2]) +
              al[0] * a[0] + al[1] * a[1] + al[2] * a[2];
    return out;
  }
};
static_assert(sizeof(ContactInertia) == 21 * sizeof(Floats));

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

// The cost along the search direction, as far as it is not rows with a kink.
struct Parabola {
  Floats slope, curvature;
};

// Prepares the search along direction: how every row changes.
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

// What one-sided rows add to slope and curvature so far along; and lanes in which a row pushes that
// did not, or the other way round.
Mask add_kinked(const LaneModel& model, const Workspace& w, const Floats& step, Parabola& at) {
  Mask changed(false);
  const auto row = [&](const Floats& value, const Floats& change, const Floats& weight,
                       const Mask& on, const Mask& was) {
    const Mask pushes = (value < 0.0f) & on;
    const Floats share = where(pushes, weight) * change;
    at.slope += share * value;
    at.curvature += share * change;
    changed |= pushes ^ was;
  };
  for (std::size_t i = 0; i < model.limits.size(); ++i) {
    const LimitState& state = w.limits[i];
    if (state.any) {
      const int dof = model.limits[i].dof;
      const Floats change = state.sign * w.direction[dof];
      const Mask there = state.weight > 0.0f;
      row(state.sign * w.qacc[dof] - state.reference + step * change, change, state.weight, there,
          state.on & there);
    }
  }
  for (int i = 0; i < w.num_floor_contacts; ++i) {
    const FloorContact& c = w.floor_contacts[i];
    const Floats normal = c.normal + step * c.by_normal, along = c.along + step * c.by_along,
                 across = c.across + step * c.by_across;
    row(normal + along, c.by_normal + c.by_along, c.weight, c.on, c.active[0]);
    row(normal - along, c.by_normal - c.by_along, c.weight, c.on, c.active[1]);
    row(normal + across, c.by_normal + c.by_across, c.weight, c.on, c.active[2]);
    row(normal - across, c.by_normal - c.by_across, c.weight, c.on, c.active[3]);
  }
  for (int i = 0; i < w.num_limb_contacts; ++i) {
    const LimbContact& one = w.limb_contacts[i];
    row(one.value + step * one.change, one.change, one.weight, one.on, one.active);
  }
  return changed;
}

struct Line {
  Floats step;
  Mask changed;  // rows, at the full step: otherwise it is the minimum
};

// The step that minimises the cost along the direction, by Newton's method between bounds.
Line search(const LaneModel& model, const Workspace& w, const Parabola& smooth,
            const Floats& first_slope, const Mask& done) {
  Line line{Floats(1.0f), Mask(false)};
  Floats low(0.0f), high(1e30f);
  Mask found = done;
  for (int i = 0; i < kMostLineSteps; ++i) {
    Parabola at{smooth.slope + line.step * smooth.curvature, smooth.curvature};
    const Mask changed = add_kinked(model, w, line.step, at);
    found |= abs(at.slope) <= kSlopeTolerance * abs(first_slope);
    if (i == 0) {
      line.changed = changed;
      found |= !changed;
    }
    if (drjit::all(found)) {
      break;
    }
    const Mask downhill = at.slope < 0.0f;
    low = select(downhill, larger(low, line.step), low);
    high = select(downhill, high, smaller(high, line.step));
    Floats next = line.step - at.slope / larger(at.curvature, 1e-30f);
    const Mask outside = (next <= low) | (next >= high);
    next = select(outside, select(high < 1e29f, 0.5f * (low + high), 2.0f * line.step), next);
    line.step = select(found, line.step, next);
  }
  return line;
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

}  // namespace

void solve(const LaneModel& model, Workspace& w) {
  const LaneRows& rows = w.num_limb_contacts > 0 ? model.crossed : model.rows;
  begin(model, w);
  Mask done = w.redo;  // nobody waits for those
  for (w.iterations = 0; w.iterations < kMostIterations && !drjit::all(done); ++w.iterations) {
    find_gradient(model, w);
    find_hessian(model, rows, w);
    factor(rows, w.hessian, w.inverse_diagonal);
    for (int i = 0; i < model.nv; ++i) {
      w.direction[i] = -w.gradient[i];
    }
    substitute(rows, w.hessian, w.inverse_diagonal, w.direction);
    Floats slope(0.0f);
    for (int i = 0; i < model.nv; ++i) {
      slope += w.gradient[i] * w.direction[i];
    }
    const Parabola smooth = look_along(model, w);
    const Line line = search(model, w, smooth, slope, done);
    take_step(model, w, where(!done, line.step));
    const Floats improvement = -0.5f * line.step * slope;
    done |= (!line.changed) | (improvement < model.least_improvement);
  }
  w.redo |= !done;
}

}  // namespace kinesis::lanes
