// Late and noisy observations.
#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>
#include <vector>

#include "kinesis/engine/perception.hpp"

using namespace kinesis;

namespace {

Layout observation() {
  Layout layout;
  layout.append("first", 2);
  layout.append("second", 3);
  return layout;
}

}  // namespace

TEST_CASE("late observations are those of so many steps ago, at first those of the start") {
  const Perception perception({{}, 0, 3}, observation());
  Layout kept;
  perception.describe(kept);
  std::vector<double> row(kept.size());
  EpisodeRandom random(1, 2, 3);
  for (const int late : {0, 1, 2, 3}) {
    row[0] = late;
    for (int step = 0; step < 12; ++step) {
      std::vector<float> seen(5, static_cast<float>(100 + step));
      perception.apply(random, step, row.data(), seen.data());
      for (const float value : seen) CHECK(value == 100.0f + std::max(0, step - late));
    }
  }
}

TEST_CASE("how late is drawn evenly, and what anyone writes does not lead beyond what is kept") {
  const Perception perception({{}, 1, 3}, observation());
  Layout kept;
  perception.describe(kept);
  std::vector<double> row(kept.size());
  EpisodeRandom random(1, 2, 3);
  std::vector<int> counts(4);
  for (int i = 0; i < 3000; ++i) {
    perception.begin(random, row.data());
    ++counts[static_cast<int>(row[0])];
  }
  CHECK(counts[0] == 0);
  for (const int late : {1, 2, 3}) CHECK(counts[late] > 900);
  for (const double wrong : {-1.0, 1e300, std::nan("")}) {
    row[0] = wrong;
    for (int step = 0; step < 9; ++step) {
      std::vector<float> seen(5, static_cast<float>(step));
      perception.apply(random, step, row.data(), seen.data());
      CHECK(seen[0] >= 0.0f);
      CHECK(seen[0] <= static_cast<float>(step));
    }
  }
}

TEST_CASE("noise has the deviation that is given, in the part that it is given for") {
  const Perception perception({{{"second", 0.5}}, 0, 0}, observation());
  double sum = 0.0, squares = 0.0;
  constexpr int kSteps = 20000;
  for (int step = 0; step < kSteps; ++step) {
    EpisodeRandom random(7, 0, static_cast<std::uint64_t>(step));
    std::vector<float> seen(5, 2.0f);
    perception.apply(random, step, nullptr, seen.data());
    CHECK(seen[0] == 2.0f);
    CHECK(seen[1] == 2.0f);
    for (int i = 2; i < 5; ++i) {
      sum += seen[i] - 2.0;
      squares += (seen[i] - 2.0) * (seen[i] - 2.0);
    }
  }
  CHECK(sum / (3 * kSteps) == doctest::Approx(0.0).epsilon(0.01));
  CHECK(std::sqrt(squares / (3 * kSteps)) == doctest::Approx(0.5).epsilon(0.01));
}

TEST_CASE("what the observation lacks is named") {
  CHECK_THROWS_WITH_AS(
      Perception({{{"third", 1.0}}, 0, 0}, observation()),
      "noise is given for third, which the observation lacks; it has first, second",
      std::invalid_argument);
  CHECK_THROWS_AS(Perception({{}, 3, 1}, observation()), std::invalid_argument);
}
