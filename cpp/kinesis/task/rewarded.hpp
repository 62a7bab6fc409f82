// A task that pays more: another task, with reward terms of any task's beside its own.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kinesis/task/reward_term.hpp"
#include "kinesis/task/task.hpp"

namespace kinesis {

class RewardedTask : public Task {
 public:
  // weights: of terms by name. Throws std::invalid_argument for a term that is not known, or whose
  // name is that of a figure of the task.
  RewardedTask(std::shared_ptr<const Task> task,
               const std::vector<std::pair<std::string, double>>& weights);

  const Reference& reference() const override { return task_->reference(); }
  const Layout& observation() const override { return task_->observation(); }
  const Layout& kept() const override { return task_->kept(); }
  const std::vector<Figure>& figures() const override { return figures_; }
  void begin(const Body& body, EpisodeRandom& random, Moment* now, double* kept) const override {
    task_->begin(body, random, now, kept);
  }
  void substep(const Body& body, const Substep& step, double* kept) const override {
    task_->substep(body, step, kept);
  }
  bool substep_reads_body() const override { return task_->substep_reads_body(); }
  void advance(const Clock& clock, const double* kept, Moment* now) const override {
    task_->advance(clock, kept, now);
  }
  void plan(const Body& body, const Clock& clock, Moment* now, double* kept) const override {
    task_->plan(body, clock, now, kept);
  }
  void prefetch(const Moment& later, const double* kept) const override {
    task_->prefetch(later, kept);
  }
  void observe(const Body& body, const Moment& next, const double* kept,
               float* out) const override {
    task_->observe(body, next, kept, out);
  }
  Outcome judge(const Body& body, const Moment& now, double* kept, double* figures) const override;

 private:
  struct Weighted {
    RewardTerm::Function value;
    double weight;
  };

  std::shared_ptr<const Task> task_;
  std::vector<Weighted> terms_;
  std::vector<Figure> figures_;
};

}  // namespace kinesis
