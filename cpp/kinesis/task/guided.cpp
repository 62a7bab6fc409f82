#include "kinesis/task/guided.hpp"

#include <cmath>

#include "kinesis/base/small_vector.hpp"

namespace kinesis {

GuidedTask::GuidedTask(const MotionTable* clips, const GuidedConfig& config)
    : config_(config),
      planner_(clips, config.matching, config.planner, config.blend_time),
      laid_(config.legs == nullptr
                ? nullptr
                : std::make_unique<LaidMotion>(&planner_.motion(), config.legs, config.ground)),
      followed_(laid_ == nullptr ? static_cast<const Reference*>(&planner_.motion()) : laid_.get()),
      plan_begin_(followed_->plan().size() - planner_.motion().plan().size()),
      follow_(followed_, config.imitation) {
  kept_.append(follow_.kept());
  kept_.append(planner_.kept());
  figures_ = follow_.figures();
}

Stance GuidedTask::root_of(const Body& body) const {
  const int root = config_.imitation.root_body;
  const mjtNum* pos = body.data->xpos + 3 * root;
  double forward[3];
  rotate3(body.data->xmat + 9 * root, config_.matching.forward.data(), forward);
  return {pos[0], pos[1], std::atan2(forward[1], forward[0])};
}

void GuidedTask::begin(const Body& body, EpisodeRandom& random, Moment* now, double* kept) const {
  mj_markStack(body.data);
  double* work = mj_stackAllocNum(body.data, planner_.workspace_size());
  planner_.begin(*now, plan_columns(kept), planner_columns(kept), work);
  mj_freeStack(body.data);
  begin_own(body, random, own_columns(kept));
}

void GuidedTask::substep(const Body& body, const Substep& step, double* kept) const {
  follow_.substep(body, step, kept);
}

void GuidedTask::advance(const Clock& clock, const double* kept, Moment* now) const {
  *now = planner_.at(clock.control_step * clock.control_timestep, plan_columns(kept));
}

void GuidedTask::plan(const Body& body, const Clock& clock, Moment* now, double* kept) const {
  const Command wanted = command(body, clock, own_columns(kept));
  mj_markStack(body.data);
  double* work = mj_stackAllocNum(body.data, planner_.workspace_size());
  const mjtNum* root = body.data->xpos + 3 * config_.imitation.root_body;
  double place[2] = {root[0], root[1]};
  if (laid_ != nullptr) {
    laid_->upright_place(kept, root[2], place);
  }
  planner_.update(wanted, place, clock.control_step * clock.control_timestep,
                  clock.control_timestep, now, plan_columns(kept), planner_columns(kept), work);
  mj_freeStack(body.data);
}

void GuidedTask::prefetch(const Moment& later, const double* kept) const {
  follow_.prefetch(later, kept);
}

void GuidedTask::observe(const Body& body, const Moment& next, const double* kept,
                         float* out) const {
  follow_.observe(body, next, kept, out);
}

Outcome GuidedTask::judge(const Body& body, const Moment& now, double* kept,
                          double* figures) const {
  Outcome outcome = follow_.judge(body, now, kept, figures);
  const double height = body.data->xpos[3 * config_.imitation.root_body + 2];
  outcome.terminated |= height - body.ground < config_.fall_height;
  judge_own(body, own_columns(kept), &outcome, figures + follow_.figures().size());
  return outcome;
}

}  // namespace kinesis
