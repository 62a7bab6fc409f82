#include "kinesis/lanes/build.hpp"

#include <algorithm>

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
  take(&f.push_node, 1);
  take(&f.push_pos, 3);
  take(&f.push_force, 3);
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
  take(&f.force, lanes->num_muscles);
  take(&f.act_dot, lanes->num_muscles);
  take(&f.sensordata, lanes->num_sensordata);
  f.size = at;
}

}  // namespace

LaneModel make_lane_model(const mjModel* model) {
  LaneModel lanes{};
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
  lanes::build_sensors(rest, &lanes);
  lanes::build_constraints(rest, &lanes);
  lay_out(&lanes);
  return lanes;
}

}  // namespace kinesis
