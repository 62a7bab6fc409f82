// Tasks in which a body is told where to go: it follows a motion that is planned for it.
#pragma once

#include <memory>
#include <vector>

#include "kinesis/motion/laid_motion.hpp"
#include "kinesis/motion/motion_planner.hpp"
#include "kinesis/task/imitation.hpp"

namespace kinesis {

struct GuidedConfig {
  ImitationConfig imitation;  // how the planned motion is followed
  MatchingConfig matching;
  PlannerConfig planner;
  // What is planned is laid on slopes by, and on uneven ground; may be null.
  std::shared_ptr<const PlantedLegs> legs;
  std::shared_ptr<const GroundField> ground;
  double blend_time = 0.1;               // s, see PlannedMotion
  double fall_height = 0.7;              // m of the root, under which the body has fallen
  double control_timestep = 1.0 / 30.0;  // s
};

// What tasks with a planned motion share: the policy sees what it sees in imitation, so that one
// that follows motions can be told where to go without having learned to; it is lost where it
// falls or imitation's distance is exceeded.
//
// Kept: the motion's plan and what imitation keeps, the planner's columns, then the task's own.
class GuidedTask : public Task {
 public:
  // Borrows the clips.
  GuidedTask(const MotionTable* clips, const GuidedConfig& config);

  const Reference& reference() const override { return *followed_; }
  const Layout& observation() const override { return follow_.observation(); }
  const Layout& kept() const override { return kept_; }
  const std::vector<Figure>& figures() const override { return figures_; }

  void begin(const Body& body, EpisodeRandom& random, Moment* now, double* kept) const override;
  void substep(const Body& body, const Substep& step, double* kept) const override;
  void advance(const Clock& clock, const double* kept, Moment* now) const override;
  void plan(const Body& body, const Clock& clock, Moment* now, double* kept) const override;
  void prefetch(const Moment& later, const double* kept) const override;
  void observe(const Body& body, const Moment& next, const double* kept, float* out) const override;
  Outcome judge(const Body& body, const Moment& now, double* kept, double* figures) const override;

 protected:
  // Where the body's root is on the floor, and which way it faces.
  Stance root_of(const Body& body) const;

  // The task's own part. own: its columns.
  virtual void begin_own(const Body& body, EpisodeRandom& random, double* own) const = 0;
  virtual Command command(const Body& body, const Clock& clock, double* own) const = 0;
  // Judges further, given what came of following; figures: those after imitation's.
  virtual void judge_own(const Body& body, double* own, Outcome* outcome,
                         double* figures) const = 0;

  int follow_figures() const { return static_cast<int>(follow_.figures().size()); }
  double* own_columns(double* kept) const { return kept + own_begin(); }
  const double* own_columns(const double* kept) const { return kept + own_begin(); }
  Layout kept_;                  // constructors add theirs
  std::vector<Figure> figures_;  // constructors add theirs

 private:
  double* plan_columns(double* kept) const { return kept + plan_begin_; }
  const double* plan_columns(const double* kept) const { return kept + plan_begin_; }
  double* planner_columns(double* kept) const { return kept + follow_.kept().size(); }
  int own_begin() const { return follow_.kept().size() + planner_.kept().size(); }

  GuidedConfig config_;
  MotionPlanner planner_;
  std::unique_ptr<const LaidMotion> laid_;  // where there are legs
  const Reference* followed_;
  int plan_begin_;  // where the planned motion's own plan begins
  ImitationTask follow_;
};

}  // namespace kinesis
