#include <doctest/doctest.h>

#include <limits>
#include <stdexcept>
#include <vector>

#include "kinesis/base/episode_random.hpp"
#include "kinesis/motion/motion_matching.hpp"
#include "wandering_clips.hpp"

using doctest::Approx;
using kinesis::Moment;
using kinesis::MotionMatching;
using kinesis::MotionTable;
using kinesis::Stance;

namespace {

constexpr float kNoLimit = std::numeric_limits<float>::max();

kinesis::MatchingConfig configure() {
  kinesis::MatchingConfig config;
  config.feet = {1};
  config.ahead = {0.3, 0.6};
  config.remaining = 0.7;
  return config;
}

}  // namespace

TEST_CASE("the search finds what comparing with every moment finds") {
  const wandering_clips::Clips clips;
  const MotionTable table = clips.table();
  const MotionMatching matching(&table, configure());
  CHECK(matching.num_moments() == 2 * 70);  // 0 to 2.3 s
  std::vector<double> work(matching.workspace_size());
  std::vector<float> query(matching.query_size());
  kinesis::EpisodeRandom random(1, 2, 3);
  for (int trial = 0; trial < 200; ++trial) {
    for (float& value : query) {
      value = static_cast<float>(6.0 * random.uniform() - 3.0);
    }
    MotionMatching::Match best{{}, kNoLimit};
    for (int clip = 0; clip < 2; ++clip) {
      for (int i = 0; i < 70; ++i) {
        const Moment at{clip, i / 30.0};
        const float cost = matching.cost_of(at, query.data(), work.data());
        if (cost < best.cost) {
          best = {at, cost};
        }
      }
    }
    const MotionMatching::Match found = matching.find(query.data(), kNoLimit);
    CHECK(found.moment.clip == best.moment.clip);
    CHECK(found.moment.time == best.moment.time);
    CHECK(found.cost == best.cost);
    CHECK(matching.find(query.data(), 0.5f * best.cost).cost == 0.5f * best.cost);
  }
}

TEST_CASE("a moment is found by its own description, wherever it is") {
  const wandering_clips::Clips clips;
  const MotionTable table = clips.table();
  const MotionMatching matching(&table, configure());
  std::vector<double> work(matching.workspace_size());
  std::vector<float> query(matching.query_size());
  const Moment at{1, 20 / 30.0};
  const Stance path[2] = {matching.stance(table, {1, at.time + 0.3}, nullptr, work.data()),
                          matching.stance(table, {1, at.time + 0.6}, nullptr, work.data())};
  matching.describe(table, at, nullptr, path, work.data(), query.data());
  const MotionMatching::Match found = matching.find(query.data(), kNoLimit);
  CHECK(found.moment.clip == 1);
  CHECK(found.moment.time == Approx(at.time));
  CHECK(found.cost < 1e-6f);
}

TEST_CASE("clips that are too short, and feet that are not tracked, are refused") {
  const wandering_clips::Clips clips;
  const MotionTable table = clips.table();
  kinesis::MatchingConfig config = configure();
  config.remaining = 4.0;
  CHECK_THROWS_WITH_AS(MotionMatching(&table, config), doctest::Contains("longest clip has 3 s"),
                       std::invalid_argument);
  config = configure();
  config.feet = {2};
  CHECK_THROWS_AS(MotionMatching(&table, config), std::invalid_argument);
}
