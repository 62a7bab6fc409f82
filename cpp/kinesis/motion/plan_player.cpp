#include "kinesis/motion/plan_player.hpp"

#include <algorithm>

namespace kinesis {

PlanPlayer::PlanPlayer(const MotionTable* clips, const MatchingConfig& matching,
                       const PlannerConfig& config, double blend_time, double timestep,
                       int frames_a_step)
    : planner_(clips, matching, config, blend_time),
      timestep_(timestep),
      frames_a_step_(frames_a_step),
      plan_(planner_.motion().plan().size()),
      kept_(planner_.kept().size()),
      work_(planner_.workspace_size()),
      velocities_(clips->nv()) {}

void PlanPlayer::begin(const Moment& at) {
  positions_.clear();
  elapsed_ = 0.0;
  now_ = at;
  planner_.begin(at, plan_.data(), kept_.data(), work_.data());
  keep(at);
}

void PlanPlayer::advance(const Command& command) {
  for (int frame = 1; frame < frames_a_step_; ++frame) {
    keep(planner_.at(elapsed_ + timestep_ * frame / frames_a_step_, plan_.data()));
  }
  elapsed_ += timestep_;
  now_ = planner_.at(elapsed_, plan_.data());
  const Stance before =
      planner_.matching().stance(planner_.motion(), now_, plan_.data(), work_.data());
  const double body[2] = {before.x, before.y};
  planner_.update(command, body, elapsed_, timestep_, &now_, plan_.data(), kept_.data(),
                  work_.data());
  keep(now_);
}

void PlanPlayer::keep(const Moment& at) {
  const PlannedMotion& motion = planner_.motion();
  positions_.resize(positions_.size() + motion.nq());
  motion.joint_state(at, plan_.data(), positions_.data() + positions_.size() - motion.nq(),
                     velocities_.data());
  const int root = planner_.matching().config().quaternion_address - 3;
  std::copy_n(velocities_.data() + root, 2, velocity_);
  root_ = planner_.matching().stance(motion, at, plan_.data(), work_.data());
}

}  // namespace kinesis
