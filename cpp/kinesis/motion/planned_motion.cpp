#include "kinesis/motion/planned_motion.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>
#include <string>

#include "kinesis/base/small_vector.hpp"

namespace kinesis {
namespace {

// After so many time constants nothing of an offset is left: under 1e-6 of it.
constexpr double kGone = 18.0;

// A vector (3) turned about the vertical.
void turn_planar(double c, double s, double* v) {
  const double x = v[0];
  v[0] = c * x - s * v[1];
  v[1] = s * x + c * v[1];
}

// quat = the quaternion of a rotation vector in world axes, times quat.
void turn_quat(const double* turn, double* quat) {
  const double angle = std::sqrt(dot3(turn, turn));
  const double scale = angle > 1e-12 ? std::sin(0.5 * angle) / angle : 0.5;
  const double by[4] = {std::cos(0.5 * angle), scale * turn[0], scale * turn[1], scale * turn[2]};
  double out[4];
  multiply_quat(by, quat, out);
  std::copy(out, out + 4, quat);
}

// Angular velocities of a free joint are in its own axes.
void to_world(const double* quat, double* w) {
  double rot[9], out[3];
  rotation_from_quat(quat, rot);
  rotate3(rot, w, out);
  std::copy(out, out + 3, w);
}

void to_own(const double* quat, double* w) {
  const double inverse[4] = {quat[0], -quat[1], -quat[2], -quat[3]};
  to_world(inverse, w);
}

// Yaw of the x axis that a quaternion turns.
double yaw_of(const double* quat) {
  double rot[9];
  rotation_from_quat(quat, rot);
  return std::atan2(rot[3], rot[0]);
}

}  // namespace

PlannedMotion::PlannedMotion(const MotionTable* clips, int quaternion_address, double blend_time)
    : clips_(clips), quaternion_(quaternion_address), rate_(1.0 / blend_time) {
  if (quaternion_address < 3 || quaternion_address > clips->nq() - 4 ||
      clips->nq() != clips->nv() + 1) {
    throw std::invalid_argument(
        "motions are planned for bodies with one free joint and joints of one coordinate; these "
        "have " +
        std::to_string(clips->nq()) + " positions and " + std::to_string(clips->nv()) +
        " velocities");
  }
  if (!(blend_time > 0.0)) {
    throw std::invalid_argument("blend_time is " + std::to_string(blend_time) +
                                "; it must be over 0");
  }
  layout_.append("plan_place", 3);
  layout_.append("plan_clip", 1);
  layout_.append("plan_joined", 1);
  layout_.append("plan_elapsed", 1);
  layout_.append("plan_joint_offset", nv());
  layout_.append("plan_joint_offset_rate", nv());
  layout_.append("plan_tracked_offset", 3 * num_tracked());
  layout_.append("plan_tracked_offset_rate", 3 * num_tracked());
  layout_.append("plan_torque_offset", num_torques());
  layout_.append("plan_activation_offset", num_muscles());
  layout_.append("plan_excitation_offset", num_muscles());
}

double PlannedMotion::duration(int) const { return std::numeric_limits<double>::infinity(); }

double PlannedMotion::since(const Moment& at, const double* plan) const {
  return std::max(0.0, at.time - *offset(kJoined, plan));
}

Placement PlannedMotion::placement(const double* plan) const {
  const double* place = offset(kPlace, plan);
  return {place[0], place[1], place[2]};
}

Moment PlannedMotion::at(double elapsed, const double* plan) const {
  // Rows are anyone's to write: what is no clip is read as the first.
  const double clip = *offset(kClip, plan);
  const bool exists = clip >= 0.0 && clip < static_cast<double>(clips_->num_clips());
  return {exists ? static_cast<int>(clip) : 0,
          *offset(kJoined, plan) + elapsed - *offset(kElapsed, plan)};
}

void PlannedMotion::placed_joint_state(const Moment& at, const double* plan, double* qpos,
                                       double* qvel) const {
  clips_->joint_state(at, plan, qpos, qvel);
  const Placement place = placement(plan);
  const double c = std::cos(place.yaw), s = std::sin(place.yaw);
  double* pos = qpos + root();
  turn_planar(c, s, pos);
  pos[0] += place.x;
  pos[1] += place.y;
  const double turn[3] = {0.0, 0.0, place.yaw};
  turn_quat(turn, qpos + quaternion_);
  turn_planar(c, s, qvel + root());
}

void PlannedMotion::placed_tracked_state(const Moment& at, const double* plan, double* pos,
                                         double* vel) const {
  clips_->tracked_state(at, plan, pos, vel);
  const Placement place = placement(plan);
  const double c = std::cos(place.yaw), s = std::sin(place.yaw);
  for (int i = 0; i < num_tracked(); ++i) {
    turn_planar(c, s, pos + 3 * i);
    pos[3 * i] += place.x;
    pos[3 * i + 1] += place.y;
    turn_planar(c, s, vel + 3 * i);
  }
}

void PlannedMotion::joint_state(const Moment& at, const double* plan, double* qpos,
                                double* qvel) const {
  placed_joint_state(at, plan, qpos, qvel);
  const double t = since(at, plan);
  if (t * rate_ > kGone) {
    return;
  }
  const double decay = std::exp(-rate_ * t);
  const double* d = offset(kJoint, plan);
  const double* v = offset(kJointRate, plan);
  const int turned = quaternion_;  // qvel of the free joint's turn begin here too
  double turn[3];
  to_world(qpos + quaternion_, qvel + turned);
  for (int dof = 0; dof < nv(); ++dof) {
    const double slope = v[dof] + rate_ * d[dof];
    const double value = (d[dof] + slope * t) * decay;
    const double rate = slope * decay - rate_ * value;
    qvel[dof] += rate;
    if (dof >= turned && dof < turned + 3) {
      turn[dof - turned] = value;
    } else {
      qpos[dof < turned ? dof : dof + 1] += value;
    }
  }
  turn_quat(turn, qpos + quaternion_);
  to_own(qpos + quaternion_, qvel + turned);
}

void PlannedMotion::tracked_state(const Moment& at, const double* plan, double* pos,
                                  double* vel) const {
  placed_tracked_state(at, plan, pos, vel);
  const double t = since(at, plan);
  if (t * rate_ > kGone) {
    return;
  }
  const double decay = std::exp(-rate_ * t);
  const double* d = offset(kTracked, plan);
  const double* v = offset(kTrackedRate, plan);
  for (int i = 0; i < 3 * num_tracked(); ++i) {
    const double slope = v[i] + rate_ * d[i];
    const double value = (d[i] + slope * t) * decay;
    pos[i] += value;
    vel[i] += slope * decay - rate_ * value;
  }
}

void PlannedMotion::fade(Column column, const Moment& at, const double* plan, double* out) const {
  const double t = since(at, plan);
  if (t * rate_ > kGone) {
    return;
  }
  const double decay = std::exp(-rate_ * t);
  const double* d = offset(column, plan);
  const int count = layout_[column].end - layout_[column].begin;
  for (int i = 0; i < count; ++i) {
    out[i] += decay * d[i];
  }
}

void PlannedMotion::torque(const Moment& at, const double* plan, double* out) const {
  clips_->torque(at, plan, out);
  fade(kTorque, at, plan, out);
}

void PlannedMotion::activation(const Moment& at, const double* plan, double* out) const {
  clips_->activation(at, plan, out);
  fade(kActivation, at, plan, out);
}

void PlannedMotion::excitation(const Moment& at, const double* plan, double* out) const {
  clips_->excitation(at, plan, out);
  fade(kExcitation, at, plan, out);
}

void PlannedMotion::prefetch_tracked(const Moment& at, const double* plan) const {
  clips_->prefetch_tracked(at, plan);
}

int PlannedMotion::state_size() const {
  return nq() + nv() + 6 * num_tracked() + num_torques() + 2 * num_muscles();
}

// Everything at a moment, one after the other.
PlannedMotion::State PlannedMotion::read(const Moment& at, const double* plan,
                                         double* memory) const {
  State state;
  state.qpos = memory;
  state.qvel = state.qpos + nq();
  state.pos = state.qvel + nv();
  state.vel = state.pos + 3 * num_tracked();
  state.torque = state.vel + 3 * num_tracked();
  state.activation = state.torque + num_torques();
  state.excitation = state.activation + num_muscles();
  joint_state(at, plan, state.qpos, state.qvel);
  tracked_state(at, plan, state.pos, state.vel);
  if (num_torques() > 0) {
    torque(at, plan, state.torque);
    activation(at, plan, state.activation);
    excitation(at, plan, state.excitation);
  }
  return state;
}

void PlannedMotion::start_plan(const Moment& at, double elapsed, double* plan) const {
  std::fill_n(plan, layout_.size(), 0.0);
  plan[layout_[kClip].begin] = at.clip;
  plan[layout_[kJoined].begin] = at.time;
  plan[layout_[kElapsed].begin] = elapsed;
}

void PlannedMotion::join(const Moment& from, const Moment& to, double elapsed, double* plan,
                         double* work) const {
  const State was = read(from, plan, work);
  start_plan(to, elapsed, plan);
  double* memory = work + state_size();
  State is = read(to, plan, memory);
  // The clip is turned to the same heading and put where the root is.
  double* place = plan + layout_[kPlace].begin;
  place[2] = std::remainder(yaw_of(was.qpos + quaternion_) - yaw_of(is.qpos + quaternion_),
                            2.0 * std::numbers::pi);
  double moved[3] = {is.qpos[root()], is.qpos[root() + 1], 0.0};
  turn_planar(std::cos(place[2]), std::sin(place[2]), moved);
  place[0] = was.qpos[root()] - moved[0];
  place[1] = was.qpos[root() + 1] - moved[1];
  is = read(to, plan, memory);

  const auto difference = [&](Column column, const double* before, const double* after) {
    double* out = plan + layout_[column].begin;
    const int count = layout_[column].end - layout_[column].begin;
    for (int i = 0; i < count; ++i) {
      out[i] = before[i] - after[i];
    }
  };
  to_world(was.qpos + quaternion_, was.qvel + quaternion_);
  to_world(is.qpos + quaternion_, is.qvel + quaternion_);
  difference(kJointRate, was.qvel, is.qvel);
  double* joint = plan + layout_[kJoint].begin;
  for (int dof = 0; dof < nv(); ++dof) {
    const int address = dof < quaternion_ ? dof : dof + 1;
    joint[dof] = was.qpos[address] - is.qpos[address];
  }
  rotation_between(is.qpos + quaternion_, was.qpos + quaternion_, joint + quaternion_);
  difference(kTracked, was.pos, is.pos);
  difference(kTrackedRate, was.vel, is.vel);
  if (num_torques() > 0) {
    difference(kTorque, was.torque, is.torque);
    difference(kActivation, was.activation, is.activation);
    difference(kExcitation, was.excitation, is.excitation);
  }
}

void PlannedMotion::shift(const Placement& by, const double* about, double* plan) const {
  double* place = plan + layout_[kPlace].begin;
  const double c = std::cos(by.yaw), s = std::sin(by.yaw);
  double from[2] = {place[0] - about[0], place[1] - about[1]};
  turn_planar(c, s, from);
  place[0] = about[0] + from[0] + by.x;
  place[1] = about[1] + from[1] + by.y;
  place[2] = std::remainder(place[2] + by.yaw, 2.0 * std::numbers::pi);
}

}  // namespace kinesis
