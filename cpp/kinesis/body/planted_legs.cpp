#include "kinesis/body/planted_legs.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <string>

#include "kinesis/base/small_vector.hpp"

namespace kinesis {
namespace {

constexpr int kRoot = 6;             // degrees of freedom of the root, which come first
constexpr double kMoved = 1e-9;      // rad or m, less than which is nothing
constexpr double kStraight = 0.999;  // of thigh and shank, that a leg is long at most

// The small rotation, world axes, that takes one orientation towards another.
void rotation_error(const double* target, const double* rot, double* out) {
  std::fill_n(out, 3, 0.0);
  for (int column = 0; column < 3; ++column) {
    const double a[3] = {rot[column], rot[3 + column], rot[6 + column]};
    const double b[3] = {target[column], target[3 + column], target[6 + column]};
    double by[3];
    cross3(a, b, by);
    for (int k = 0; k < 3; ++k) {
      out[k] += 0.5 * by[k];
    }
  }
}

// Solves a x = b, a (n x n) symmetric and positive definite, in place (Cholesky); b becomes x.
void solve_positive(int n, double* a, double* b) {
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j <= i; ++j) {
      double sum = a[i * n + j];
      for (int k = 0; k < j; ++k) {
        sum -= a[i * n + k] * a[j * n + k];
      }
      a[i * n + j] = i == j ? std::sqrt(sum) : sum / a[j * n + j];
    }
  }
  for (int i = 0; i < n; ++i) {
    for (int k = 0; k < i; ++k) {
      b[i] -= a[i * n + k] * b[k];
    }
    b[i] /= a[i * n + i];
  }
  for (int i = n - 1; i >= 0; --i) {
    for (int k = i + 1; k < n; ++k) {
      b[i] -= a[k * n + i] * b[k];
    }
    b[i] /= a[i * n + i];
  }
}

}  // namespace

PlantedLegs::PlantedLegs(const mjModel* model, const PlantedLegsConfig& config)
    : config_(config), chain_(model, config.feet) {
  for (const int foot : config.feet) {
    const int link = chain_.link(foot);
    const auto joints = static_cast<int>(chain_.dofs_of(link).size()) - kRoot;
    if (joints < 1 || joints > kMost) {
      throw std::invalid_argument("a leg has " + std::to_string(joints) +
                                  " degrees of freedom; it must have 1 to " +
                                  std::to_string(kMost));
    }
    legs_.push_back(find_leg(model, link));
  }
}

PlantedLegs::Leg PlantedLegs::find_leg(const mjModel* model, int link) const {
  ChainPose pose;
  std::vector<double> qpos(model->qpos0, model->qpos0 + model->nq);
  chain_.forward(qpos.data(), &pose);
  const std::vector<int> joints = chain_.hinges_of(link);
  const auto away = [&](int joint, const double* from) {
    return distance3(&pose.point[3 * joint], from);
  };
  Leg leg{link, joints.front(), joints.front(), -1, 1.0};
  double most = -1.0;
  for (const int joint : joints) {
    const double middle =
        std::min(away(joint, &pose.point[3 * leg.hip]), away(joint, &pose.pos[3 * link]));
    if (middle > most + kMoved) {
      most = middle;
      leg.knee = joint;
    }
  }
  const auto after = std::upper_bound(joints.begin(), joints.end(), leg.knee);
  leg.ankle = after == joints.end() ? -1 : *after;
  const int dof = chain_.dof_of(leg.knee);
  double& angle = qpos[chain_.qpos_address(dof)];
  const double straight = angle;
  double length[2];
  for (const int way : {0, 1}) {
    angle = std::clamp(straight + (way - 0.5), chain_.low(dof), chain_.high(dof));
    chain_.forward(qpos.data(), &pose);
    length[way] = triangle(pose, leg).whole;
  }
  leg.bends = length[1] <= length[0] ? 1.0 : -1.0;
  return leg;
}

