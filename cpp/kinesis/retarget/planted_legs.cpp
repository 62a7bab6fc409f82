#include "kinesis/retarget/planted_legs.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <string>

#include "kinesis/base/small_vector.hpp"

namespace kinesis {
namespace {

constexpr int kRoot = 6;         // degrees of freedom of the root, which come first
constexpr int kMost = 16;        // degrees of freedom of a leg
constexpr double kMoved = 1e-9;  // rad, less than which is nothing

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
    feet_.push_back(chain_.link(foot));
    const auto joints = static_cast<int>(chain_.dofs_of(feet_.back()).size()) - kRoot;
    if (joints < 1 || joints > kMost) {
      throw std::invalid_argument("a leg has " + std::to_string(joints) +
                                  " degrees of freedom; it must have 1 to " +
                                  std::to_string(kMost));
    }
  }
}

void PlantedLegs::solve(int frames, const double* foot_pos, const double* foot_rot,
                        double* qpos) const {
  ChainPose pose;
  std::vector<double> wished(nq());
  for (int t = 0; t < frames; ++t) {
    double* q = qpos + static_cast<std::size_t>(t) * nq();
    std::copy_n(q, nq(), wished.data());
    double moved = 1.0;
    for (int i = 0; i < config_.iterations && moved > kMoved; ++i) {
      moved = 0.0;
      chain_.forward(q, &pose);
      for (std::size_t f = 0; f < feet_.size(); ++f) {
        const std::size_t at = static_cast<std::size_t>(t) * feet_.size() + f;
        moved = std::max(
            moved, step(pose, feet_[f], wished.data(), foot_pos + 3 * at, foot_rot + 9 * at, q));
      }
    }
    chain_.couple(q);
  }
}

double PlantedLegs::step(const ChainPose& pose, int link, const double* wished,
                         const double* foot_pos, const double* foot_rot, double* qpos) const {
  const std::vector<int>& dofs = chain_.dofs_of(link);
  const auto width = static_cast<int>(dofs.size()), joints = width - kRoot;
  const double* pos = &pose.pos[3 * link];
  std::array<double, 6> error;
  for (int k = 0; k < 3; ++k) {
    error[k] = foot_pos[k] - pos[k];
  }
  rotation_error(foot_rot, &pose.rot[9 * link], error.data() + 3);
  std::array<double, 6 * (kRoot + kMost)> jacobian;
  chain_.point_jacobian(pose, link, pos, jacobian.data());
  chain_.turn_jacobian(pose, link, jacobian.data() + 3 * width);
  for (int row = 3; row < 6; ++row) {
    error[row] *= config_.turn_weight;
    for (int k = 0; k < width; ++k) {
      jacobian[row * width + k] *= config_.turn_weight;
    }
  }
  const double pull = config_.posture_weight * config_.posture_weight;
  std::array<double, kMost * kMost> normal;
  std::array<double, kMost> change;
  for (int i = 0; i < joints; ++i) {
    const double* column = jacobian.data() + kRoot + i;
    const int address = chain_.qpos_address(dofs[kRoot + i]);
    change[i] = pull * (wished[address] - qpos[address]);
    for (int row = 0; row < 6; ++row) {
      change[i] += column[row * width] * error[row];
    }
    for (int j = 0; j < joints; ++j) {
      double sum = i == j ? pull : 0.0;
      for (int row = 0; row < 6; ++row) {
        sum += column[row * width] * jacobian[row * width + kRoot + j];
      }
      normal[i * joints + j] = sum;
    }
  }
  solve_positive(joints, normal.data(), change.data());
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
