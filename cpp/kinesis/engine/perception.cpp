#include "kinesis/engine/perception.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>

namespace kinesis {

Perception::Perception(const PerceptionConfig& config, const Layout& observation)
    : config_(config), size_(observation.size()) {
  if (config.least_delay < 0 || config.most_delay < config.least_delay) {
    throw std::invalid_argument("observations cannot be late by " +
                                std::to_string(config.least_delay) + " to " +
                                std::to_string(config.most_delay) + " control steps");
  }
  for (const auto& [name, deviation] : config.noise) {
    const auto& slices = observation.slices();
    const auto part = std::find_if(slices.begin(), slices.end(),
                                   [&](const NamedSlice& slice) { return slice.name == name; });
    if (part == slices.end()) {
      std::string what = "noise is given for ";
      what.append(name).append(", which the observation lacks; it has");
      const char* comma = " ";
      for (const NamedSlice& slice : slices) {
        what.append(comma).append(slice.name);
        comma = ", ";
      }
      throw std::invalid_argument(what);
    }
    if (deviation > 0.0) {
      noise_.push_back({part->begin, part->end, deviation});
    }
  }
}

void Perception::describe(Layout& kept) const {
  if (late()) {
    kept.append("observation_delay", 1);
    kept.append("observations_before", config_.most_delay * size_);
  }
}

void Perception::begin(EpisodeRandom& random, double* kept) const {
  if (late()) {
    const int choices = config_.most_delay - config_.least_delay + 1;
    *kept = config_.least_delay + std::floor(choices * random.uniform());
  }
}

void Perception::delay(int control_step, double* kept, float* observation) const {
  const int most = config_.most_delay;
  double* before = kept + 1;  // that of control step s is row s mod most
  const auto row = [&](int step) { return before + static_cast<std::size_t>(step % most) * size_; };
  if (control_step == 0) {
    for (int step = 0; step < most; ++step) {
      std::copy_n(observation, size_, row(step));
    }
    return;
  }
  // Rows are anyone's to write.
  const double wanted = *kept >= 0.0 ? std::min(*kept, static_cast<double>(most)) : 0.0;
  const int late = std::min(static_cast<int>(wanted), control_step);
  double* now = row(control_step);
  for (int i = 0; i < size_; ++i) {
    const double seen = observation[i];
    if (late > 0) {  // the oldest row is the one that this step's takes the place of
      observation[i] = static_cast<float>(row(control_step - late)[i]);
    }
    now[i] = seen;
  }
}

void Perception::apply(EpisodeRandom& random, int control_step, double* kept,
                       float* observation) const {
  if (late()) {
    delay(control_step, kept, observation);
  }
  for (const Part& part : noise_) {
    for (int i = part.begin; i < part.end; i += 2) {  // Box and Muller 1958
      const double radius = part.deviation * std::sqrt(-2.0 * std::log(1.0 - random.uniform()));
      const double angle = 2.0 * std::numbers::pi * random.uniform();
      observation[i] += static_cast<float>(radius * std::cos(angle));
      if (i + 1 < part.end) {
        observation[i + 1] += static_cast<float>(radius * std::sin(angle));
      }
    }
  }
}

}  // namespace kinesis
