#include <doctest/doctest.h>

#include <set>

#include "kinesis/base/episode_random.hpp"

using kinesis::EpisodeRandom;
using kinesis::philox4x32;
using Words = std::array<std::uint32_t, 4>;

// Known answers that the authors of Philox publish with their reference implementation.
TEST_CASE("Philox gives its published answers") {
  CHECK(philox4x32({0, 0, 0, 0}, {0, 0}) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox4x32({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}) ==
        Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("draws repeat for a key and differ between keys") {
  std::set<double> seen;
  for (std::uint64_t seed : {0, 1}) {
    for (std::uint32_t environment : {0, 1}) {
      for (std::uint64_t episode : {0, 1}) {
        EpisodeRandom random(seed, environment, episode);
        EpisodeRandom again(seed, environment, episode);
        for (int i = 0; i < 3; ++i) {
          const double value = random.uniform();
          CHECK(value == again.uniform());
          seen.insert(value);
        }
      }
    }
  }
  CHECK(seen.size() == 24);
}

TEST_CASE("draws are uniform between 0 and 1") {
  double sum = 0.0;
  constexpr int kCount = 20000;
  for (int i = 0; i < kCount; ++i) {
    const double value = EpisodeRandom(7, static_cast<std::uint32_t>(i), 0).uniform();
    REQUIRE(value >= 0.0);
    REQUIRE(value < 1.0);
    sum += value;
  }
  CHECK(sum / kCount > 0.49);
  CHECK(sum / kCount < 0.51);
}
