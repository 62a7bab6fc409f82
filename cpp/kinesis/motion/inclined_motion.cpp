#include "kinesis/motion/inclined_motion.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "kinesis/base/small_vector.hpp"

namespace kinesis {
namespace {

// Moves a point or a velocity as the plumb line goes that stood upright.
void shear(const double* rise, double* point) {
  point[0] += rise[0] * point[2];
  point[1] += rise[1] * point[2];
}

// The shortest turn that takes the vertical to what is up on a slope.
void lean(const double* rise, double* quat) {
  const double tangent = std::hypot(rise[0], rise[1]);
  const double half = 0.5 * std::atan(tangent);
  quat[0] = std::cos(half);
  quat[1] = -std::sin(half) * rise[1] / tangent;
  quat[2] = std::sin(half) * rise[0] / tangent;
  quat[3] = 0.0;
}

}  // namespace

InclinedMotion::InclinedMotion(const Reference* level, std::shared_ptr<const PlantedLegs> legs)
    : level_(level), legs_(std::move(legs)) {
  layout_.append("reference_rise", kRise);
  layout_.append(level->plan());
}

void InclinedMotion::begin(const Moment& start, EpisodeRandom& random, double* plan) const {
  level_->begin(start, random, plan + kRise);
}

void InclinedMotion::incline(const double* rise, double* plan) const {
  std::copy_n(rise, kRise, plan);
}

void InclinedMotion::lean_root(const double* rise, double* qpos, double* qvel) const {
  const int root = legs_->chain().root_qpos(), root_rate = legs_->chain().root_qvel();
  double turn[4], leaning[4];
  lean(rise, turn);
  shear(rise, qpos + root);
  shear(rise, qvel + root_rate);
  multiply_quat(turn, qpos + root + 3, leaning);  // its rates are counted in its own axes
  std::copy_n(leaning, 4, qpos + root + 3);
}

void InclinedMotion::lay(const double* plan, double* qpos, double* qvel) const {
  if (level(plan)) {
    return;
  }
  struct Work {
    PlantedLegsWork legs;
    std::vector<double> pos, rot, move, turn;
  };
  thread_local Work work;
  const int feet = legs_->num_feet();
  work.pos.resize(3 * feet);
  work.rot.resize(9 * feet);
  work.move.resize(3 * feet);
  work.turn.resize(3 * feet);
  const ChainKinematics& chain = legs_->chain();
  ChainPose& pose = work.legs.pose;
  chain.forward(qpos, &pose);
  chain.velocities(qvel, &pose);
  for (int foot = 0; foot < feet; ++foot) {
    const int link = legs_->foot_link(foot);
    std::copy_n(&pose.pos[3 * link], 3, &work.pos[3 * foot]);
    std::copy_n(&pose.rot[9 * link], 9, &work.rot[9 * foot]);
    std::copy_n(&pose.move[3 * link], 3, &work.move[3 * foot]);
    std::copy_n(&pose.turn[3 * link], 3, &work.turn[3 * foot]);
    shear(plan, &work.pos[3 * foot]);
    shear(plan, &work.move[3 * foot]);
  }
  lean_root(plan, qpos, qvel);
  chain.forward(qpos, &pose);
  qpos[chain.root_qpos() + 2] -= legs_->too_high(pose, work.pos.data(), work.rot.data());
  legs_->solve_frame(work.pos.data(), work.rot.data(), qpos, &work.legs);
  legs_->match_rates(work.move.data(), work.turn.data(), qpos, qvel, &work.legs);
}

void InclinedMotion::joint_state(const Moment& at, const double* plan, double* qpos,
                                 double* qvel) const {
  level_->joint_state(at, plan + kRise, qpos, qvel);
  lay(plan, qpos, qvel);
}

void InclinedMotion::root_state(const Moment& at, const double* plan, double* qpos,
                                double* qvel) const {
  level_->root_state(at, plan + kRise, qpos, qvel);
  if (!level(plan)) {
    lean_root(plan, qpos, qvel);
  }
}

void InclinedMotion::tracked_state(const Moment& at, const double* plan, double* pos,
                                   double* vel) const {
  level_->tracked_state(at, plan + kRise, pos, vel);
  if (level(plan)) {
    return;
  }
  for (int i = 0; i < num_tracked(); ++i) {
    shear(plan, pos + 3 * i);
    shear(plan, vel + 3 * i);
  }
}

void InclinedMotion::torque(const Moment& at, const double* plan, double* out) const {
  level_->torque(at, plan + kRise, out);
}

void InclinedMotion::activation(const Moment& at, const double* plan, double* out) const {
  level_->activation(at, plan + kRise, out);
}

void InclinedMotion::excitation(const Moment& at, const double* plan, double* out) const {
  level_->excitation(at, plan + kRise, out);
}

void InclinedMotion::prefetch_tracked(const Moment& at, const double* plan) const {
  level_->prefetch_tracked(at, plan + kRise);
}

}  // namespace kinesis
