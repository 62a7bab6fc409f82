// The engine on a model of three bodies, small enough to run under sanitizers.
#include <doctest/doctest.h>

#include <cmath>
#include <memory>

#include "kinesis/engine/batch_engine.hpp"
#include "kinesis/task/imitation.hpp"
#include "small_body.hpp"

using namespace kinesis;
using namespace small_body;

namespace {

std::shared_ptr<const Task> imitation(const MotionTable& motions, double distance = 0.15) {
  ImitationConfig config;
  config.tracked_bodies = {1, 2};
  config.linear_velocity_sensors = {0, 2};
  config.termination_distance = distance;
  return std::make_shared<ImitationTask>(&motions, config);
}

}  // namespace

TEST_CASE("results do not depend on the number of threads, in any control mode") {
  const Model model = load();
  const Motions motions;
  const MotionTable table = motions.table();
  constexpr int kEnvs = 17;
  for (const ControlMode mode : {ControlMode::kLength, ControlMode::kDirect, ControlMode::kResidual,
                                 ControlMode::kJoint, ControlMode::kJointResidual}) {
    std::vector<std::vector<float>> results;
    for (const int threads : {1, 2, 4}) {
      EngineConfig config = configure(kEnvs, threads);
      config.control.mode = mode;
      BatchEngine engine(model.get(), table, imitation(table), config);
      only_the_calm_clip(engine);
      engine.reset(nullptr, nullptr, nullptr);
      const int width = engine.num_actions();
      std::vector<float> actions(static_cast<std::size_t>(kEnvs) * width);
      for (int step = 0; step < 50; ++step) {
        for (std::size_t i = 0; i < actions.size(); ++i) {
          actions[i] = std::sin(0.7f * static_cast<float>(step + 3 * i));
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
}

TEST_CASE("a failure of the physics ends its episode alone and is counted") {
  const Model model = load();
  const Motions motions;
  const MotionTable table = motions.table();
  BatchEngine engine(model.get(), table, imitation(table), configure(3, 2));
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

TEST_CASE("motions that do not fit the task are refused") {
  const Motions motions;
  const MotionTable table = motions.table();
  ImitationConfig config;
  config.tracked_bodies = {1};
  config.linear_velocity_sensors = {0};
  CHECK_THROWS_AS(ImitationTask(&table, config), std::invalid_argument);
}

TEST_CASE("without auto-reset, ended environments wait and are counted once") {
  const Model model = load();
  const Motions motions;
  const MotionTable table = motions.table();
  EngineConfig config = configure(2, 1);
  config.auto_reset = false;
  config.max_episode_steps = 2;
  BatchEngine engine(model.get(), table, imitation(table, 100.0), config);
  only_the_calm_clip(engine);
  engine.reset(nullptr, nullptr, nullptr);
  const float actions[2] = {1, 1};
  for (int step = 0; step < 5; ++step) {
    engine.step(actions);
  }
  CHECK(engine.statistics().episodes[0] == 2);
  CHECK(engine.buffers().episode_length == std::vector<std::int32_t>{2, 2});
}

TEST_CASE("a recorder is called after every physics step") {
  const Model model = load();
  const Motions motions;
  const MotionTable table = motions.table();
  EngineConfig config = configure(3, 2);
  config.substeps = 4;
  BatchEngine engine(model.get(), table, imitation(table, 100.0), config);
  only_the_calm_clip(engine);
  engine.reset(nullptr, nullptr, nullptr);
  const auto recorder = std::make_shared<FieldRecorder>(
      model.get(), std::vector<std::string>{"qpos", "ctrl"}, 3, config.substeps);
  engine.set_recorder(recorder);
  const float actions[3] = {-1, 0, 1};
  engine.step(actions);
  REQUIRE(recorder->columns().size() == 9);
  int size = 0;
  const double* qpos = engine.state_component(mjSTATE_QPOS, &size);
  for (int env = 0; env < 3; ++env) {
    const double* last = recorder->values() + static_cast<std::ptrdiff_t>(env * 4 + 3) * 9;
    for (int i = 0; i < 8; ++i) {
      CHECK(last[i] == qpos[env * static_cast<std::ptrdiff_t>(engine.state_size()) + i]);
    }
    CHECK(last[-9 + 2] > last[2]);  // it falls
  }
  CHECK_THROWS_AS(FieldRecorder(model.get(), {"qpso"}, 1, 1), std::invalid_argument);
}

TEST_CASE("a weak muscle gives its share of a healthy one's force, in every mode") {
  const Model model = load();
  const Motions motions;
  const MotionTable table = motions.table();
  for (const ControlMode mode : {ControlMode::kLength, ControlMode::kDirect, ControlMode::kResidual,
                                 ControlMode::kJoint, ControlMode::kJointResidual}) {
    EngineConfig config = configure(1, 1);
    config.control.mode = mode;
    config.condition.strength = {0.25};
    BatchEngine engine(model.get(), table, imitation(table, 100.0), config);
    only_the_calm_clip(engine);
    engine.reset(nullptr, nullptr, nullptr);
    const std::vector<float> actions(engine.num_actions(), mode == ControlMode::kLength ? -1 : 1);
    int size = 0;
    const double* ctrl = engine.state_component(mjSTATE_CTRL, &size);
    for (int step = 0; step < 20; ++step) {
      engine.step(actions.data());
      CHECK(ctrl[0] <= 0.25);
    }
    if (mode == ControlMode::kDirect) {
      CHECK(ctrl[0] == 0.25);
    }
  }
  EngineConfig config = configure(1, 1);
  config.condition.strength = {1.5};
  CHECK_THROWS_AS(BatchEngine(model.get(), table, imitation(table), config), std::invalid_argument);
}
