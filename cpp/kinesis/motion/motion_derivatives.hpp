// What follows from a clip's joint positions: velocities, poses, and the tracked bodies' motion.
#pragma once

#include <mujoco/mujoco.h>

#include <vector>

namespace kinesis {

// Joint velocities (frames x nv) by central differences on the joints' manifold
// (mj_differentiatePos), one-sided at both ends; zero for a single frame.
void joint_velocities(const mjModel* model, const double* qpos, int frames, double frame_rate,
                      double* qvel);

// Where bodies and joints are, world frame; a row of each a frame.
struct Poses {
  double* body_pos;      // (frames x bodies x 3) m
  double* body_rot;      // (frames x bodies x 9) row major
  double* joint_anchor;  // (frames x joints x 3) m
  double* joint_axis;    // (frames x joints x 3)
};

// Fills poses from qpos (frames x nq) by mj_kinematics.
void body_poses(const mjModel* model, const double* qpos, int frames, const Poses& poses);

// Positions and velocities (frames x bodies x 3) of body origins, m and m/s, world frame, by
// mj_kinematics and mj_objectVelocity.
void tracked_motion(const mjModel* model, const double* qpos, const double* qvel, int frames,
                    const std::vector<int>& bodies, double* pos, double* vel);

}  // namespace kinesis
