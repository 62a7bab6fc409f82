// A reference made up as it goes: clips chosen and joined so that a body goes where it is told.
#pragma once

#include "kinesis/motion/motion_matching.hpp"
#include "kinesis/motion/planned_motion.hpp"
#include "kinesis/motion/steering.hpp"

namespace kinesis {

struct PlannerConfig {
  Springs springs;
  double search_interval = 0.1;  // s between looks for something better
  double dwell = 0.6;            // s after a transition in which there is none
  double near = 0.5;             // s of the same clip before and after now that are no better
  double stay = 1.0;             // how much better, in units of features' spread squared
  double start_lead = 0.1;       // s before what is found, at which a clip is entered from standing
  double turn = 0.1;             // rad/s at most, by which what is played is turned to face right
  double follow_time = 0.5;      // s, in which what is played moves to where the body is,
  double leash = 0.1;            // m, as far as it is further off than this
  double homing_speed = 0.15;    // m/s, at which what is played moves onto a target
  double homing_distance = 0.4;  // m, within which it does, while it steps
};

// A planned motion for a command. All that it knows of an environment lies in the motion's plan and
// in its own columns kept().
//
// Every search_interval (after a transition, dwell), and before a clip ends, the moment of all
// clips is found that is nearest to what the reference does now and to the path that the command
// asks for (MotionMatching); where it is nearer than going on by more than stay, the reference goes
// over into it; from standing start_lead earlier, since a body shifts its weight before its root
// goes where it is told, and the root is what is matched. In between, what is played is turned
// slowly about its root towards the facing that is wanted, and drawn after a body that was left
// behind.
//
// Immutable after construction.
class MotionPlanner {
 public:
  // Borrows the clips.
  MotionPlanner(const MotionTable* clips, const MatchingConfig& matching,
                const PlannerConfig& config, double blend_time);

  const PlannedMotion& motion() const { return motion_; }
  const MotionMatching& matching() const { return matching_; }
  const Layout& kept() const { return layout_; }
  int workspace_size() const;

  // Begins with a clip as it lies, at the velocity and facing that it has there.
  void begin(const Moment& at, double* plan, double* kept, double* work) const;
  // The moment to read so many seconds after the episode began.
  Moment at(double elapsed, const double* plan) const { return motion_.at(elapsed, plan); }
  // Plans on, timestep after the last call: now is the moment of the state that the body is in,
  // body the place of its root (2). May move now.
  void update(const Command& command, const double* body, double elapsed, double timestep,
              Moment* now, double* plan, double* kept, double* work) const;

 private:
  enum Column { kVelocity, kAcceleration, kFacing, kTurnRate, kSearch };
  Steering steering(const Stance& root, double* kept) const;
  double* column(Column which, double* kept) const { return kept + layout_[which].begin; }
  void search(const Command& command, double elapsed, Moment* now, double* plan, double* kept,
              double* work) const;

  PlannedMotion motion_;
  MotionMatching matching_;
  PlannerConfig config_;
  Layout layout_;
};

}  // namespace kinesis
