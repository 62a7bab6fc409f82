#include <doctest/doctest.h>

#include "kinesis/engine/start_sampler.hpp"

using namespace kinesis;

namespace {

MotionTable two_clips() {
  static const std::int64_t first[3] = {0, 31, 36};
  static const double rate[2] = {30.0, 30.0};
  MotionArrays arrays;
  arrays.num_clips = 2;
  arrays.num_frames = 36;
  arrays.first_frame = first;
  arrays.frame_rate = rate;
  return MotionTable(arrays, {});
}

}  // namespace

TEST_CASE("clips are drawn by their weights, times within what remains") {
  const MotionTable table = two_clips();
  StartSampler sampler(&table, true, 0.1);
  const double weights[2] = {1.0, 3.0};
  sampler.set_weights(weights);
  int second = 0;
  constexpr int kCount = 4000;
  for (std::uint32_t i = 0; i < kCount; ++i) {
    EpisodeRandom random(1, i, 0);
    const Moment start = sampler.draw(random);
    second += start.clip;
    REQUIRE(start.time >= 0.0);
    REQUIRE(start.time <= table.duration(start.clip) - 0.1 + 1e-12);
  }
  CHECK(static_cast<double>(second) / kCount == doctest::Approx(0.75).epsilon(0.02));
}

TEST_CASE("a weight of zero is never drawn") {
  const MotionTable table = two_clips();
  StartSampler sampler(&table, false, 0.1);
  const double weights[2] = {0.0, 1.0};
  sampler.set_weights(weights);
  for (std::uint32_t i = 0; i < 1000; ++i) {
    EpisodeRandom random(2, i, 0);
    const Moment start = sampler.draw(random);
    REQUIRE(start.clip == 1);
    REQUIRE(start.time == 0.0);
  }
}
