#include <doctest/doctest.h>

#include <cmath>
#include <memory>
#include <stdexcept>
#include <vector>

#include "kinesis/control/condition.hpp"
#include "load_model.hpp"

using namespace kinesis;

namespace {

constexpr const char* kOneMuscle = R"(
<mujoco>
  <worldbody>
    <site name="a"/>
    <body pos="0 0 1">
      <joint type="slide" axis="0 0 1"/>
      <geom size="0.1"/>
      <site name="b"/>
    </body>
  </worldbody>
  <tendon><spatial name="t"><site site="a"/><site site="b"/></spatial></tendon>
  <actuator><muscle name="m" tendon="t" lengthrange="0.5 1.5"/></actuator>
</mujoco>)";

// Seconds for which an activation can be held.
double endurance(const FatigueRates& rates, double activation) {
  const Model model = load_model(kOneMuscle);
  const std::unique_ptr<mjData, decltype(&mj_deleteData)> data(mj_makeData(model.get()),
                                                               mj_deleteData);
  ConditionConfig config;
  config.fatigue = {rates};
  config.fatigue_speed = 1.0;
  const MuscleCondition condition(1, config);
  std::vector<double> kept(condition.columns());
  condition.fill(kept.data());
  data->act[0] = activation;
  double capacity = 1.0, seconds = 0.0;
  while (seconds < 2000.0) {
    condition.tire(model.get(), data.get(), 1.0 / 30.0, kept.data());
    condition.capacity(kept.data(), &capacity);
    if (capacity < activation) {
      return seconds;
    }
    seconds += 1.0 / 30.0;
  }
  return INFINITY;
}

}  // namespace

TEST_CASE("an effort is held as long as the three-compartment model says") {
  struct {
    FatigueRates rates;
    double seconds[5];  // at 20, 30, 50, 70 and 80 %, of the model's closed form
  } const groups[] = {{{0.00589, 0.00058, 15.0}, {863, 450, 179, 74, 43}},
                      {{0.01500, 0.00149, 15.0}, {340, 177, 70, 29, 17}},
                      {{0.00970, 0.00091, 15.0}, {517, 272, 108, 45, 26}}};
  const double efforts[] = {0.2, 0.3, 0.5, 0.7, 0.8};
  for (const auto& group : groups) {
    for (int i = 0; i < 5; ++i) {
      const double f = group.rates.tiring, r = group.rates.recovery, effort = efforts[i];
      const double exact = -std::log(1.0 - r * (1.0 - effort) / (f * effort)) / r;
      CHECK(endurance(group.rates, effort) == doctest::Approx(exact).epsilon(0.005));
      CHECK(std::fabs(exact - group.seconds[i]) < 1.0);
    }
  }
  // Below R / (F + R) for ever.
  CHECK(std::isinf(endurance({0.0097, 0.00091, 15.0}, 0.08)));
}

TEST_CASE("a muscle at rest recovers r times as fast") {
  const Model model = load_model(kOneMuscle);
  const std::unique_ptr<mjData, decltype(&mj_deleteData)> data(mj_makeData(model.get()),
                                                               mj_deleteData);
  ConditionConfig config;
  config.fatigue = {{0.0097, 0.00091, 15.0}};
  config.fatigue_speed = 1.0;
  const MuscleCondition condition(1, config);
  std::vector<double> kept = {1.0, 0.5, 1.0};
  double seconds = 0.0;
  while (kept[1] > 0.25) {
    condition.tire(model.get(), data.get(), 1.0 / 30.0, kept.data());
    seconds += 1.0 / 30.0;
  }
  CHECK(seconds == doctest::Approx(std::log(2.0) / (15.0 * 0.00091)).epsilon(0.002));
  kept[2] = 0.0;  // nobody tires
  const double before = kept[1];
  condition.tire(model.get(), data.get(), 10.0, kept.data());
  CHECK(kept[1] == before);
}

TEST_CASE("strengths are drawn anew in every episode, and what is no share is none") {
  ConditionConfig config;
  config.strength = {0.5, 1.0};
  config.weakest = 0.2;
  config.strongest = 0.8;
  config.most_tired = 0.1;
  const MuscleCondition condition(2, config);
  std::vector<double> kept(condition.columns());
  condition.fill(kept.data());
  CHECK(kept[0] == 0.5);
  double sum = 0.0, before = 0.0;
  for (int episode = 0; episode < 400; ++episode) {
    EpisodeRandom random(1, 2, episode);
    condition.begin(random, kept.data());
    CHECK(kept[0] >= 0.1);
    CHECK(kept[0] <= 0.4);
    CHECK(kept[3] <= 0.1);
    CHECK(kept[1] != before);
    before = kept[1];
    sum += kept[1] / 400;
  }
  CHECK(sum == doctest::Approx(0.5).epsilon(0.05));
  kept = {NAN, 7.0, -1.0, 0.25, 0.0};
  double capacity[2];
  condition.capacity(kept.data(), capacity);
  CHECK(capacity[0] == 0.0);
  CHECK(capacity[1] == 0.75);
  config.strength = {1.5, 1.0};
  CHECK_THROWS_AS(MuscleCondition(2, config), std::invalid_argument);
  config.strength = {1.0};
  CHECK_THROWS_AS(MuscleCondition(2, config), std::invalid_argument);
}

TEST_CASE("a share of the episodes has one weak group, or two") {
  ConditionConfig config;
  config.strength = {0.8, 1.0, 1.0, 1.0};
  config.weak_share = 0.5;
  config.groups = {{0}, {1, 2}};
  config.weakest_group = 0.25;
  config.strongest_group = 0.5;
  const MuscleCondition condition(4, config);
  std::vector<double> kept(condition.columns());
  condition.fill(kept.data());
  int weak = 0, first = 0;
  for (int episode = 0; episode < 1000; ++episode) {
    EpisodeRandom random(1, 2, episode);
    condition.begin(random, kept.data());
    CHECK(kept[1] == kept[2]);
    CHECK(kept[3] == 1.0);
    CHECK((kept[0] == 0.8 || kept[0] <= 0.4));
    CHECK((kept[1] == 1.0 || kept[1] <= 0.5));
    CHECK(kept[1] >= 0.25 * 0.25);
    weak += kept[0] < 0.8 || kept[1] < 1.0 ? 1 : 0;
    first += kept[0] < 0.8 ? 1 : 0;
  }
  CHECK(weak == doctest::Approx(500).epsilon(0.1));
  CHECK(first == doctest::Approx(290).epsilon(0.15));
  config.groups = {{4}};
  CHECK_THROWS_AS(MuscleCondition(4, config), std::invalid_argument);
}