const double* PlantedLegs::ankle(const ChainPose& pose, const Leg& leg) const {
  return leg.ankle < 0 ? &pose.pos[3 * leg.link] : &pose.point[3 * leg.ankle];
}

void PlantedLegs::ankle_for(const ChainPose& pose, const Leg& leg, const double* foot_pos,
                            const double* foot_rot, double* out) const {
  const double* now = ankle(pose, leg);
  const double* pos = &pose.pos[3 * leg.link];
  const double* rot = &pose.rot[9 * leg.link];
  const double arm[3] = {now[0] - pos[0], now[1] - pos[1], now[2] - pos[2]};
  double local[3];
  for (int k = 0; k < 3; ++k) {
    local[k] = rot[k] * arm[0] + rot[3 + k] * arm[1] + rot[6 + k] * arm[2];
  }
  rotate3(foot_rot, local, out);
  for (int k = 0; k < 3; ++k) {
    out[k] += foot_pos[k];
  }
}

PlantedLegs::Triangle PlantedLegs::triangle(const ChainPose& pose, const Leg& leg) const {
  const double* hip = &pose.point[3 * leg.hip];
  const double* knee = &pose.point[3 * leg.knee];
  const double* foot = ankle(pose, leg);
  return {distance3(hip, knee), distance3(knee, foot), distance3(hip, foot)};
}

double PlantedLegs::too_high(const ChainPose& pose, const double* foot_pos,
                             const double* foot_rot) const {
  double most = 0.0;
  for (std::size_t f = 0; f < legs_.size(); ++f) {
    double target[3];
    ankle_for(pose, legs_[f], foot_pos + 3 * f, foot_rot + 9 * f, target);
    const Triangle now = triangle(pose, legs_[f]);
    const double longest = kStraight * (now.thigh + now.shank);
    const double* hip = &pose.point[3 * legs_[f].hip];
    const double across = std::hypot(hip[0] - target[0], hip[1] - target[1]);
    const double up = std::sqrt(std::max(0.0, longest * longest - across * across));
    most = std::max(most, hip[2] - target[2] - up);
  }
  return most;
}

void PlantedLegs::bend(const ChainPose& pose, const Leg& leg, const double* target,
                       double* qpos) const {
  const Triangle now = triangle(pose, leg);
  if (now.thigh <= kMoved || now.shank <= kMoved) {
    return;  // a leg without a knee
  }
  const auto angle_for = [&](double whole) {
    const double cosine = (now.thigh * now.thigh + now.shank * now.shank - whole * whole) /
                          (2.0 * now.thigh * now.shank);
    return std::acos(std::clamp(cosine, -1.0, 1.0));
  };
  const double wanted = distance3(&pose.point[3 * leg.hip], target);
  const int dof = chain_.dof_of(leg.knee);
  double& angle = qpos[chain_.qpos_address(dof)];
  angle = std::clamp(angle + leg.bends * (angle_for(now.whole) - angle_for(wanted)),
                     chain_.low(dof), chain_.high(dof));
}

void PlantedLegs::solve(int frames, const double* foot_pos, const double* foot_rot,
                        double* qpos) const {
  PlantedLegsWork work;
  const std::size_t feet = legs_.size();
  for (std::size_t t = 0; t < static_cast<std::size_t>(frames); ++t) {
    solve_frame(foot_pos + 3 * feet * t, foot_rot + 9 * feet * t, qpos + t * nq(), &work);
  }
}

void PlantedLegs::solve_frame(const double* foot_pos, const double* foot_rot, double* qpos,
                              PlantedLegsWork* work) const {
  work->wished.assign(qpos, qpos + nq());
  chain_.forward(qpos, &work->pose);
  for (std::size_t f = 0; f < legs_.size(); ++f) {
    double target[3];
    ankle_for(work->pose, legs_[f], foot_pos + 3 * f, foot_rot + 9 * f, target);
    bend(work->pose, legs_[f], target, qpos);
  }
  double moved = 1.0;
  for (int i = 0; i < config_.iterations && moved > kMoved; ++i) {
    moved = 0.0;
    chain_.forward(qpos, &work->pose);
    for (std::size_t f = 0; f < legs_.size(); ++f) {
      moved = std::max(moved, step(work->pose, legs_[f].link, work->wished.data(), foot_pos + 3 * f,
                                   foot_rot + 9 * f, qpos));
    }
  }
  chain_.couple(qpos);
}

