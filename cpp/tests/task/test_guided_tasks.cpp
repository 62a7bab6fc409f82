// Tasks in which a body is told where to go, stepped by the engine in every control mode.
#include <doctest/doctest.h>

#include <cmath>
#include <memory>
#include <numbers>
#include <vector>

#include "../engine/small_body.hpp"
#include "../motion/wandering_clips.hpp"
#include "kinesis/engine/batch_engine.hpp"
#include "kinesis/task/reach.hpp"
#include "kinesis/task/steer.hpp"

using namespace kinesis;

namespace {

constexpr int kEnvs = 5;

GuidedConfig guided() {
  GuidedConfig config;
  config.imitation.tracked_bodies = {1, 2};
  config.imitation.linear_velocity_sensors = {0, 2};
  config.imitation.preview = {0.1, 0.3};
  config.imitation.observe_root_rotation = true;
  config.imitation.termination_distance = 50.0;
  config.matching.feet = {0, 1};
  config.fall_height = -1.0;
  return config;
}

std::shared_ptr<Task> steer(const MotionTable& table) {
  SteerConfig config;
  config.guided = guided();
  config.interval = 0.5;
  return std::make_shared<SteerTask>(&table, config);
}

std::shared_ptr<Task> reach(const MotionTable& table) {
  ReachConfig config;
  config.guided = guided();
  config.places = {{1.0, 0.0}, {0.0, 1.0}};
  config.waypoints = true;
  config.hold = 0.2;
  return std::make_shared<ReachTask>(&table, config);
}

// Observations after some steps of the same actions.
std::vector<float> steps(BatchEngine& engine, int count) {
  engine.reset(nullptr, nullptr, nullptr);
  const std::vector<float> actions(static_cast<std::size_t>(kEnvs) * engine.num_actions(), 0.3f);
  for (int step = 0; step < count; ++step) {
    engine.step(actions.data());
    for (const float value : engine.buffers().obs) {
      REQUIRE(std::isfinite(value));
    }
  }
  return engine.buffers().obs;
}

}  // namespace

TEST_CASE("guided tasks step in every mode, alike for any number of threads") {
  const Model model = small_body::load();
  const wandering_clips::Clips clips;
  const MotionTable table = clips.table();
  for (const ControlMode mode : {ControlMode::kLength, ControlMode::kDirect, ControlMode::kResidual,
                                 ControlMode::kJoint, ControlMode::kJointResidual}) {
    for (const Physics physics : {Physics::kFused, Physics::kLanes}) {
      for (const bool to_goal : {false, true}) {
        std::vector<std::vector<float>> results;
        for (const int threads : {1, 3}) {
          EngineConfig config = small_body::configure(kEnvs, threads);
          config.control.mode = mode;
          config.physics = physics;
          BatchEngine engine(model.get(), table, to_goal ? reach(table) : steer(table), config);
          results.push_back(steps(engine, 40));
          CHECK(engine.kept().find("strength") >= engine.control_columns());
          CHECK(engine.kept().find("strength") < engine.task_columns());
        }
        CHECK(results[0] == results[1]);
      }
    }
  }
}

TEST_CASE("commands are drawn again, and one that is written from outside is followed") {
  const Model model = small_body::load();
  const wandering_clips::Clips clips;
  const MotionTable table = clips.table();
  BatchEngine engine(model.get(), table, steer(table), small_body::configure(kEnvs, 1));
  const int command = engine.kept().find("command"), drawn = engine.kept().find("commands_drawn");
  steps(engine, 5);
  const double first = engine.kept_row(0)[command];
  steps(engine, 60);
  CHECK(engine.kept_row(0)[drawn] >= 2.0);
  CHECK(engine.kept_row(0)[command] != first);

  SteerConfig told;
  told.guided = guided();
  told.schedule = {{0.0, 1.0, std::numbers::pi / 2, 0.0}};
  BatchEngine scheduled(model.get(), table, std::make_shared<SteerTask>(&table, told),
                        small_body::configure(kEnvs, 1));
  steps(scheduled, 1);
  const double* row = scheduled.kept_row(2) + command;
  CHECK(std::hypot(row[0], row[1]) == doctest::Approx(1.0));
}

TEST_CASE("goals are where places are, and waypoints follow each other") {
  const Model model = small_body::load();
  const wandering_clips::Clips clips;
  const MotionTable table = clips.table();
  EngineConfig config = small_body::configure(kEnvs, 1);
  config.random_start = false;
  BatchEngine engine(model.get(), table, reach(table), config);
  const std::vector<std::int32_t> clip(kEnvs, 0);
  engine.reset(nullptr, clip.data(), nullptr);
  const int goal = engine.kept().find("goal"), waypoint = engine.kept().find("waypoint");
  double* row = engine.kept_row(1);
  CHECK(row[goal] == doctest::Approx(1.0).epsilon(1e-6));  // the clip begins at the origin, ahead x
  CHECK(row[waypoint] == 0.0);
  int size = 0;
  const std::vector<float> actions(static_cast<std::size_t>(kEnvs) * engine.num_actions(), 0.0f);
  for (int step = 0; step < 12; ++step) {  // a goal that is always where the root is
    const double* qpos = engine.state_component(mjSTATE_QPOS, &size);
    row[goal] = qpos[engine.state_size() + 0];
    row[goal + 1] = qpos[engine.state_size() + 1];
    engine.step(actions.data());
    if (row[waypoint] > 0.0) {
      break;
    }
  }
  CHECK(row[waypoint] == 1.0);
}
