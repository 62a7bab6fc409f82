#include "kinesis/control/condition.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace kinesis {
namespace {

constexpr double kRest = 0.01;  // activation up to which a muscle rests

// A thread's own, so that a step allocates nothing.
std::vector<double>& scratch() {
  thread_local std::vector<double> values;
  return values;
}

// What users write may be anything.
double share(double value) { return value > 0.0 ? std::min(value, 1.0) : 0.0; }

constexpr double kTwoGroups = 0.3;  // share of weak episodes in which two groups are

}  // namespace

MuscleCondition::MuscleCondition(int num_muscles, const ConditionConfig& config)
    : num_muscles_(num_muscles), config_(config) {
  const auto muscles = static_cast<std::size_t>(num_muscles);
  if (config_.strength.empty()) {
    config_.strength.assign(muscles, 1.0);
  }
  if (config_.fatigue.empty()) {
    config_.fatigue.resize(muscles);
  }
  if (config_.strength.size() != muscles || config_.fatigue.size() != muscles) {
    throw std::invalid_argument("the condition needs a strength and fatigue rates of each of " +
                                std::to_string(num_muscles) + " muscles; it has " +
                                std::to_string(config_.strength.size()) + " and " +
                                std::to_string(config_.fatigue.size()));
  }
  for (const std::vector<int>& group : config_.groups) {
    for (const int muscle : group) {
      if (muscle < 0 || muscle >= num_muscles) {
        throw std::invalid_argument("a group has muscle " + std::to_string(muscle) + " of " +
                                    std::to_string(num_muscles));
      }
    }
  }
  for (const double strength : config_.strength) {
    if (!(strength >= 0.0 && strength <= 1.0)) {
      throw std::invalid_argument("a muscle's strength is " + std::to_string(strength) +
                                  "; it must be in [0, 1]");
    }
  }
}

void MuscleCondition::describe(Layout& layout) const {
  layout.append("strength", num_muscles_);
  layout.append("fatigue", num_muscles_);
  layout.append("fatigue_speed", 1);
}

void MuscleCondition::fill(double* kept) const {
  std::copy(config_.strength.begin(), config_.strength.end(), kept);
  std::fill_n(tired(kept), num_muscles_, 0.0);
  kept[2 * num_muscles_] = config_.fatigue_speed;
}

void MuscleCondition::weaken(EpisodeRandom& random, double* strength) const {
  const bool each = config_.weakest != 1.0 || config_.strongest != 1.0;
  const bool groups = config_.weak_share > 0.0 && !config_.groups.empty();
  if (each || groups) {  // else what was written stays
    std::copy(config_.strength.begin(), config_.strength.end(), strength);
  }
  if (each) {
    const double width = config_.strongest - config_.weakest;
    for (int i = 0; i < num_muscles_; ++i) {
      strength[i] *= config_.weakest + width * random.uniform();
    }
  }
  if (groups && random.uniform() < config_.weak_share) {
    const int count = random.uniform() < kTwoGroups ? 2 : 1;
    for (int i = 0; i < count; ++i) {
      const auto which =
          static_cast<std::size_t>(random.uniform() * static_cast<double>(config_.groups.size()));
      const double width = config_.strongest_group - config_.weakest_group;
      const double above = random.uniform();  // squared: the weaker, the more often
      const double left = config_.weakest_group + width * above * above;
      for (const int muscle : config_.groups[which]) {
        strength[muscle] *= left;
      }
    }
  }
}

void MuscleCondition::begin(EpisodeRandom& random, double* kept) const {
  weaken(random, kept);
  for (int i = 0; i < num_muscles_; ++i) {
    tired(kept)[i] =
        config_.most_tired == 0.0
            ? 0.0
            : config_.least_tired + (config_.most_tired - config_.least_tired) * random.uniform();
  }
}

bool MuscleCondition::whole(const double* kept) const {
  bool all = true;
  for (int i = 0; i < num_muscles_; ++i) {
    all &= kept[i] == 1.0;
    all &= kept[num_muscles_ + i] == 0.0;
  }
  return all;
}

void MuscleCondition::capacity(const double* kept, double* out) const {
  for (int i = 0; i < num_muscles_; ++i) {
    out[i] = share(kept[i]) * (1.0 - share(tired(kept)[i]));
  }
}

void MuscleCondition::limit(std::vector<double> mean, std::vector<double> components) {
  const auto muscles = static_cast<std::size_t>(num_muscles_);
  if ((!mean.empty() && mean.size() != muscles) || components.size() % muscles != 0) {
    throw std::invalid_argument("a mean and components of " + std::to_string(muscles) +
                                " muscles are needed");
  }
  mean_ = std::move(mean);
  components_ = std::move(components);
}

void MuscleCondition::apply(const double* capacity, double* excitation) const {
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
  for (int i = 0; i < num_muscles_; ++i) {
    excitation[i] *= capacity[i];
  }
}

void MuscleCondition::tire(const mjModel* model, const mjData* data, double seconds,
                           double* kept) const {
  if (!(speed(kept) > 0.0)) {
    return;
  }
  for (int i = 0; i < num_muscles_; ++i) {
    const FatigueRates& rates = config_.fatigue[i];
    const double strength = share(kept[i]);
    const double act = data->act[model->actuator_actadr[i]];
    const double active = strength > 0.0 ? std::min(act / strength, 1.0) : 0.0;
    const double recovery = active <= kRest ? rates.at_rest * rates.recovery : rates.recovery;
    double& part = tired(kept)[i];
    part = share(part + speed(kept) * seconds * (rates.tiring * active - recovery * part));
  }
}

}  // namespace kinesis
