#include "kinesis/motion/laid_motion.hpp"

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

// Raises a point as high as the ground is under it, and its rate with it.
template <typename Height>
void raise(const Height& height, double* point, double* move) {
  constexpr double kStep = 1e-3;  // s, over which the ground's rise is taken
  const auto after = [&](double seconds) {
    return height(point[0] + seconds * move[0], point[1] + seconds * move[1]);
  };
  const double rate = (after(kStep) - after(-kStep)) / (2.0 * kStep);
  point[2] += after(0.0);
  move[2] += rate;
}

// Under a foot, its frame being at the heel and x along it.
double under_foot(const Ground& ground, const double* rot, double x, double y) {
  constexpr double kToes = 0.15;  // m ahead of the heel
  return 0.5 * (ground.height(x, y) + ground.height(x + kToes * rot[0], y + kToes * rot[3]));
}

}  // namespace

LaidMotion::LaidMotion(const Reference* level, std::shared_ptr<const PlantedLegs> legs,
                       std::shared_ptr<const GroundField> field)
    : level_(level), legs_(std::move(legs)), field_(std::move(field)) {
  layout_.append("reference_footing", kFooting);
  layout_.append(level->plan());
}

void LaidMotion::begin(const Moment& start, EpisodeRandom& random, double* plan) const {
  level_->begin(start, random, plan + kFooting);
}

void LaidMotion::stand(const Footing& footing, double* plan) const {
  std::copy(footing.begin(), footing.end(), plan);
}

void LaidMotion::lay_root(const double* plan, double* qpos, double* qvel) const {
  const int root = legs_->chain().root_qpos(), root_rate = legs_->chain().root_qvel();
  if (slopes(plan)) {
    double turn[4], leaning[4];
    lean(plan, turn);
    shear(plan, qpos + root);
    shear(plan, qvel + root_rate);
    multiply_quat(turn, qpos + root + 3, leaning);  // its rates are counted in its own axes
    std::copy_n(leaning, 4, qpos + root + 3);
  }
  if (const Ground under = ground(plan); under.uneven()) {
    raise([&](double x, double y) { return under.around(x, y); }, qpos + root, qvel + root_rate);
  }
}

void LaidMotion::lay(const double* plan, double* qpos, double* qvel) const {
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
  const Ground under = ground(plan);
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
    if (under.uneven()) {
      const double* rot = &work.rot[9 * foot];
      raise([&](double x, double y) { return under_foot(under, rot, x, y); }, &work.pos[3 * foot],
            &work.move[3 * foot]);
    }
  }
  lay_root(plan, qpos, qvel);
  chain.forward(qpos, &pose);
  qpos[chain.root_qpos() + 2] -= legs_->too_high(pose, work.pos.data(), work.rot.data());
  legs_->solve_frame(work.pos.data(), work.rot.data(), qpos, &work.legs);
  legs_->match_rates(work.move.data(), work.turn.data(), qpos, qvel, &work.legs);
}

void LaidMotion::joint_state(const Moment& at, const double* plan, double* qpos,
                             double* qvel) const {
  level_->joint_state(at, plan + kFooting, qpos, qvel);
  lay(plan, qpos, qvel);
}

void LaidMotion::root_state(const Moment& at, const double* plan, double* qpos,
                            double* qvel) const {
  level_->root_state(at, plan + kFooting, qpos, qvel);
  lay_root(plan, qpos, qvel);
}

void LaidMotion::tracked_state(const Moment& at, const double* plan, double* pos,
                               double* vel) const {
  level_->tracked_state(at, plan + kFooting, pos, vel);
  if (level(plan)) {
    return;
  }
  const Ground under = ground(plan);
  for (int i = 0; i < num_tracked(); ++i) {
    shear(plan, pos + 3 * i);
    shear(plan, vel + 3 * i);
    if (under.uneven()) {  // the root comes first
      raise([&](double x, double y) { return i == 0 ? under.around(x, y) : under.height(x, y); },
            pos + 3 * i, vel + 3 * i);
    }
  }
}

void LaidMotion::torque(const Moment& at, const double* plan, double* out) const {
  level_->torque(at, plan + kFooting, out);
}

void LaidMotion::activation(const Moment& at, const double* plan, double* out) const {
  level_->activation(at, plan + kFooting, out);
}

void LaidMotion::excitation(const Moment& at, const double* plan, double* out) const {
  level_->excitation(at, plan + kFooting, out);
}

void LaidMotion::prefetch_tracked(const Moment& at, const double* plan) const {
  level_->prefetch_tracked(at, plan + kFooting);
}

}  // namespace kinesis
