// What follows from a clip's joint positions: velocities, and the tracked bodies' motion.
#pragma once

#include <mujoco/mujoco.h>

#include <vector>

namespace kinesis {

// Joint velocities (frames x nv) by central differences on the joints' manifold
// (mj_differentiatePos), one-sided at both ends; zero for a single frame.
void joint_velocities(const mjModel* model, const double* qpos, int frames, double frame_rate,
                      double* qvel);

// Positions and velocities (frames x bodies x 3) of body origins, m and m/s, world frame, by
// mj_kinematics and mj_objectVelocity.
void tracked_motion(const mjModel* model, const double* qpos, const double* qvel, int frames,
                    const std::vector<int>& bodies, double* pos, double* vel);

}  // namespace kinesis
