#include "kinesis/task/reach.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>

#include "kinesis/base/typed_columns.hpp"
#include "kinesis/body/heading_frame.hpp"

namespace kinesis {

ReachTask::ReachTask(const MotionTable* clips, const ReachConfig& config)
    : GuidedTask(clips, config.guided), config_(config) {
  if (config.centre.size() != 2) {
    throw std::invalid_argument("the centre of goals has two coordinates");
  }
  if (config.waypoints && config.places.empty()) {
    throw std::invalid_argument("there are no waypoints to go to");
  }
  figures_.push_back({"progress", true});
  figures_.push_back({"arrived", true});
  figures_.push_back({"goal_distance", false});
  figures_.push_back({"held", false});
  append_columns<Own>(kept_, {{"goal", 2},
                              {"last_place", 2},
                              {"held", 1},
                              {"plan_facing", 1},
                              {"start_stance", 3},
                              {"waypoint", 1}});
}

void ReachTask::aim(const Place& place, Own& own) const {
  const double c = std::cos(own.start[2]), s = std::sin(own.start[2]);
  own.goal[0] = own.start[0] + c * place.ahead - s * place.left;
  own.goal[1] = own.start[1] + s * place.ahead + c * place.left;
}

void ReachTask::begin_own(const Body& body, EpisodeRandom& random, double* own) const {
  Own& mine = columns_as<Own>(own);
  const Stance root = root_of(body);
  mine.start[0] = root.x;
  mine.start[1] = root.y;
  mine.start[2] = root.facing;
  mine.facing = root.facing;
  mine.held = 0.0;
  mine.waypoint = 0.0;
  if (config_.places.empty()) {
    for (int axis = 0; axis < 2; ++axis) {
      mine.goal[axis] = mine.start[axis] + config_.centre[axis] +
                        (2.0 * random.uniform() - 1.0) * config_.half_width;
    }
  } else {
    const auto count = static_cast<double>(config_.places.size());
    const auto chosen =
        config_.waypoints ? std::size_t{0} : static_cast<std::size_t>(random.uniform() * count);
    aim(config_.places[chosen], mine);
  }
  mine.last_place[0] = root.x;
  mine.last_place[1] = root.y;
}

Command ReachTask::command(const Body& body, const Clock&, double* own) const {
  Own& mine = columns_as<Own>(own);
  const Stance root = root_of(body);
  const double to[2] = {mine.goal[0] - root.x, mine.goal[1] - root.y};
  const double distance = std::hypot(to[0], to[1]);
  const double way = std::atan2(to[1], to[0]);
  const double off =
      std::abs(std::remainder(way - root.facing, 2.0 * std::numbers::pi)) / std::numbers::pi;
  if (distance > (1.0 - off) * config_.turning_distance + off * config_.turning_distance_behind) {
    mine.facing = way;
  }
  const double across = std::min(1.0, 2.0 * off);
  const double speed = (1.0 - across) * config_.top_speed + across * config_.top_speed_aside;
  const double scale = distance > 1e-9 ? speed / distance : 0.0;
  return {{scale * to[0], scale * to[1]}, mine.facing, mine.goal, config_.arrival_time};
}

void ReachTask::judge_own(const Body& body, double* own, Outcome* outcome, double* figures) const {
  Own& mine = columns_as<Own>(own);
  const Stance root = root_of(body);
  const double before =
      std::hypot(mine.goal[0] - mine.last_place[0], mine.goal[1] - mine.last_place[1]);
  const double now = std::hypot(mine.goal[0] - root.x, mine.goal[1] - root.y);
  const double step = config_.guided.control_timestep;
  const bool arrived = now < config_.radius;
  mine.held = arrived ? mine.held + step : 0.0;
  const double* follow = figures - follow_figures();
  figures[0] = before - now;
  figures[1] = arrived ? 1.0 : 0.0;
  figures[2] = now;
  figures[3] = mine.held;
  mine.last_place[0] = root.x;
  mine.last_place[1] = root.y;
  outcome->reward = config_.follow_weight * outcome->reward + config_.progress_weight * figures[0] +
                    config_.arrived_weight * figures[1] + config_.energy_weight * follow[kEnergy] +
                    config_.upright_weight * follow[kUpright];
  const bool done = config_.hold > 0.0 && mine.held + 1e-9 >= config_.hold;
  if (!done) {
    return;
  }
  const auto next = static_cast<std::size_t>(mine.waypoint) + 1;
  if (config_.waypoints && next < config_.places.size()) {
    mine.waypoint = static_cast<double>(next);
    mine.held = 0.0;
    aim(config_.places[next], mine);
  } else {
    outcome->truncated = true;
  }
}

// Every tracked body's reference is the body itself, and the root's is the goal.
void ReachTask::observe(const Body& body, const Moment& next, const double* kept,
                        float* out) const {
  GuidedTask::observe(body, next, kept, out);
  if (config_.observation == GoalObservation::kPlan) {
    return;
  }
  const ImitationConfig& imitation = config_.guided.imitation;
  const mjData* data = body.data;
  const auto tracked = static_cast<int>(imitation.tracked_bodies.size());
  const HeadingFrame heading(data->xmat + 9 * imitation.root_body, body.rise);
  const mjtNum* root = data->xpos + 3 * imitation.root_body;
  const Own& mine = columns_as<Own>(own_columns(kept));
  std::fill_n(out, 6 * tracked, 0.0f);
  for (int i = 0; i < tracked; ++i) {
    const mjtNum* pos = data->xpos + 3 * imitation.tracked_bodies[i];
    float* local = out + 6 * tracked + 3 * i;
    if (imitation.tracked_bodies[i] == imitation.root_body) {
      heading.place(mine.goal[0] - root[0], mine.goal[1] - root[1], config_.height - root[2],
                    local);
      std::copy_n(local, 3, out + 3 * i);
    } else {
      heading.place(pos[0] - root[0], pos[1] - root[1], pos[2] - root[2], local);
    }
  }
}

}  // namespace kinesis
