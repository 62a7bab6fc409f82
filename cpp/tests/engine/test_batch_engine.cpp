// The engine on a model of three bodies, small enough to run under sanitizers.
#include <doctest/doctest.h>

#include <cmath>
#include <memory>
#include <string>

#include "kinesis/engine/batch_engine.hpp"
#include "load_model.hpp"

using namespace kinesis;

namespace {

constexpr const char* kModel = R"(
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

Model load() { return load_model(kModel); }

// One clip of a second in which the body hangs still; a second clip spins beyond all bounds.
struct Motions {
  static constexpr int kFrames = 31;
  std::vector<std::int64_t> first = {0, kFrames, 2 * kFrames};
  std::vector<double> rate = {30.0, 30.0};
  std::vector<float> qpos, qvel, pos, vel;

  Motions() {
    for (int clip = 0; clip < 2; ++clip) {
      for (int i = 0; i < kFrames; ++i) {
        qpos.insert(qpos.end(), {0, 0, 0.5f, 1, 0, 0, 0, 0});
        qvel.insert(qvel.end(), {0, 0, 0, 0, 0, 0, clip == 0 ? 0.0f : 1e12f});
        pos.insert(pos.end(), {0, 0, 0.5f, 0, 0, 0.3f});
        vel.insert(vel.end(), {0, 0, 0, 0, 0, 0});
      }
    }
  }

  MotionTable table() const {
    MotionArrays arrays;
    arrays.num_clips = 2;
    arrays.nq = 8;
    arrays.nv = 7;
    arrays.num_tracked = 2;
    arrays.first_frame = first.data();
    arrays.frame_rate = rate.data();
    arrays.qpos = qpos.data();
    arrays.qvel = qvel.data();
    arrays.tracked_pos = pos.data();
    arrays.tracked_vel = vel.data();
    return MotionTable(arrays, {3});
  }
};

EngineConfig configure(int envs, int threads) {
  EngineConfig config;
  config.num_envs = envs;
  config.num_threads = threads;
  config.observation.bodies = {1, 2};
  config.observation.linear_velocity_sensors = {0, 2};
  config.observation.angular_velocity_sensors = {1, 3};
  config.imitation.tracked_bodies = {1, 2};
  config.imitation.linear_velocity_sensors = {0, 2};
  return config;
}

void only_the_calm_clip(BatchEngine& engine) {
  const double weights[2] = {1.0, 0.0};
  engine.set_sampling_weights(weights);
}

}  // namespace

TEST_CASE("results do not depend on the number of threads") {
  const Model model = load();
  const Motions motions;
  constexpr int kEnvs = 17;
  std::vector<std::vector<float>> results;
  for (const int threads : {1, 2, 4}) {
    BatchEngine engine(model.get(), motions.table(), configure(kEnvs, threads));
    only_the_calm_clip(engine);
    engine.reset(nullptr, nullptr, nullptr);
    std::vector<float> actions(kEnvs);
    for (int step = 0; step < 50; ++step) {
      for (int env = 0; env < kEnvs; ++env) {
        actions[env] = std::sin(0.7f * static_cast<float>(step + 3 * env));
      }
      engine.step(actions.data());
      if (step % 9 == 4) {
        std::vector<std::uint8_t> mask(kEnvs);
        mask[step % kEnvs] = 1;
        engine.reset(mask.data(), nullptr, nullptr);
      }
    }
    results.push_back(engine.buffers().obs);
  }
  CHECK(results[0] == results[1]);
  CHECK(results[0] == results[2]);
}

TEST_CASE("a failure of the physics ends its episode alone and is counted") {
  const Model model = load();
  const Motions motions;
  BatchEngine engine(model.get(), motions.table(), configure(3, 2));
  only_the_calm_clip(engine);
  const std::int32_t clips[3] = {0, 1, 0};
  engine.reset(nullptr, clips, nullptr);
  const float actions[3] = {1, 1, 1};
  engine.step(actions);
  CHECK(engine.buffers().invalid == std::vector<std::uint8_t>{0, 1, 0});
  CHECK(engine.buffers().terminated[1] == 1);
  CHECK(engine.buffers().reward[1] == 0.0f);
  CHECK(engine.invalid_episodes() == 1);
  CHECK(engine.statistics().episodes[1] == 1);
  for (const float value : engine.buffers().obs) {
    REQUIRE(std::isfinite(value));
  }
}

TEST_CASE("motions that do not fit the model are refused") {
  const Model model = load();
  const Motions motions;
  EngineConfig config = configure(1, 1);
  config.imitation.tracked_bodies = {1};
  config.imitation.linear_velocity_sensors = {0};
  CHECK_THROWS_AS(BatchEngine(model.get(), motions.table(), config), std::invalid_argument);
}

TEST_CASE("without auto-reset, ended environments wait and are counted once") {
  const Model model = load();
  const Motions motions;
  EngineConfig config = configure(2, 1);
  config.auto_reset = false;
  config.max_episode_steps = 2;
  config.imitation.termination_distance = 100.0;
  BatchEngine engine(model.get(), motions.table(), config);
  only_the_calm_clip(engine);
  engine.reset(nullptr, nullptr, nullptr);
  const float actions[2] = {1, 1};
  for (int step = 0; step < 5; ++step) {
    engine.step(actions);
  }
  CHECK(engine.statistics().episodes[0] == 2);
  CHECK(engine.buffers().episode_length == std::vector<std::int32_t>{2, 2});
}
