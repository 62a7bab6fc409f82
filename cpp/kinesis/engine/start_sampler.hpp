// Where an episode begins: a clip and a time in it.
#pragma once

#include <vector>

#include "kinesis/base/episode_random.hpp"
#include "kinesis/motion/motion_table.hpp"

namespace kinesis {

class StartSampler {
 public:
  // random_time: start anywhere that leaves at least min_remaining seconds, else at 0.
  StartSampler(const MotionTable* motions, bool random_time, double min_remaining);

  // Probability of each clip, up to a common factor; equal until set. weights: (num_clips), not
  // negative, with a positive sum.
  void set_weights(const double* weights);

  Moment draw(EpisodeRandom& random) const;
  // A start time in a given clip.
  double draw_time(int clip, EpisodeRandom& random) const;

 private:
  const MotionTable* motions_;
  bool random_time_;
  double min_remaining_;
  std::vector<double> cumulative_;
};

}  // namespace kinesis
