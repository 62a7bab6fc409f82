// Clips of a body with a free joint and one hinge, which wander smoothly: for planning.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "kinesis/motion/motion_table.hpp"

namespace wandering_clips {

// Two clips of three seconds at 30 Hz. The root goes its way and turns, the hinge swings, and two
// tracked bodies go along; a muscle prior of one torque and one muscle.
struct Clips {
  static constexpr int kFrames = 91;
  std::vector<std::int64_t> first = {0, kFrames, 2 * kFrames};
  std::vector<double> rate = {30.0, 30.0};
  std::vector<float> qpos, qvel, pos, vel, torque, activation;

  Clips() {
    for (int clip = 0; clip < 2; ++clip) {
      const double speed = 0.5 + 0.7 * clip, turning = 0.4 - 0.9 * clip;
      for (int i = 0; i < kFrames; ++i) {
        const double t = i / 30.0, yaw = turning * t, tilt = 0.1 * std::sin(3.0 * t);
        const double x = speed * t, y = 0.2 * std::sin(2.0 * t + clip);
        const double vx = speed, vy = 0.4 * std::cos(2.0 * t + clip);
        // A turn about the vertical, then a tilt about the body's y axis.
        const double quat[4] = {
            std::cos(yaw / 2) * std::cos(tilt / 2), -std::sin(yaw / 2) * std::sin(tilt / 2),
            std::cos(yaw / 2) * std::sin(tilt / 2), std::sin(yaw / 2) * std::cos(tilt / 2)};
        put(qpos, {x, y, 0.9, quat[0], quat[1], quat[2], quat[3], std::sin(4.0 * t + clip)});
        put(qvel,
            {vx, vy, 0.0, 0.0, 0.3 * std::cos(3.0 * t), turning, 4.0 * std::cos(4.0 * t + clip)});
        put(pos, {x, y, 0.9, x + 0.2, y + 0.1 * std::sin(5.0 * t), 0.1});
        put(vel, {vx, vy, 0.0, vx, vy + 0.5 * std::cos(5.0 * t), 0.0});
        put(torque, {10.0 * std::sin(t) + clip});
        put(activation, {0.3 + 0.2 * std::sin(2.0 * t + clip)});
      }
    }
  }

  kinesis::MotionTable table() const {
    kinesis::MotionArrays arrays;
    arrays.num_clips = 2;
    arrays.num_frames = 2 * kFrames;
    arrays.nq = 8;
    arrays.nv = 7;
    arrays.num_tracked = 2;
    arrays.first_frame = first.data();
    arrays.frame_rate = rate.data();
    arrays.qpos = qpos.data();
    arrays.qvel = qvel.data();
    arrays.tracked_pos = pos.data();
    arrays.tracked_vel = vel.data();
    arrays.num_torques = 1;
    arrays.num_muscles = 1;
    arrays.torque = torque.data();
    arrays.activation = activation.data();
    arrays.excitation = activation.data();
    return kinesis::MotionTable(arrays, {3});
  }

 private:
  static void put(std::vector<float>& out, const std::vector<double>& row) {
    out.insert(out.end(), row.begin(), row.end());
  }
};

}  // namespace wandering_clips
