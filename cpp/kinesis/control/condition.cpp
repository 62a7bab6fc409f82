#include "kinesis/control/condition.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace kinesis {
namespace {

// A thread's own, so that a step allocates nothing.
std::vector<double>& scratch() {
  thread_local std::vector<double> values;
  return values;
}

}  // namespace

MuscleCondition::MuscleCondition(int num_muscles, const ConditionConfig& config)
    : strength_(config.strength.empty() ? std::vector<double>(num_muscles, 1.0) : config.strength) {
  if (static_cast<int>(strength_.size()) != num_muscles) {
    throw std::invalid_argument("the condition needs a strength of each of " +
                                std::to_string(num_muscles) + " muscles; it has " +
                                std::to_string(strength_.size()));
  }
  for (const double strength : strength_) {
    if (!(strength >= 0.0 && strength <= 1.0)) {
      throw std::invalid_argument("a muscle's strength is " + std::to_string(strength) +
                                  "; it must be in [0, 1]");
    }
  }
  healthy_ = std::all_of(strength_.begin(), strength_.end(), [](double s) { return s == 1.0; });
}

double MuscleCondition::neural(int muscle, double excitation) const {
  if (healthy_) {
    return excitation;
  }
  const double strength = strength_[muscle];
  return strength > 0.0 ? std::min(1.0, excitation / strength) : 0.0;
}

void MuscleCondition::limit(std::vector<double> mean, std::vector<double> components) {
  const std::size_t muscles = strength_.size();
  if ((!mean.empty() && mean.size() != muscles) || components.size() % muscles != 0) {
    throw std::invalid_argument("a mean and components of " + std::to_string(muscles) +
                                " muscles are needed");
  }
  mean_ = std::move(mean);
  components_ = std::move(components);
}

void MuscleCondition::apply(double* excitation) const {
  if (!mean_.empty()) {
    const std::size_t muscles = mean_.size();
    std::vector<double>& out = scratch();
    out = mean_;
    for (std::size_t at = 0; at < components_.size(); at += muscles) {
      double along = 0.0;
      for (std::size_t i = 0; i < muscles; ++i) {
        along += components_[at + i] * (excitation[i] - mean_[i]);
      }
      for (std::size_t i = 0; i < muscles; ++i) {
        out[i] += along * components_[at + i];
      }
    }
    for (std::size_t i = 0; i < muscles; ++i) {
      excitation[i] = std::clamp(out[i], 0.0, 1.0);
    }
  }
  if (healthy_) {
    return;
  }
  for (std::size_t i = 0; i < strength_.size(); ++i) {
    excitation[i] *= strength_[i];
  }
}

}  // namespace kinesis
