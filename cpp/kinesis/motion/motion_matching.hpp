// Which moment of all clips fits best what a body does now and where it is to go.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "kinesis/motion/motion_table.hpp"

namespace kinesis {

// Weights of the groups of features, whose spread over all clips counts as 1.
struct MatchingWeights {
  double path = 3.0;           // where the root will be,
  double facing = 3.0;         // and which way it will face
  double feet = 1.5;           // where the feet are,
  double feet_velocity = 2.0;  // and how they move
  double velocity = 2.0;       // of the root
};

struct MatchingConfig {
  int quaternion_address = 3;                     // of the root's in qpos
  std::array<double, 3> forward = {1, 0, 0};      // which way the root faces, in its own axes
  std::vector<int> feet;                          // tracked bodies, indices among them
  std::vector<double> ahead = {0.33, 0.67, 1.0};  // s, of path and facing
  double frame_rate = 30.0;                       // Hz, at which clips are looked through
  double remaining = 1.2;                         // s of a clip that must be left
  MatchingWeights weights;
};

// Where a root is and faces, on the floor.
struct Stance {
  double x;
  double y;
  double facing;  // rad, yaw
};

// Motion matching (Clavet 2016, "Motion matching and the road to next-gen animation"): every moment
// of the clips described by features, and the nearest description found. Features are, in the axes
// of the root's facing: the root's path and facing at some times ahead (2 numbers each); positions
// and velocities of the feet (3 each), positions relative to the root's place on the floor; the
// root's velocity (3). Each group is divided by its spread.
//
// The search is exact; boxes around runs of 16 and 64 moments leave most of them out (Holden 2020).
// Immutable after construction.
class MotionMatching {
 public:
  // Borrows the clips. Throws std::invalid_argument where no clip is long enough.
  MotionMatching(const MotionTable* clips, const MatchingConfig& config);

  const MatchingConfig& config() const { return config_; }
  int num_moments() const { return static_cast<int>(moments_.size()); }
  int query_size() const { return width_; }
  // Seconds left of a clip from a moment on.
  double left(const Moment& at) const { return clips_->duration(at.clip) - at.time; }

  // Where the root of a motion is at a moment. work (workspace_size()).
  Stance stance(const Reference& motion, const Moment& at, const double* plan, double* work) const;
  // Whether it stands: its root and its feet are slower than 0.1 m/s.
  bool stands(const Reference& motion, const Moment& at, const double* plan, double* work) const;
  int workspace_size() const { return clips_->nq() + clips_->nv() + 6 * clips_->num_tracked(); }

  // Describes what a motion does at a moment, and a path (ahead.size()) that it is to take, in the
  // world. query (query_size()).
  void describe(const Reference& motion, const Moment& at, const double* plan, const Stance* path,
                double* work, float* query) const;

  // Squared distance of a clip's going on from a moment to a query.
  float cost_of(const Moment& at, const float* query, double* work) const;

  struct Match {
    Moment moment;
    float cost;
  };
  // The nearest moment, the first of equals, of all but those within near seconds of one; none
  // under limit leaves limit as its cost.
  Match find(const float* query, float limit, const Moment& not_here = {-1, 0.0},
             double near = 0.0) const;

 private:
  static constexpr int kSmall = 16;  // moments in a box
  static constexpr int kLarge = 64;  // and in one around four of these

  void raw_features(const Reference& motion, const Moment& at, const double* plan,
                    const Stance* path, double* work, double* out) const;
  void path_of(const Moment& at, double* work, Stance* path) const;
  void normalise(const double* raw, float* out) const;
  void collect_moments();
  void measure_spread(const std::vector<double>& raw);
  void make_boxes(int length, std::vector<float>& low, std::vector<float>& high) const;

  const MotionTable* clips_;
  MatchingConfig config_;
  int features_;  // numbers that describe a moment
  int width_;     // the same, filled up
  std::vector<Moment> moments_;
  std::vector<double> mean_, scale_;                                    // (features)
  std::vector<float> rows_;                                             // (moments x width)
  std::vector<float> small_low_, small_high_, large_low_, large_high_;  // (boxes x width)
};

}  // namespace kinesis
