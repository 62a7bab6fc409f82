#include "kinesis/retarget/pose_solver.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace kinesis {
namespace {

constexpr double kDamping = 1e-5;     // added to the diagonal, m^2 a radian^2
constexpr double kLongestStep = 0.4;  // rad or m, of one degree of freedom
constexpr int kRangePasses = 3;
constexpr int kBarrierPasses = 3;

}  // namespace

PoseSolver::PoseSolver(const ChainKinematics& chain)
    : chain_(chain),
      size_(chain.num_dofs()),
      jacobian_(3 * size_),
      normal_(size_ * size_),
      gradient_(size_),
      factor_(size_ * (size_ + 1)),
      change_(size_),
      held_(size_),
      all_(size_) {
  free_.reserve(size_);
  std::iota(all_.begin(), all_.end(), 0);
}

void PoseSolver::begin(const double* qpos) {
  chain_.forward(qpos, &pose_);
  std::fill(normal_.begin(), normal_.end(), 0.0);
  std::fill(gradient_.begin(), gradient_.end(), 0.0);
  barriers_.clear();
}

void PoseSolver::add_point(int link, const double* point, const double* error,
                           const double* weight) {
  chain_.point_jacobian(pose_, link, point, jacobian_.data());
  const std::vector<int>& dofs = chain_.dofs_of(link);
  const std::size_t width = dofs.size();
  const double* x = jacobian_.data();
  const double* y = x + width;
  const double* z = y + width;
  const double wx = weight[0] * weight[0], wy = weight[1] * weight[1], wz = weight[2] * weight[2];
  for (std::size_t i = 0; i < width; ++i) {
    const double sx = wx * x[i], sy = wy * y[i], sz = wz * z[i];
    double* row = &normal_[dofs[i] * size_];
    gradient_[dofs[i]] += sx * error[0] + sy * error[1] + sz * error[2];
    for (std::size_t j = 0; j <= i; ++j) {
      row[dofs[j]] += sx * x[j] + sy * y[j] + sz * z[j];
    }
  }
}

void PoseSolver::add_height(int link, const double* point, double error, double weight) {
  const double errors[3] = {0.0, 0.0, error};
  const double weights[3] = {0.0, 0.0, weight};
  add_point(link, point, errors, weights);
}

void PoseSolver::add_floor(int link, const double* point, double gap, double weight) {
  const double up[3] = {0.0, 0.0, 1.0};
  add_to_row(link, point, up, new_barrier(gap, weight));
}

void PoseSolver::add_separation(int link_a, const double* a, int link_b, const double* b,
                                const double* from_b_to_a, double gap, double weight) {
  double* row = new_barrier(gap, weight);
  const double opposite[3] = {-from_b_to_a[0], -from_b_to_a[1], -from_b_to_a[2]};
  add_to_row(link_a, a, from_b_to_a, row);
  add_to_row(link_b, b, opposite, row);
}

double* PoseSolver::new_barrier(double gap, double weight) {
  barriers_.push_back({gap, weight, false});
  barrier_rows_.resize(barriers_.size() * size_);
  double* row = &barrier_rows_[(barriers_.size() - 1) * size_];
  std::fill_n(row, size_, 0.0);
  return row;
}

void PoseSolver::add_to_row(int link, const double* point, const double* direction, double* row) {
  chain_.point_jacobian(pose_, link, point, jacobian_.data());
  const std::vector<int>& dofs = chain_.dofs_of(link);
  const std::size_t width = dofs.size();
  for (std::size_t i = 0; i < width; ++i) {
    row[dofs[i]] += direction[0] * jacobian_[i] + direction[1] * jacobian_[width + i] +
                    direction[2] * jacobian_[2 * width + i];
  }
}

void PoseSolver::add_row(const std::vector<int>& dofs, const double* row, double error,
                         double weight) {
  const double w = weight * weight;
  for (std::size_t i = 0; i < dofs.size(); ++i) {
    const double scaled = w * row[i];
    if (scaled == 0.0) {
      continue;
    }
    gradient_[dofs[i]] += scaled * error;
    for (std::size_t j = 0; j <= i; ++j) {
      normal_[dofs[i] * size_ + dofs[j]] += scaled * row[j];
    }
  }
}

