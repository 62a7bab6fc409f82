#include "kinesis/control/condition.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace kinesis {

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

void MuscleCondition::apply(double* excitation) const {
  if (healthy_) {
    return;
  }
  for (std::size_t i = 0; i < strength_.size(); ++i) {
    excitation[i] *= strength_[i];
  }
}

}  // namespace kinesis
