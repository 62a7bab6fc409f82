#include "kinesis/motion/motion_planner.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace kinesis {
namespace {

// Seconds of a clip under which it is left whatever follows: what a preview of a second reads.
constexpr double kLeast = 1.05;

// s, of the steps in which what a command leads to is looked ahead.
constexpr double kLook = 0.1;

// Where the root is after so many seconds, and which way it faces.
Stance look_ahead(const Command& command, const Springs& springs, Steering on, double seconds) {
  double left = seconds;
  while (left > 1e-9) {
    on.advance(command, springs, on.facing, std::min(left, kLook));
    left -= kLook;
  }
  return {on.place[0], on.place[1], on.facing};
}

}  // namespace

MotionPlanner::MotionPlanner(const MotionTable* clips, const MatchingConfig& matching,
                             const PlannerConfig& config, double blend_time)
    : motion_(clips, matching.quaternion_address, blend_time),
      matching_(clips, matching),
      config_(config) {
  layout_.append("steer_velocity", 2);
  layout_.append("steer_acceleration", 2);
  layout_.append("steer_facing", 1);
  layout_.append("steer_turn_rate", 1);
  layout_.append("plan_search_in", 1);
}

int MotionPlanner::workspace_size() const {
  return motion_.workspace_size() + matching_.workspace_size() + matching_.query_size();
}

void MotionPlanner::begin(const Moment& at, double* plan, double* kept, double* work) const {
  motion_.start_plan(at, 0.0, plan);
  const Stance now = matching_.stance(motion_, at, plan, work);
  const double* qvel =
      work + motion_.nq() + matching_.config().quaternion_address - 3;  // see stance
  std::copy_n(qvel, 2, column(kVelocity, kept));
  std::fill_n(column(kAcceleration, kept), 2, 0.0);
  *column(kFacing, kept) = now.facing;
  *column(kTurnRate, kept) = 0.0;
  *column(kSearch, kept) = 0.0;
}

Steering MotionPlanner::steering(const Stance& root, double* kept) const {
  const double* v = column(kVelocity, kept);
  const double* a = column(kAcceleration, kept);
  return {{root.x, root.y},
          {v[0], v[1]},
          {a[0], a[1]},
          *column(kFacing, kept),
          *column(kTurnRate, kept)};
}

void MotionPlanner::update(const Command& command, const double* body, double elapsed,
                           double timestep, Moment* now, double* plan, double* kept,
                           double* work) const {
  const Stance root = matching_.stance(motion_, *now, plan, work);
  Steering on = steering(root, kept);
  on.advance(command, config_.springs, root.facing, timestep);
  std::copy_n(on.velocity, 2, column(kVelocity, kept));
  std::copy_n(on.acceleration, 2, column(kAcceleration, kept));
  *column(kFacing, kept) = on.facing;
  *column(kTurnRate, kept) = on.turn_rate;

  const double off = std::remainder(*column(kFacing, kept) - root.facing, 2.0 * std::numbers::pi);
  const double most = config_.turn * timestep;
  Placement by;
  by.yaw = std::clamp(off, -most, most);
  const double behind[2] = {body[0] - root.x, body[1] - root.y};
  const double distance = std::hypot(behind[0], behind[1]);
  if (distance > config_.leash) {
    const double pull =
        (1.0 - config_.leash / distance) * (1.0 - std::exp(-timestep / config_.follow_time));
    by.x = pull * behind[0];
    by.y = pull * behind[1];
  }
  if (command.target != nullptr) {
    const double to[2] = {command.target[0] - root.x, command.target[1] - root.y};
    const double far = std::hypot(to[0], to[1]);
    const bool near = far < config_.homing_distance && far > 0.0;
    if (near && !matching_.stands(motion_, *now, plan, work)) {
      const double part = std::min(1.0, config_.homing_speed * timestep / far);
      by.x += part * to[0];
      by.y += part * to[1];
    }
  }
  const double about[2] = {root.x, root.y};
  motion_.shift(by, about, plan);

  double* search_in = column(kSearch, kept);
  *search_in -= timestep;
  if (*search_in <= 0.5 * timestep || matching_.left(*now) < kLeast) {
    *search_in = config_.search_interval;
    search(command, elapsed, now, plan, kept, work);
  }
}

void MotionPlanner::search(const Command& command, double elapsed, Moment* now, double* plan,
                           double* kept, double* work) const {
  const std::vector<double>& ahead = matching_.config().ahead;
  const Stance root = matching_.stance(motion_, *now, plan, work);
  const Steering on = steering(root, kept);
  Stance path[16];
  for (std::size_t i = 0; i < ahead.size(); ++i) {
    path[i] = look_ahead(command, config_.springs, on, ahead[i]);
  }
  auto* query = reinterpret_cast<float*>(work);
  double* rest = work + matching_.query_size();
  matching_.describe(motion_, *now, plan, path, rest, query);
  float limit = std::numeric_limits<float>::max();
  if (matching_.left(*now) >= kLeast) {
    limit = matching_.cost_of(*now, query, rest) - static_cast<float>(config_.stay);
  }
  MotionMatching::Match best = matching_.find(query, limit, *now, config_.near);
  if (best.cost < limit) {
    if (matching_.stands(motion_, *now, plan, rest)) {
      best.moment.time = std::max(0.0, best.moment.time - config_.start_lead);
    }
    motion_.join(*now, best.moment, elapsed, plan, rest);
    *now = best.moment;
    *column(kSearch, kept) = std::max(config_.dwell, config_.search_interval);
  }
}

}  // namespace kinesis
