// The imitation task: a body follows a reference motion. Terms and defaults are those of KINESIS
// (Simos et al. 2025, arXiv 2503.14637).
#pragma once

#include <array>
#include <vector>

#include "kinesis/task/task.hpp"

namespace kinesis {

// Unweighted reward terms, in the order in which they are reported.
enum ImitationTerm { kPos, kVel, kUpright, kEnergy, kPrior, kRot, kNumRewardTerms };
using RewardTerms = std::array<double, kNumRewardTerms>;

struct RewardConfig {
  RewardTerms weight = {0.6, 0.2, 0.1, 0.1, 0.0, 0.0};
  RewardTerms scale = {200.0, 5.0, 3.0, 0.05, 30.0, 20.0};  // in the exponents
};

enum class TerminationRule {
  kAnyBody,   // any tracked body further from its reference than the distance
  kMeanBody,  // the mean distance of the tracked bodies over it
};

struct ImitationConfig {
  int root_body = 1;                         // id, of a free joint; its heading is the frame
  std::vector<int> tracked_bodies;           // (K) body ids, in the order of the reference
  std::vector<int> linear_velocity_sensors;  // (K) frame sensors at their origins, world axes
  std::vector<double> preview;               // s past the next control step, see ImitationTask
  bool observe_root_rotation = false;
  RewardConfig reward;
  TerminationRule termination = TerminationRule::kAnyBody;
  double termination_distance = 0.15;  // m
};

// Observes, of every tracked body, reference minus body position and velocity, and the reference
// position relative to the root, one control step ahead and in the heading frame; and this last, in
// turn, at every time of the preview. The preview holds still at a clip's end. With
// observe_root_rotation, what turns the root into the reference's as a rotation vector, and
// reference minus root angular velocity, one control step ahead; and the first at every time of the
// preview; all in the heading frame.
//
// Reports the reward terms and mean_distance, m, of the tracked bodies to their reference. Keeps
// the reference's plan, then excitation_cost, the mean over the last control step's substeps of
// exp(-scale (|u|_1 + |u|_2)) of excitations u. Truncates past the end of the reference.
class ImitationTask final : public Task {
 public:
  // Borrows the reference, and what bodies are judged by, where that is another one (of the same
  // clips; it keeps no plan). Throws std::invalid_argument where they track other bodies.
  ImitationTask(const Reference* reference, const ImitationConfig& config,
                const Reference* judged = nullptr);

  const Reference& reference() const override { return *reference_; }
  const Layout& observation() const override { return observation_; }
  const Layout& kept() const override { return kept_; }
  const std::vector<Figure>& figures() const override { return figures_; }

  void begin(const Body& body, EpisodeRandom& random, Moment* now, double* kept) const override;
  void substep(const Body& body, const Substep& step, double* kept) const override;
  bool substep_reads_body() const override { return false; }
  void prefetch(const Moment& later, const double* kept) const override;
  void observe(const Body& body, const Moment& next, const double* kept, float* out) const override;
  Outcome judge(const Body& body, const Moment& now, double* kept, double* figures) const override;

 private:
  int num_tracked() const { return static_cast<int>(config_.tracked_bodies.size()); }
  int cost_column() const { return reference_->plan().size(); }
  // What turns the body's root into that of the reference's joint positions: a rotation vector,
  // world axes.
  void root_turn(const Body& body, const double* qpos, double* turn) const;
  void observe_root(const Body& body, const Moment& next, const double* kept, float* out) const;

  const Reference* reference_;
  const Reference* judged_;
  ImitationConfig config_;
  Layout observation_, kept_;
  std::vector<Figure> figures_;
};

}  // namespace kinesis
