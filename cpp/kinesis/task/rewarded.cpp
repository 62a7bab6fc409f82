#include "kinesis/task/rewarded.hpp"

#include <algorithm>
#include <stdexcept>

namespace kinesis {

RewardedTask::RewardedTask(std::shared_ptr<const Task> task,
                           const std::vector<std::pair<std::string, double>>& weights)
    : task_(std::move(task)), figures_(task_->figures()) {
  for (const auto& [name, weight] : weights) {
    const auto& all = RewardTerm::all();
    const auto term = std::find_if(all.begin(), all.end(),
                                   [&](const RewardTerm& known) { return known.name == name; });
    if (term == all.end()) {
      throw std::invalid_argument("there is no reward term " + name);
    }
    for (const Figure& figure : figures_) {
      if (figure.name == name) {
        throw std::invalid_argument("the task has a figure " + name + " already");
      }
    }
    terms_.push_back({term->value, weight});
    figures_.push_back({name, true});
  }
}

Outcome RewardedTask::judge(const Body& body, const Moment& now, double* kept,
                            double* figures) const {
  Outcome outcome = task_->judge(body, now, kept, figures);
  double* figure = figures + task_->figures().size();
  for (const Weighted& term : terms_) {
    *figure = term.value(body, task_->reference(), now);
    outcome.reward += term.weight * *figure++;
  }
  return outcome;
}

}  // namespace kinesis
