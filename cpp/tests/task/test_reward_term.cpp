// A reward term is one file that adds itself: this one is.
#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "../engine/small_body.hpp"
#include "kinesis/engine/batch_engine.hpp"
#include "kinesis/task/imitation.hpp"
#include "kinesis/task/reward_term.hpp"
#include "kinesis/task/rewarded.hpp"

using namespace kinesis;
using namespace small_body;

namespace {

double height(const Body& body, const Reference&, const Moment&) { return body.data->qpos[2]; }

const bool added = RewardTerm::add("height_of_the_test", &height);

}  // namespace

TEST_CASE("terms are known by name, each once") {
  REQUIRE(added);
  std::vector<std::string> names;
  for (const RewardTerm& term : RewardTerm::all()) names.push_back(term.name);
  CHECK(std::is_sorted(names.begin(), names.end()));
  CHECK(std::count(names.begin(), names.end(), "height_of_the_test") == 1);
  CHECK(std::count(names.begin(), names.end(), "activation_cost") == 1);
  CHECK_THROWS_AS(RewardTerm::add("height_of_the_test", &height), std::logic_error);
}

TEST_CASE("a term is paid by its weight beside the task's own, and reported") {
  const Model model = load();
  const Motions motions;
  const MotionTable table = motions.table();
  ImitationConfig config;
  config.tracked_bodies = {1, 2};
  config.linear_velocity_sensors = {0, 2};
  const auto task = std::make_shared<ImitationTask>(&table, config);
  const auto rewarded = std::make_shared<RewardedTask>(
      task, std::vector<std::pair<std::string, double>>{{"height_of_the_test", 3.0}});
  REQUIRE(rewarded->figures().size() == task->figures().size() + 1);
  CHECK(rewarded->figures().back().name == "height_of_the_test");
  CHECK(rewarded->figures().back().is_reward_term);

  BatchEngine plain(model.get(), table, task, configure(2, 1));
  BatchEngine paid(model.get(), table, rewarded, configure(2, 1));
  for (BatchEngine* engine : {&plain, &paid}) {
    only_the_calm_clip(*engine);
    engine->reset(nullptr, nullptr, nullptr);
    const std::vector<float> actions(static_cast<std::size_t>(2) * engine->num_actions(), 0.1f);
    engine->step(actions.data());
  }
  for (int env = 0; env < 2; ++env) {
    const float told = paid.buffers().figures[task->figures().size() * 2 + env];
    CHECK(told == doctest::Approx(0.5).epsilon(0.02));
    CHECK(paid.buffers().reward[env] ==
          doctest::Approx(plain.buffers().reward[env] + 3.0f * told).epsilon(1e-5));
    CHECK(paid.buffers().obs == plain.buffers().obs);
  }
}

TEST_CASE("a term that is not known, or has a figure's name, is refused") {
  const Motions motions;
  const MotionTable table = motions.table();
  ImitationConfig config;
  config.tracked_bodies = {1, 2};
  config.linear_velocity_sensors = {0, 2};
  const auto task = std::make_shared<ImitationTask>(&table, config);
  using Weights = std::vector<std::pair<std::string, double>>;
  CHECK_THROWS_AS(RewardedTask(task, Weights{{"nothing", 1.0}}), std::invalid_argument);
  const Weights twice{{"height_of_the_test", 1.0}, {"height_of_the_test", 1.0}};
  CHECK_THROWS_AS(RewardedTask(task, twice), std::invalid_argument);
}
