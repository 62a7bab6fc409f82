// A planned motion played by itself, with no body that follows it, and kept frame by frame.
#pragma once

#include <vector>

#include "kinesis/motion/motion_planner.hpp"

namespace kinesis {

// Plays what MotionPlanner plans, as tasks do whose body is exactly where the plan is. Of one
// thread at a time.
class PlanPlayer {
 public:
  // Borrows the clips. Plans every timestep seconds and keeps frames_a_step frames of each.
  PlanPlayer(const MotionTable* clips, const MatchingConfig& matching, const PlannerConfig& config,
             double blend_time, double timestep, int frames_a_step);

  const MotionTable& clips() const { return planner_.motion().clips(); }

  // Begins with a clip as it lies; forgets what was played, and keeps this frame.
  void begin(const Moment& at);
  // Goes on for a timestep.
  void advance(const Command& command);

  // Where the root is and faces, and its velocity (2), m/s.
  Stance root() const { return root_; }
  const double* velocity() const { return velocity_; }
  // Joint positions of what was played, (frames x nq).
  const std::vector<double>& positions() const { return positions_; }

 private:
  void keep(const Moment& at);

  MotionPlanner planner_;
  double timestep_;
  int frames_a_step_;
  double elapsed_ = 0.0;
  Moment now_;
  Stance root_{};
  double velocity_[2]{};
  std::vector<double> plan_, kept_, work_, velocities_;
  std::vector<double> positions_;
};

}  // namespace kinesis
