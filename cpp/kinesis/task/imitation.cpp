#include "kinesis/task/imitation.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "kinesis/body/heading_frame.hpp"

namespace kinesis {
namespace {

// Slack of the comparison of a time with a clip's end, s: a control step is 0.03.
constexpr double kTimeTolerance = 1e-9;

}  // namespace

ImitationTask::ImitationTask(const Reference* reference, const ImitationConfig& config,
                             const Reference* judged)
    : reference_(reference),
      judged_(judged == nullptr ? reference : judged),
      config_(config),
      figures_{{"pos", true},   {"vel", true}, {"upright", true},       {"energy", true},
               {"prior", true}, {"rot", true}, {"mean_distance", false}} {
  for (const Reference* one : {reference_, judged_}) {
    if (one->num_tracked() != num_tracked()) {
      throw std::invalid_argument("the motions have " + std::to_string(one->num_tracked()) +
                                  " tracked bodies; the task needs " +
                                  std::to_string(num_tracked()));
    }
  }
  observation_.append("ref_pos_diff", 3 * num_tracked());
  observation_.append("ref_vel_diff", 3 * num_tracked());
  observation_.append("ref_pos_local", 3 * num_tracked());
  if (!config.preview.empty()) {
    observation_.append("ref_preview", 3 * num_tracked() * static_cast<int>(config.preview.size()));
  }
  if (config.observe_root_rotation) {
    observation_.append("ref_root_turn", 3);
    observation_.append("ref_root_ang_vel_diff", 3);
    if (!config.preview.empty()) {
      observation_.append("ref_root_preview", 3 * static_cast<int>(config.preview.size()));
    }
  }
  kept_.append(reference->plan());
  kept_.append("excitation_cost", 1);
}

void ImitationTask::begin(const Body&, EpisodeRandom& random, Moment* now, double* kept) const {
  reference_->begin(*now, random, kept);
}

void ImitationTask::substep(const Body&, const Substep& step, double* kept) const {
  const double cost =
      std::exp(-config_.reward.scale[kEnergy] * (step.effort + std::sqrt(step.effort_sq)));
  double& mean = kept[cost_column()];
  mean = step.index == 0 ? cost : mean + cost;
  if (step.index == step.count - 1) {
    mean /= step.count;
  }
}

void ImitationTask::prefetch(const Moment& later, const double* kept) const {
  reference_->prefetch_tracked(later, kept);
}

void ImitationTask::observe(const Body& body, const Moment& next, const double* kept,
                            float* out) const {
  const mjModel* model = body.model;
  mjData* data = body.data;
  const int tracked = num_tracked();
  mj_markStack(data);
  double* pos = mj_stackAllocNum(data, 3 * tracked);
  double* vel = mj_stackAllocNum(data, 3 * tracked);
  reference_->tracked_state(next, kept, pos, vel);
  const HeadingFrame heading(data->xmat + 9 * config_.root_body, body.rise);
  const mjtNum* root_pos = data->xpos + 3 * config_.root_body;
  float* pos_diff = out;
  float* vel_diff = out + 3 * tracked;
  float* pos_local = out + 6 * tracked;
  for (int i = 0; i < tracked; ++i) {
    const mjtNum* body_pos = data->xpos + 3 * config_.tracked_bodies[i];
    const mjtNum* body_vel =
        data->sensordata + model->sensor_adr[config_.linear_velocity_sensors[i]];
    const double* p = pos + 3 * i;
    const double* v = vel + 3 * i;
    heading.place(p[0] - body_pos[0], p[1] - body_pos[1], p[2] - body_pos[2], pos_diff + 3 * i);
    heading.place(v[0] - body_vel[0], v[1] - body_vel[1], v[2] - body_vel[2], vel_diff + 3 * i);
    heading.place(p[0] - root_pos[0], p[1] - root_pos[1], p[2] - root_pos[2], pos_local + 3 * i);
  }
  const double end = std::max(next.time, reference_->duration(next.clip));
  float* preview = pos_local + 3 * tracked;
  for (const double later : config_.preview) {
    reference_->tracked_state({next.clip, std::min(next.time + later, end)}, kept, pos, vel);
    for (int i = 0; i < tracked; ++i) {
      const double* p = pos + 3 * i;
      heading.place(p[0] - root_pos[0], p[1] - root_pos[1], p[2] - root_pos[2], preview);
      preview += 3;
    }
  }
  if (config_.observe_root_rotation) {
    observe_root(body, next, kept, preview);
  }
  mj_freeStack(data);
}

void ImitationTask::root_turn(const Body& body, const double* qpos, double* turn) const {
  const mjModel* model = body.model;
  const int address = model->jnt_qposadr[model->body_jntadr[config_.root_body]] + 3;
  mjtNum inverse[4], between[4];
  mju_negQuat(inverse, body.data->xquat + 4 * config_.root_body);
  mju_mulQuat(between, qpos + address, inverse);
  mju_quat2Vel(turn, between, 1.0);
}

void ImitationTask::observe_root(const Body& body, const Moment& next, const double* kept,
                                 float* out) const {
  const mjModel* model = body.model;
  mjData* data = body.data;
  mj_markStack(data);
  double* qpos = mj_stackAllocNum(data, model->nq);
  double* qvel = mj_stackAllocNum(data, model->nv);
  const HeadingFrame heading(data->xmat + 9 * config_.root_body, body.rise);
  const int joint = model->body_jntadr[config_.root_body];
  const int dof = model->jnt_dofadr[joint] + 3;
  mjtNum turn[3], wanted[3], has[3];
  reference_->root_state(next, kept, qpos, qvel);
  root_turn(body, qpos, turn);
  heading.upright(turn, out);
  // A free joint's angular velocity is in its body's own axes.
  mju_rotVecQuat(wanted, qvel + dof, qpos + model->jnt_qposadr[joint] + 3);
  mju_mulMatVec3(has, data->xmat + 9 * config_.root_body, data->qvel + dof);
  heading.upright(wanted[0] - has[0], wanted[1] - has[1], wanted[2] - has[2], out + 3);
  out += 6;
  const double end = std::max(next.time, reference_->duration(next.clip));
  for (const double later : config_.preview) {
    reference_->root_state({next.clip, std::min(next.time + later, end)}, kept, qpos, qvel);
    root_turn(body, qpos, turn);
    heading.upright(turn, out);
    out += 3;
  }
  mj_freeStack(data);
}

Outcome ImitationTask::judge(const Body& body, const Moment& now, double* kept,
                             double* figures) const {
  const mjModel* model = body.model;
  mjData* data = body.data;
  const int tracked = num_tracked();
  const int muscles = reference_->num_muscles();
  mj_markStack(data);
  double* pos = mj_stackAllocNum(data, 3 * tracked);
  double* vel = mj_stackAllocNum(data, 3 * tracked);
  judged_->tracked_state(now, kept, pos, vel);
  double squared_pos = 0.0;
  double squared_vel = 0.0;
  double sum_distance = 0.0;
  double max_distance = 0.0;
  for (int i = 0; i < tracked; ++i) {
    const mjtNum* body_pos = data->xpos + 3 * config_.tracked_bodies[i];
    const mjtNum* body_vel =
        data->sensordata + model->sensor_adr[config_.linear_velocity_sensors[i]];
    double squared = 0.0;
    for (int axis = 0; axis < 3; ++axis) {
      const double dp = pos[3 * i + axis] - body_pos[axis];
      const double dv = vel[3 * i + axis] - body_vel[axis];
      squared += dp * dp;
      squared_vel += dv * dv;
    }
    squared_pos += squared;
    sum_distance += std::sqrt(squared);
    max_distance = std::fmax(max_distance, std::sqrt(squared));
  }
  const Tilt tilt = tilt_of(data->xmat + 9 * config_.root_body, body.rise);
  const RewardTerms& scale = config_.reward.scale;
  figures[kPos] = std::exp(-scale[kPos] * squared_pos / (3 * tracked));
  figures[kVel] = std::exp(-scale[kVel] * squared_vel / (3 * tracked));
  figures[kUpright] =
      std::exp(-scale[kUpright] * (tilt.roll * tilt.roll + tilt.pitch * tilt.pitch));
  figures[kEnergy] = kept[cost_column()];
  figures[kPrior] = 0.0;
  if (muscles > 0) {
    double* activation = mj_stackAllocNum(data, muscles);
    judged_->activation(now, kept, activation);
    double squared = 0.0;
    for (int i = 0; i < model->na; ++i) {
      const double difference = data->act[i] - activation[i];
      squared += difference * difference;
    }
    figures[kPrior] = std::exp(-scale[kPrior] * squared / static_cast<double>(model->na));
  }
  double* qpos = mj_stackAllocNum(data, model->nq);
  double* qvel = mj_stackAllocNum(data, model->nv);
  mjtNum turn[3];
  judged_->root_state(now, kept, qpos, qvel);
  root_turn(body, qpos, turn);
  figures[kRot] = std::exp(-scale[kRot] * mju_dot3(turn, turn));
  mj_freeStack(data);
  const double mean_distance = sum_distance / tracked;
  figures[kNumRewardTerms] = mean_distance;

  Outcome outcome;
  for (int i = 0; i < kNumRewardTerms; ++i) {
    outcome.reward += config_.reward.weight[i] * figures[i];
  }
  const double measured =
      config_.termination == TerminationRule::kAnyBody ? max_distance : mean_distance;
  outcome.terminated = measured > config_.termination_distance;
  outcome.truncated = now.time > judged_->duration(now.clip) + kTimeTolerance;
  return outcome;
}

}  // namespace kinesis
