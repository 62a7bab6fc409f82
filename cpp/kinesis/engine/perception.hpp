// How a body perceives: its observations come late, and are noisy.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "kinesis/base/episode_random.hpp"
#include "kinesis/base/layout.hpp"

namespace kinesis {

struct PerceptionConfig {
  // Standard deviation of noise, by the part of the observation, in its unit.
  std::vector<std::pair<std::string, double>> noise;
  // Control steps by which an episode's observations are late, drawn evenly.
  int least_delay = 0, most_delay = 0;
};

// A late observation is all of what the body and its task showed so many control steps ago; at the
// beginning of an episode, what they showed at its start. Noise comes on top, anew in every step.
class Perception {
 public:
  // Throws std::invalid_argument for a part that the observation lacks.
  Perception(const PerceptionConfig& config, const Layout& observation);

  // What an environment keeps: how late it sees, and what it has seen; nothing where nothing is
  // late.
  void describe(Layout& kept) const;
  // Draws how late observations of an episode are.
  void begin(EpisodeRandom& random, double* kept) const;

  // Turns the observation (size()) of a control step into what the body perceives of it.
  void apply(EpisodeRandom& random, int control_step, double* kept, float* observation) const;

  bool noisy() const { return !noise_.empty(); }
  bool late() const { return config_.most_delay > 0; }

 private:
  void delay(int control_step, double* kept, float* observation) const;

  struct Part {
    int begin, end;
    double deviation;
  };

  PerceptionConfig config_;
  int size_;
  std::vector<Part> noise_;
};

}  // namespace kinesis
