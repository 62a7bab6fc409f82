// A body of two parts with one muscle, and two clips for it: small enough to run under sanitizers.
#pragma once

#include <cstdint>
#include <vector>

#include "kinesis/engine/batch_engine.hpp"
#include "load_model.hpp"

namespace small_body {

inline constexpr const char* kModel = R"(
<mujoco>
  <option timestep="0.005"/>
  <worldbody>
    <geom type="plane" size="1 1 .1"/>
    <body name="trunk" pos="0 0 .5">
      <freejoint/>
      <geom size=".1" mass="1"/>
      <site name="a" pos="0 0 .1"/>
      <body name="arm" pos="0 0 -.2">
        <joint axis="0 1 0"/>
        <geom size=".05" mass="1"/>
        <site name="b" pos=".05 0 -.1"/>
      </body>
    </body>
  </worldbody>
  <tendon><spatial name="t"><site site="a"/><site site="b"/></spatial></tendon>
  <actuator><muscle tendon="t" lengthrange=".1 .5"/></actuator>
  <sensor>
    <framelinvel objtype="xbody" objname="trunk"/>
    <frameangvel objtype="xbody" objname="trunk"/>
    <framelinvel objtype="xbody" objname="arm"/>
    <frameangvel objtype="xbody" objname="arm"/>
  </sensor>
</mujoco>)";

inline Model load() { return load_model(kModel); }

// One clip of a second in which the body hangs still; a second clip spins beyond all bounds. Both
// have a muscle prior: a torque of the one joint, a little activity of the one muscle.
struct Motions {
  static constexpr int kFrames = 31;
  std::vector<std::int64_t> first = {0, kFrames, 2 * kFrames};
  std::vector<double> rate = {30.0, 30.0};
  std::vector<float> qpos, qvel, pos, vel, torque, activation;

  Motions() {
    for (int clip = 0; clip < 2; ++clip) {
      for (int i = 0; i < kFrames; ++i) {
        qpos.insert(qpos.end(), {0, 0, 0.5f, 1, 0, 0, 0, 0});
        qvel.insert(qvel.end(), {0, 0, 0, 0, 0, 0, clip == 0 ? 0.0f : 1e12f});
        pos.insert(pos.end(), {0, 0, 0.5f, 0, 0, 0.3f});
        vel.insert(vel.end(), {0, 0, 0, 0, 0, 0});
        torque.push_back(0.2f);
        activation.push_back(0.1f);
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
};

inline kinesis::EngineConfig configure(int envs, int threads) {
  kinesis::EngineConfig config;
  config.num_envs = envs;
  config.num_threads = threads;
  config.observation.bodies = {1, 2};
  config.observation.linear_velocity_sensors = {0, 2};
  config.observation.angular_velocity_sensors = {1, 3};
  config.control.joint.stiffness = {20.0};
  config.control.joint.damping = {1.0};
  config.control.joint.effort_weight = {1.0};
  return config;
}

inline void only_the_calm_clip(kinesis::BatchEngine& engine) {
  const double weights[2] = {1.0, 0.0};
  engine.set_sampling_weights(weights);
}

}  // namespace small_body
