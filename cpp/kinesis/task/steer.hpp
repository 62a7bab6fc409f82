// The steering task: move at a commanded velocity, facing a commanded way.
#pragma once

#include <numbers>
#include <vector>

#include "kinesis/task/guided.hpp"

namespace kinesis {

// A command from a time of the episode on. Angles count from the facing at its start, to the left.
struct SteerCommand {
  double time;       // s
  double speed;      // m/s
  double direction;  // rad, of the velocity
  double facing;     // rad
};

struct SteerConfig {
  GuidedConfig guided;
  // In order of time; without any, commands are drawn.
  std::vector<SteerCommand> schedule;
  double interval = 3.0;     // s after which another command is drawn; 0: the first one stays
  double least_speed = 0.0;  // m/s, of what is drawn to go where it faces,
  double top_speed = 1.5;    // and the most of it,
  double top_sideways_speed = 0.6;  // and of that which faces another way than it goes
  double standing = 0.15;           // share of drawn commands that are to stand
  double sideways = 0.3;            // share that face another way than they go
  double turn = std::numbers::pi;   // rad, by which the next direction differs at most
  double follow_weight = 0.5;       // of imitation's reward
  double velocity_weight = 0.35;    // of exp(-velocity_scale (velocity error)^2), m/s
  double velocity_scale = 4.0;
  double facing_weight = 0.15;  // of exp(-facing_scale (facing error)^2), rad
  double facing_scale = 4.0;
  double stride = 0.5;  // s, time constant of the mean velocity that is compared
};

// Reports, after imitation's figures, the reward terms velocity and facing, and the measures
// speed_error (m/s), direction_error (rad, 0 where it is to stand) and facing_error (rad).
//
// Keeps command: the velocity, m/s in the world, and the facing, rad, which may be written from
// outside and stays where nothing is drawn or scheduled after; mean_velocity, the root's, low-pass
// filtered with the time constant stride; and what commands are drawn from.
class SteerTask : public GuidedTask {
 public:
  SteerTask(const MotionTable* clips, const SteerConfig& config);

  void substep(const Body& body, const Substep& step, double* kept) const override;

 protected:
  void begin_own(const Body& body, EpisodeRandom& random, double* own) const override;
  Command command(const Body& body, const Clock& clock, double* own) const override;
  void judge_own(const Body& body, double* own, Outcome* outcome, double* figures) const override;

  // What is kept of this task begins here, in a row of the task's own columns.
  struct Own {  // the task's columns, in the order of the layout
    double command[3];
    double mean_velocity[2];
    double start_facing;
    double seed;   // of the commands of this episode, a whole number
    double drawn;  // commands so far
  };
  static constexpr int kOwnColumns = sizeof(Own) / sizeof(double), kOwnFigures = 5;

 private:
  void draw(Own& own) const;
  static void take(double speed, double direction, double facing, Own& own);

  SteerConfig config_;
};

}  // namespace kinesis