void PlantedLegs::match_rates(const double* foot_move, const double* foot_turn, const double* qpos,
                              double* qvel, PlantedLegsWork* work) const {
  chain_.forward(qpos, &work->pose);
  chain_.velocities(qvel, &work->pose);
  for (std::size_t f = 0; f < legs_.size(); ++f) {
    const std::vector<int>& dofs = chain_.dofs_of(legs_[f].link);
    double error[6];
    for (int k = 0; k < 3; ++k) {
      error[k] = foot_move[3 * f + k] - work->pose.move[3 * legs_[f].link + k];
      error[3 + k] = foot_turn[3 * f + k] - work->pose.turn[3 * legs_[f].link + k];
    }
    std::array<double, kMost> change{};
    correct(work->pose, legs_[f].link, error, config_.rate_weight, change.data());
    for (std::size_t i = kRoot; i < dofs.size(); ++i) {
      qvel[chain_.qvel_address(dofs[i])] += change[i - kRoot];
    }
  }
  chain_.couple_rates(qpos, qvel);
}

void PlantedLegs::correct(const ChainPose& pose, int link, const double* error, double weight,
                          double* change) const {
  const auto width = static_cast<int>(chain_.dofs_of(link).size()), joints = width - kRoot;
  std::array<double, 6 * (kRoot + kMost)> jacobian;
  chain_.point_jacobian(pose, link, &pose.pos[3 * link], jacobian.data());
  chain_.turn_jacobian(pose, link, jacobian.data() + 3 * width);
  for (int i = 3 * width; i < 6 * width; ++i) {
    jacobian[i] *= config_.turn_weight;
  }
  const double pull = weight * weight;
  std::array<double, kMost * kMost> normal;
  for (int i = 0; i < joints; ++i) {
    const double* column = jacobian.data() + kRoot + i;
    change[i] *= pull;
    for (int row = 0; row < 6; ++row) {
      change[i] += column[row * width] * error[row] * (row < 3 ? 1.0 : config_.turn_weight);
    }
    for (int j = 0; j < joints; ++j) {
      double sum = i == j ? pull : 0.0;
      for (int row = 0; row < 6; ++row) {
        sum += column[row * width] * jacobian[row * width + kRoot + j];
      }
      normal[i * joints + j] = sum;
    }
  }
  solve_positive(joints, normal.data(), change);
}

double PlantedLegs::step(const ChainPose& pose, int link, const double* wished,
                         const double* foot_pos, const double* foot_rot, double* qpos) const {
  const std::vector<int>& dofs = chain_.dofs_of(link);
  const int joints = static_cast<int>(dofs.size()) - kRoot;
  std::array<double, 6> error;
  for (int k = 0; k < 3; ++k) {
    error[k] = foot_pos[k] - pose.pos[3 * link + k];
  }
  rotation_error(foot_rot, &pose.rot[9 * link], error.data() + 3);
  std::array<double, kMost> change;
  for (int i = 0; i < joints; ++i) {
    const int address = chain_.qpos_address(dofs[kRoot + i]);
    change[i] = wished[address] - qpos[address];
  }
  correct(pose, link, error.data(), config_.posture_weight, change.data());
  double moved = 0.0;
  for (int i = 0; i < joints; ++i) {
    const int dof = dofs[kRoot + i];
    double& value = qpos[chain_.qpos_address(dof)];
    const double by = std::clamp(change[i], -config_.longest_step, config_.longest_step);
    const double now = std::clamp(value + by, chain_.low(dof), chain_.high(dof));
    moved = std::max(moved, std::abs(now - value));
    value = now;
  }
  return moved;
}

}  // namespace kinesis
