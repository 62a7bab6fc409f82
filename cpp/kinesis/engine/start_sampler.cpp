#include "kinesis/engine/start_sampler.hpp"

#include <algorithm>

namespace kinesis {

StartSampler::StartSampler(const MotionTable* motions, bool random_time, double min_remaining)
    : motions_(motions), random_time_(random_time), min_remaining_(min_remaining) {
  cumulative_.resize(motions->num_clips());
  set_weights(std::vector<double>(motions->num_clips(), 1.0).data());
}

void StartSampler::set_weights(const double* weights) {
  double sum = 0.0;
  for (std::size_t i = 0; i < cumulative_.size(); ++i) {
    sum += weights[i];
    cumulative_[i] = sum;
  }
}

Moment StartSampler::draw(EpisodeRandom& random) const {
  const double target = random.uniform() * cumulative_.back();
  const auto found = std::upper_bound(cumulative_.begin(), cumulative_.end(), target);
  const auto last = static_cast<std::ptrdiff_t>(cumulative_.size()) - 1;
  const int clip = static_cast<int>(std::min(found - cumulative_.begin(), last));
  return {clip, draw_time(clip, random)};
}

double StartSampler::draw_time(int clip, EpisodeRandom& random) const {
  const double latest = std::max(0.0, motions_->duration(clip) - min_remaining_);
  return random_time_ ? random.uniform() * latest : 0.0;
}

}  // namespace kinesis
