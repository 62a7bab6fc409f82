// Counter-based random numbers: the same draw for the same (seed, environment, episode), on any
// number of threads and in any order.
#pragma once

#include <array>
#include <cstdint>

namespace kinesis {

// Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", section 3.3).
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key);

// A stream of draws that belongs to one episode of one environment.
class EpisodeRandom {
 public:
  EpisodeRandom(std::uint64_t seed, std::uint32_t environment, std::uint64_t episode)
      : seed_(seed), environment_(environment), episode_(episode) {}

  // The next double in [0, 1), with 53 random bits.
  double uniform();

 private:
  std::uint64_t seed_;
  std::uint32_t environment_;
  std::uint64_t episode_;
  std::uint32_t draw_ = 0;
};

}  // namespace kinesis
