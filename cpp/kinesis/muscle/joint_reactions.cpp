#include "kinesis/muscle/joint_reactions.hpp"

#include <algorithm>

namespace kinesis {

void joint_reactions(const mjModel* model, mjData* data, double* out) {
  mj_kinematics(model, data);
  mj_comPos(model, data);
  mj_tendon(model, data);
  mj_comVel(model, data);
  data->ncon = data->nefc = data->ne = data->nf = data->nl = 0;
  mj_rnePostConstraint(model, data);
  std::fill_n(out, 3 * model->nbody, 0.0);
  for (int body = 1; body < model->nbody; ++body) {
    mju_mulMatTVec3(out + 3 * body, data->xmat + 9 * body, data->cfrc_int + 6 * body + 3);
  }
}

}  // namespace kinesis
