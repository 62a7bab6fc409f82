// The imitation task: what the policy sees of the reference, how it is paid, when it has lost.
// Terms and defaults are those of KINESIS (Simos et al. 2025, arXiv 2503.14637).
#pragma once

#include <mujoco/mujoco.h>

#include <array>
#include <vector>

#include "kinesis/base/named_slice.hpp"
#include "kinesis/motion/motion_table.hpp"

namespace kinesis {

// Unweighted reward terms, in the order in which they are reported.
enum RewardTerm { kPos, kVel, kUpright, kEnergy, kPrior, kNumRewardTerms };
using RewardTerms = std::array<double, kNumRewardTerms>;
inline constexpr std::array<const char*, kNumRewardTerms> kRewardTermNames = {
    "pos", "vel", "upright", "energy", "prior"};

struct RewardConfig {
  RewardTerms weight = {0.6, 0.2, 0.1, 0.1, 0.0};
  RewardTerms scale = {200.0, 5.0, 3.0, 0.05, 30.0};  // in the exponents
};

enum class TerminationRule {
  kAnyBody,   // any tracked body further from its reference than the distance
  kMeanBody,  // the mean distance of the tracked bodies over it
};

struct ImitationConfig {
  std::vector<int> tracked_bodies;           // (K) body ids, in the order of the motion table
  std::vector<int> linear_velocity_sensors;  // (K) frame sensors at their origins, world axes
  RewardConfig reward;
  TerminationRule termination = TerminationRule::kAnyBody;
  double termination_distance = 0.15;  // m
};

// One frame of the tracked bodies against their reference.
struct TrackingResult {
  RewardTerms terms;     // unweighted
  double reward;         // weighted sum
  double mean_distance;  // m, over the tracked bodies
  bool terminated;
};

class ImitationTask {
 public:
  explicit ImitationTask(const ImitationConfig& config) : config_(config) {}

  // Width of the task's part of the observation: 9 numbers for each tracked body.
  int observation_size() const { return 9 * num_tracked(); }
  std::vector<NamedSlice> layout(int begin) const;

  // Writes reference minus body position and velocity, and the reference position relative to
  // the root, in the heading frame. pos, vel: (K x 3) reference, world frame.
  void observe(const mjModel* model, const mjData* data, int root, const double* pos,
               const double* vel, float* out) const;

  // Reward and termination against a reference at the same time as data. energy: the mean over
  // substeps of energy_of(). activation (muscles): the muscle prior's, or null: its term is 0.
  TrackingResult evaluate(const mjModel* model, const mjData* data, int root, const double* pos,
                          const double* vel, double energy, const double* activation) const;

  // exp(-scale (|u|_1 + |u|_2)) of excitations u (count).
  double energy_of(const double* excitation, int count) const;

  int num_tracked() const { return static_cast<int>(config_.tracked_bodies.size()); }

 private:
  ImitationConfig config_;
};

}  // namespace kinesis
