// A planned motion played by itself.
#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <vector>

#include "kinesis/motion/plan_player.hpp"
#include "wandering_clips.hpp"

using namespace kinesis;

namespace {

constexpr double kTimestep = 0.1;
constexpr int kFramesAStep = 3, kNq = 8;

std::vector<double> played(const MotionTable& table, int steps, double speed) {
  MatchingConfig matching;
  matching.feet = {0, 1};
  PlanPlayer player(&table, matching, PlannerConfig{}, 0.1, kTimestep, kFramesAStep);
  player.begin({0, 0.0});
  for (int step = 0; step < steps; ++step) {
    player.advance({{speed, 0.0}, 0.0});
    CHECK(std::isfinite(player.velocity()[0]));
    const double* last = &player.positions()[player.positions().size() - kNq];
    CHECK(player.root().x == doctest::Approx(last[0]).epsilon(1e-6));
  }
  return player.positions();
}

}  // namespace

TEST_CASE("a plan goes on beyond its clips, frame by frame, and without jumps") {
  const wandering_clips::Clips clips;
  const MotionTable table = clips.table();
  constexpr int kSteps = 80;  // 8 s, of clips that last 3
  const std::vector<double> qpos = played(table, kSteps, 1.0);
  REQUIRE(qpos.size() == static_cast<std::size_t>(1 + kSteps * kFramesAStep) * kNq);
  double furthest = 0.0;
  for (std::size_t frame = 0; frame * kNq < qpos.size(); ++frame) {
    const double* now = &qpos[frame * kNq];
    double square = 0.0;
    for (int i = 3; i < 7; ++i) square += now[i] * now[i];
    CHECK(square == doctest::Approx(1.0).epsilon(1e-6));
    if (frame > 0) {
      const double* before = now - kNq;
      furthest = std::max(furthest, std::hypot(now[0] - before[0], now[1] - before[1]));
    }
  }
  CHECK(furthest < 3.0 * kTimestep / kFramesAStep);  // m: no faster than 3 m/s between two frames
  CHECK(played(table, kSteps, 1.0) == qpos);
  CHECK(played(table, kSteps, 0.0) != qpos);
}