void PoseSolver::add_root_turn(const double* turn, double weight) {
  for (int k = 0; k < 3; ++k) {
    add_joint(3 + k, turn[k], weight);
  }
}

void PoseSolver::add_root_move(const double* error, double weight, double height_share) {
  add_joint(0, error[0], weight);
  add_joint(1, error[1], weight);
  add_joint(2, error[2], weight * height_share);
}

void PoseSolver::add_joint(int dof, double error, double weight) {
  normal(dof, dof) += weight * weight;
  gradient_[dof] += weight * weight * error;
}

// Elimination from the last degree of freedom to the first: so the legs come before the root that
// joins them, and the zeros between left and right stay zeros, which are skipped.
void PoseSolver::solve_free() {
  const int n = static_cast<int>(free_.size());
  const int width = n + 1;  // of a row of factor_: the upper triangle, and the right-hand side
  for (int i = 0; i < n; ++i) {
    const int row = free_[i];
    double* out = &factor_[i * width];
    for (int j = i; j < n; ++j) {
      out[j] = normal(row, free_[j]);
    }
    out[i] += kDamping;
    out[n] = gradient_[row];
    for (int d = 0; d < size_; ++d) {
      if (held_[d]) {
        out[n] -= normal(std::max(row, d), std::min(row, d)) * change_[d];
      }
    }
  }
  for (int k = 0; k < n; ++k) {
    const double* pivot = &factor_[k * width];
    const double inverse = 1.0 / std::max(pivot[k], 1e-12);
    for (int i = k + 1; i < n; ++i) {
      const double share = pivot[i] * inverse;
      if (share == 0.0) {
        continue;
      }
      double* row = &factor_[i * width];
      for (int j = i; j < width; ++j) {
        row[j] -= share * pivot[j];
      }
    }
  }
  for (int i = n - 1; i >= 0; --i) {
    const double* row = &factor_[i * width];
    double sum = row[n];
    for (int j = i + 1; j < n; ++j) {
      sum -= row[j] * change_[free_[j]];
    }
    change_[free_[i]] = sum / std::max(row[i], 1e-12);
  }
}

bool PoseSolver::hold_violations(const double* qpos) {
  bool found = false;
  for (int d = 6; d < size_; ++d) {
    if (held_[d]) {
      continue;
    }
    const double value = qpos[chain_.qpos_address(d)];
    const double wanted = value + change_[d];
    if (wanted < chain_.low(d) || wanted > chain_.high(d)) {
      change_[d] = std::clamp(wanted, chain_.low(d), chain_.high(d)) - value;
      held_[d] = 1;
      found = true;
    }
  }
  return found;
}

void PoseSolver::solve_within_ranges(const double* qpos) {
  std::fill(held_.begin(), held_.end(), 0);
  for (int pass = 0; pass < kRangePasses; ++pass) {
    free_.clear();
    for (int d = size_ - 1; d >= 0; --d) {
      if (!held_[d]) {
        free_.push_back(d);
      }
    }
    solve_free();
    if (!hold_violations(qpos)) {
      break;
    }
  }
}

bool PoseSolver::touch_barriers() {
  bool found = false;
  for (std::size_t i = 0; i < barriers_.size(); ++i) {
    Barrier& barrier = barriers_[i];
    if (barrier.active) {
      continue;
    }
    const double* row = &barrier_rows_[i * size_];
    double gap = barrier.gap;
    for (int d = 0; d < size_; ++d) {
      gap += row[d] * change_[d];
    }
    if (gap < 0.0) {
      add_row(all_, row, -barrier.gap, barrier.weight);
      barrier.active = true;
      found = true;
    }
  }
  return found;
}

double PoseSolver::step(double* qpos) {
  for (int pass = 0; pass <= kBarrierPasses; ++pass) {
    solve_within_ranges(qpos);
    if (barriers_.empty() || !touch_barriers()) {
      break;
    }
  }
  double largest = 0.0;
  for (int d = 0; d < size_; ++d) {
    change_[d] = std::clamp(change_[d], -kLongestStep, kLongestStep);
    largest = std::max(largest, std::abs(change_[d]));
  }
  chain_.move(change_.data(), qpos);
  return largest;
}

}  // namespace kinesis
