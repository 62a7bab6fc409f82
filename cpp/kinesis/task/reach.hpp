// The reaching task: get to a place on the floor and stay there.
#pragma once

#include <vector>

#include "kinesis/task/guided.hpp"

namespace kinesis {

// A place on the floor, seen from where the body stands and faces at the start.
struct Place {
  double ahead;  // m
  double left;   // m
};

enum class GoalObservation {
  kPlan,     // the planned motion, as in imitation
  kKinesis,  // the goal alone, in imitation's layout
};

struct ReachConfig {
  GuidedConfig guided;
  // Where goals are. Without places, drawn from a square of this half width around a point that
  // lies so far from the start, along the world's axes; else drawn from places; or, where these are
  // waypoints, one after the other.
  std::vector<Place> places;
  bool waypoints = false;
  double half_width = 2.0;                      // m
  std::vector<double> centre = {-0.71, -0.68};  // m from the start
  double height = 0.94;                         // m of the goal, that kKinesis shows
  double radius = 0.1;                          // m within which the goal is reached
  double hold = 0.0;                     // s of standing there that end the episode; 0: never
  double top_speed = 1.5;                // m/s, of the plan
  double arrival_time = 0.35;            // s, of the spring that comes to the goal
  double top_speed_aside = 0.5;          // m/s, where it faces across or away
  double turning_distance = 0.7;         // m, beyond which the plan turns to a goal ahead,
  double turning_distance_behind = 1.0;  // and to one behind
  GoalObservation observation = GoalObservation::kPlan;
  double follow_weight = 0.0;     // of imitation's reward
  double progress_weight = 16.0;  // of metres gained in a control step
  double energy_weight = 0.1;     // of imitation's terms
  double upright_weight = 0.1;
  double arrived_weight = 100.0;  // of being within radius
};

// The protocol of KINESIS (Simos et al. 2025, arXiv 2503.14637) by default: a goal in a square of
// 4 m, the reward
//
//   16 (d_last - d) + 0.1 energy + 0.1 upright + 100 [d < 0.1 m],   d: planar distance to the goal,
//
// and success where d < 0.1 m when time is up (max_episode_steps: 150, 5 s).
//
// Reports, after imitation's figures, the reward terms progress (m) and arrived (0 or 1), and the
// measures goal_distance (m) and held (s within radius, without a break). Keeps goal, m in the
// world, which may be written from outside between any two steps; and what follows from it.
class ReachTask final : public GuidedTask {
 public:
  ReachTask(const MotionTable* clips, const ReachConfig& config);

  void observe(const Body& body, const Moment& next, const double* kept, float* out) const override;

 protected:
  void begin_own(const Body& body, EpisodeRandom& random, double* own) const override;
  Command command(const Body& body, const Clock& clock, double* own) const override;
  void judge_own(const Body& body, double* own, Outcome* outcome, double* figures) const override;

 private:
  struct Own {  // the task's columns, in the order of the layout
    double goal[2];
    double last_place[2];  // of the root, at the last control step
    double held;
    double facing;  // that the plan keeps near the goal
    double start[3];
    double waypoint;
  };
  void aim(const Place& place, Own& own) const;

  ReachConfig config_;
};

}  // namespace kinesis
