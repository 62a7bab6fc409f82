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
      row_(std::max({clips->nq() + clips->nv(), 6 * clips->num_tracked(), clips->num_torques(),
                     clips->num_muscles()})) {}

void PlanPlayer::begin(const Moment& at) {
  frames_ = {};
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
  const double* plan = plan_.data();
  double* row = row_.data();
  const auto add = [&](std::vector<float>& to, const double* from, int count) {
    to.insert(to.end(), from, from + count);
  };
  motion.joint_state(at, plan, row, row + motion.nq());
  add(frames_.qpos, row, motion.nq());
  add(frames_.qvel, row + motion.nq(), motion.nv());
  std::copy_n(row + motion.nq() + planner_.matching().config().quaternion_address - 3, 2,
              velocity_);
  const int tracked = 3 * motion.num_tracked();
  motion.tracked_state(at, plan, row, row + tracked);
  add(frames_.tracked_pos, row, tracked);
  add(frames_.tracked_vel, row + tracked, tracked);
  if (motion.num_torques() > 0) {
    motion.torque(at, plan, row);
    add(frames_.torque, row, motion.num_torques());
    motion.activation(at, plan, row);
    add(frames_.activation, row, motion.num_muscles());
    motion.excitation(at, plan, row);
    add(frames_.excitation, row, motion.num_muscles());
  }
  root_ = planner_.matching().stance(motion, at, plan, work_.data());
  ++frames_.count;
}

}  // namespace kinesis
