#include "kinesis/task/steer.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <stdexcept>

#include "kinesis/base/typed_columns.hpp"

namespace kinesis {
namespace {

constexpr double kSeeds = 4294967296.0;  // 2^32
constexpr double kStands = 0.05;         // m/s, under which a command has no direction

double angle_between(double a, double b) { return std::remainder(a - b, 2.0 * std::numbers::pi); }

}  // namespace

SteerTask::SteerTask(const MotionTable* clips, const SteerConfig& config)
    : GuidedTask(clips, config.guided), config_(config) {
  for (std::size_t i = 1; i < config.schedule.size(); ++i) {
    if (!(config.schedule[i].time > config.schedule[i - 1].time)) {
      throw std::invalid_argument("the commands' times must rise");
    }
  }
  figures_.push_back({"velocity", true});
  figures_.push_back({"facing", true});
  figures_.push_back({"speed_error", false});
  figures_.push_back({"direction_error", false});
  figures_.push_back({"facing_error", false});
  append_columns<Own>(kept_, {{"command", 3},
                              {"mean_velocity", 2},
                              {"start_facing", 1},
                              {"command_seed", 1},
                              {"commands_drawn", 1}});
}

void SteerTask::begin_own(const Body& body, EpisodeRandom& random, double* own) const {
  Own& mine = columns_as<Own>(own);
  mine.start_facing = root_of(body).facing;
  mine.command[2] = mine.start_facing;
  mine.seed = std::floor(random.uniform() * kSeeds);
  mine.drawn = 0.0;
  const mjtNum* velocity =
      body.data->qvel + body.model->body_dofadr[config_.guided.imitation.root_body];
  std::copy_n(velocity, 2, mine.mean_velocity);
  if (config_.schedule.empty()) {
    draw(mine);
  } else {
    take(0.0, 0.0, 0.0, mine);
  }
}

void SteerTask::take(double speed, double direction, double facing, Own& own) {
  own.command[0] = speed * std::cos(own.start_facing + direction);
  own.command[1] = speed * std::sin(own.start_facing + direction);
  own.command[2] = own.start_facing + facing;
}

void SteerTask::draw(Own& own) const {
  EpisodeRandom random(static_cast<std::uint64_t>(own.seed), 0,
                       static_cast<std::uint64_t>(own.drawn));
  own.drawn += 1.0;
  const bool stands = random.uniform() < config_.standing;
  const double share = random.uniform();
  const double angle = 2.0 * std::numbers::pi * random.uniform();
  const bool sideways = random.uniform() < config_.sideways;
  // Where turns are bounded, from the facing that was commanded last.
  const double direction =
      config_.turn < std::numbers::pi
          ? own.command[2] - own.start_facing + config_.turn * (angle / std::numbers::pi - 1.0)
          : angle;
  const double facing = sideways ? 2.0 * std::numbers::pi * random.uniform() : direction;
  const double speed =
      sideways ? share * config_.top_sideways_speed
               : config_.least_speed + share * (config_.top_speed - config_.least_speed);
  take(stands ? 0.0 : speed, direction, facing, own);
}

Command SteerTask::command(const Body&, const Clock& clock, double* own) const {
  Own& mine = columns_as<Own>(own);
  const double elapsed = clock.control_step * clock.control_timestep;
  if (!config_.schedule.empty()) {
    for (const SteerCommand& next : config_.schedule) {
      if (next.time <= elapsed + 1e-9) {
        take(next.speed, next.direction, next.facing, mine);
      }
    }
  } else if (config_.interval > 0.0 && elapsed + 1e-9 >= mine.drawn * config_.interval) {
    draw(mine);
  }
  return {{mine.command[0], mine.command[1]}, mine.command[2]};
}

void SteerTask::substep(const Body& body, const Substep& step, double* kept) const {
  GuidedTask::substep(body, step, kept);
  Own& mine = columns_as<Own>(own_columns(kept));
  const mjtNum* velocity =
      body.data->qvel + body.model->body_dofadr[config_.guided.imitation.root_body];
  for (int axis = 0; axis < 2; ++axis) {
    mine.mean_velocity[axis] +=
        (velocity[axis] - mine.mean_velocity[axis]) * body.model->opt.timestep / config_.stride;
  }
}

void SteerTask::judge_own(const Body& body, double* own, Outcome* outcome, double* figures) const {
  const Own& mine = columns_as<Own>(own);
  const double* v = mine.mean_velocity;
  const double* wanted = mine.command;
  const double squared =
      (v[0] - wanted[0]) * (v[0] - wanted[0]) + (v[1] - wanted[1]) * (v[1] - wanted[1]);
  const double facing_error = std::abs(angle_between(root_of(body).facing, wanted[2]));
  const double speed = std::hypot(wanted[0], wanted[1]);
  figures[0] = std::exp(-config_.velocity_scale * squared);
  figures[1] = std::exp(-config_.facing_scale * facing_error * facing_error);
  figures[2] = std::abs(std::hypot(v[0], v[1]) - speed);
  figures[3] =
      speed < kStands
          ? 0.0
          : std::abs(angle_between(std::atan2(v[1], v[0]), std::atan2(wanted[1], wanted[0])));
  figures[4] = facing_error;
  outcome->reward = config_.follow_weight * outcome->reward + config_.velocity_weight * figures[0] +
                    config_.facing_weight * figures[1];
}

}  // namespace kinesis
