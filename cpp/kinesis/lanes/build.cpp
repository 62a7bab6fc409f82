#include "kinesis/lanes/build.hpp"

#include <algorithm>
#include <utility>

namespace kinesis {
namespace {

void lay_out(LaneModel* lanes) {
  LaneFields& f = lanes->fields;
  int at = 0;
  const auto take = [&](int* field, int count) {
    *field = at;
    at += count;
  };
  const int nv = lanes->nv, nodes = static_cast<int>(lanes->nodes.size());
  take(&f.qpos, lanes->nq);
  take(&f.qvel, nv);
  take(&f.act, lanes->na);
  take(&f.ctrl, lanes->num_muscles);
  take(&f.warmstart, nv);
  take(&f.applied, nv);
  take(&f.origin, 2);
  take(&f.unstretched_before, lanes->stretches ? lanes->num_muscles : 0);
  take(&f.push_node, 1);
  take(&f.push_pos, 3);
  take(&f.push_force, 3);
  take(&f.varied, 1);
  take(&f.added_mass, static_cast<int>(lanes->node_of.size()));
  take(&f.friction, 1);
  take(&f.gravity, 3);
  take(&f.ground, LaneFields::kGround);
  take(&f.rot, 9 * nodes);
  take(&f.pos, 3 * nodes);
  take(&f.cdof, 6 * nv);
  take(&f.inertia, 10 * nodes);
  take(&f.composite, 10 * nodes);
  take(&f.mass_matrix, lanes->rows.size());
  take(&f.hessian, lanes->crossed.size());
  take(&f.inverse_diagonal, nv);
  take(&f.cvel, 6 * nodes);
  take(&f.cacc, 6 * nodes);
  take(&f.cforce, 6 * nodes);
  take(&f.bias, nv);
  take(&f.moment_arm, static_cast<int>(lanes->paths.arm_dofs.size()));
  take(&f.qfrc_actuator, nv);
  take(&f.qfrc_smooth, nv);
  take(&f.qacc, nv);
  take(&f.length, lanes->num_muscles);
  take(&f.velocity, lanes->num_muscles);
  f.unstretched = f.length;
  if (lanes->stretches) {
    take(&f.unstretched, lanes->num_muscles);
  }
  take(&f.force, lanes->num_muscles);
  take(&f.act_dot, lanes->num_muscles);
  take(&f.sensordata, lanes->num_sensordata);
  take(&f.contacts, 1);
  const LaneControl& control = lanes->control;
  if (control.used) {
    const auto& joint = control.joint;
    const int rows = static_cast<int>(joint.rows.size());
    take(&f.action, control.num_actions);
    take(&f.wanted_q, rows);
    take(&f.wanted_v, rows);
    take(&f.wanted_torque, rows);
    take(&f.wanted_excitation, lanes->num_muscles);
    take(&f.capacity, lanes->num_muscles);
    take(&f.multiplier, rows);
    take(&f.offset, rows);
    take(&f.row_arm, rows > 0 ? joint.pattern.values() : 0);
    take(&f.effort, 2);
    // Of the joint law: its own, what it is told, and slopes of couplings.
    const int law = rows > 0
                        ? static_cast<int>(EffortSolver<double>::workspace_size(joint.pattern)) +
                              joint.pattern.values() + joint.pattern.columns()
                        : 0;
    take(&f.control_work, law + 2 * rows + joint.num_loads + lanes->num_muscles +
                              static_cast<int>(control.couplings.size()));
  }
  f.size = at;
}

}  // namespace

LaneModel make_lane_model(const mjModel* model, LaneControl control, const GroundField* ground) {
  LaneModel lanes{};
  lanes.ground = ground;
  lanes.control = std::move(control);
  lanes.nq = static_cast<int>(model->nq);
  lanes.nv = static_cast<int>(model->nv);
  lanes.na = static_cast<int>(model->na);
  lanes.num_muscles = static_cast<int>(model->nu);
  lanes.num_sensordata = static_cast<int>(model->nsensordata);
  lanes.timestep = static_cast<float>(model->opt.timestep);
  const bool falls = (model->opt.disableflags & mjDSBL_GRAVITY) == 0;
  for (int i = 0; i < 3; ++i) {
    lanes.gravity[i] = falls ? static_cast<float>(model->opt.gravity[i]) : 0.0f;
  }
  lanes.least_improvement = static_cast<float>(model->opt.tolerance * model->stat.meaninertia *
                                               std::max(1.0, 1.0 * model->nv));
  const lanes::RestPose rest(model);
  lanes::build_tree(rest, &lanes);
  lanes::build_paths(rest, &lanes);
  lanes::build_contacts(rest, &lanes);
  lanes::build_constraints(rest, &lanes);
  lanes::build_sensors(rest, &lanes);
  lay_out(&lanes);
  return lanes;
}

}  // namespace kinesis
