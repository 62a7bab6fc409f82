#include "kinesis/motion/motion_derivatives.hpp"

#include <algorithm>
#include <memory>

#include "kinesis/physics/lean_kinematics.hpp"

namespace kinesis {

void joint_velocities(const mjModel* model, const double* qpos, int frames, double frame_rate,
                      double* qvel) {
  const auto nq = static_cast<std::size_t>(model->nq);
  const auto nv = static_cast<std::size_t>(model->nv);
  for (int t = 0; t < frames; ++t) {
    const int before = std::max(t - 1, 0), after = std::min(t + 1, frames - 1);
    if (after > before) {
      mj_differentiatePos(model, qvel + t * nv, (after - before) / frame_rate, qpos + before * nq,
                          qpos + after * nq);
    } else {
      std::fill_n(qvel + t * nv, nv, 0.0);
    }
  }
}

void body_poses(const mjModel* model, const double* qpos, int frames, const Poses& poses) {
  const std::unique_ptr<mjData, decltype(&mj_deleteData)> data(mj_makeData(model), mj_deleteData);
  const auto bodies = static_cast<std::size_t>(model->nbody);
  const auto joints = static_cast<std::size_t>(model->njnt);
  for (int t = 0; t < frames; ++t) {
    std::copy_n(qpos + static_cast<std::size_t>(t) * model->nq, model->nq, data->qpos);
    LeanKinematics::update_bodies(model, data.get());
    std::copy_n(data->xpos, 3 * bodies, poses.body_pos + 3 * bodies * t);
    std::copy_n(data->xmat, 9 * bodies, poses.body_rot + 9 * bodies * t);
    std::copy_n(data->xanchor, 3 * joints, poses.joint_anchor + 3 * joints * t);
    std::copy_n(data->xaxis, 3 * joints, poses.joint_axis + 3 * joints * t);
  }
}

void tracked_motion(const mjModel* model, const double* qpos, const double* qvel, int frames,
                    const std::vector<int>& bodies, double* pos, double* vel) {
  const std::unique_ptr<mjData, decltype(&mj_deleteData)> data(mj_makeData(model), mj_deleteData);
  for (int t = 0; t < frames; ++t) {
    std::copy_n(qpos + static_cast<std::size_t>(t) * model->nq, model->nq, data->qpos);
    std::copy_n(qvel + static_cast<std::size_t>(t) * model->nv, model->nv, data->qvel);
    LeanKinematics::update_bodies(model, data.get());
    mj_comPos(model, data.get());
    mj_comVel(model, data.get());
    for (std::size_t b = 0; b < bodies.size(); ++b) {
      const std::size_t at = 3 * (static_cast<std::size_t>(t) * bodies.size() + b);
      mjtNum twist[6];
      mj_objectVelocity(model, data.get(), mjOBJ_XBODY, bodies[b], twist, 0);
      std::copy_n(data->xpos + 3 * bodies[b], 3, pos + at);
      std::copy_n(twist + 3, 3, vel + at);
    }
  }
}

}  // namespace kinesis
