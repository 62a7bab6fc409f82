#include "kinesis/task/walk.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "kinesis/base/typed_columns.hpp"
#include "kinesis/body/couplings.hpp"
#include "kinesis/body/heading_frame.hpp"

namespace kinesis {

WalkTask::WalkTask(const mjModel* model, const MotionTable* clips, const WalkConfig& config)
    : SteerTask(clips, config.steer),
      config_(config),
      metabolic_(model, config.tissue),
      observation_(SteerTask::observation()),
      body_mass_(model->body_subtreemass[config.steer.guided.imitation.root_body]) {
  observation_.append("command_velocity", 3);
  observation_.append("stride_velocity", 3);
  observation_.append("facing_error", 3);
  figures_.push_back({"metabolic_power", true});
  figures_.push_back({"muscle_drive", true});
  figures_.push_back({"joint_limits", true});
  figures_.push_back({"head_acceleration", true});
  append_columns<Walked>(kept_, {{"last_velocity", 3}});
  for (int i = 0; i < model->nu; ++i) {
    if (config.tissue.mass[i] > 0.0) {
      muscles_.push_back(i);
    }
  }
  const JointCouplings couplings(model);
  for (int joint = 0; joint < model->njnt; ++joint) {
    if (model->jnt_limited[joint] != 0 && couplings.driver(joint) == joint &&
        (model->jnt_type[joint] == mjJNT_HINGE || model->jnt_type[joint] == mjJNT_SLIDE)) {
      limited_.push_back(joint);
    }
  }
}

const mjtNum* WalkTask::root_velocity(const Body& body) const {
  return body.data->qvel + body.model->body_dofadr[config_.steer.guided.imitation.root_body];
}

void WalkTask::begin_own(const Body& body, EpisodeRandom& random, double* own) const {
  SteerTask::begin_own(body, random, own);
  std::copy_n(root_velocity(body), 3, columns_as<Walked>(own + kOwnColumns).last_velocity);
}

// Cubed, as the effort that people's walking predicts best (Ackermann and van den Bogert 2010): one
// muscle that must work hard costs more than several that share its work.
double WalkTask::muscle_drive(const Body& body) const {
  double sum = 0.0;
  for (const int i : muscles_) {
    const double can = body.capacity == nullptr ? 1.0 : std::max(body.capacity[i], 1e-3);
    const double drive = std::min(body.data->act[body.model->actuator_actadr[i]] / can, 1.0);
    sum += drive * drive * drive;
  }
  return muscles_.empty() ? 0.0 : sum / static_cast<double>(muscles_.size());
}

double WalkTask::beyond_limits(const Body& body) const {
  double sum = 0.0;
  for (const int joint : limited_) {
    const double angle = body.data->qpos[body.model->jnt_qposadr[joint]];
    const mjtNum* range = body.model->jnt_range + 2 * joint;
    const double beyond = std::max(
        {0.0, range[0] + config_.limits_margin - angle, angle - range[1] + config_.limits_margin});
    sum += beyond * beyond;
  }
  return sum;
}

void WalkTask::judge_own(const Body& body, double* own, Outcome* outcome, double* figures) const {
  SteerTask::judge_own(body, own, outcome, figures);
  double* mine = figures + kOwnFigures;
  Walked& walked = columns_as<Walked>(own + kOwnColumns);
  const mjtNum* velocity = root_velocity(body);
  double squared = 0.0;
  for (int axis = 0; axis < 3; ++axis) {
    const double change = velocity[axis] - walked.last_velocity[axis];
    squared += change * change;
    walked.last_velocity[axis] = velocity[axis];
  }
  const double seconds = config_.steer.guided.control_timestep;
  mine[0] = metabolic_(body.model, body.data) / body_mass_;
  mine[1] = muscle_drive(body);
  mine[2] = beyond_limits(body);
  mine[3] = squared / (seconds * seconds);
  outcome->reward += config_.alive_weight;
  outcome->reward -= config_.metabolic_weight * mine[0] + config_.drive_weight * mine[1] +
                     config_.limits_weight * mine[2] + config_.head_weight * mine[3];
}

void WalkTask::observe(const Body& body, const Moment& next, const double* kept, float* out) const {
  SteerTask::observe(body, next, kept, out);
  out += SteerTask::observation().size();
  const Own& own = columns_as<Own>(own_columns(kept));
  const HeadingFrame heading(body.data->xmat + 9 * config_.steer.guided.imitation.root_body);
  heading.to_local(own.command[0], own.command[1], 0.0, out);
  heading.to_local(own.mean_velocity[0], own.mean_velocity[1], 0.0, out + 3);
  out[6] = out[7] = 0.0f;
  out[8] = static_cast<float>(
      std::remainder(own.command[2] - root_of(body).facing, 2.0 * std::numbers::pi));
}

}  // namespace kinesis
