#include "kinesis/base/banded_solver.hpp"

namespace kinesis {

void BandedSolver::add_square(int at, const double* coefficient, int count, double weight) {
  for (int i = 0; i < count; ++i) {
    diagonal_[at + i] += weight * coefficient[i] * coefficient[i];
    if (i + 1 < count) {
      first_[at + i] += weight * coefficient[i] * coefficient[i + 1];
    }
    if (i + 2 < count) {
      second_[at + i] += weight * coefficient[i] * coefficient[i + 2];
    }
  }
}

void BandedSolver::add_bending(double weight) {
  const double second_difference[3] = {1.0, -2.0, 1.0};
  for (int i = 0; i + 2 < size(); ++i) {
    add_square(i, second_difference, 3, weight);
  }
}

void BandedSolver::factorise() {
  const int n = size();
  for (int i = 0; i < n; ++i) {
    if (i + 1 < n) {
      const double below = first_[i];
      const double twice = second_[i];
      first_[i] = below / diagonal_[i];
      diagonal_[i + 1] -= first_[i] * below;
      if (i + 2 < n) {
        second_[i] = twice / diagonal_[i];
        first_[i + 1] -= second_[i] * below;
        diagonal_[i + 2] -= second_[i] * twice;
      }
    }
  }
}

void BandedSolver::solve(double* x, int stride) const {
  const int n = size();
  for (int i = 0; i < n; ++i) {
    double value = x[i * stride];
    if (i > 0) {
      value -= first_[i - 1] * x[(i - 1) * stride];
    }
    if (i > 1) {
      value -= second_[i - 2] * x[(i - 2) * stride];
    }
    x[i * stride] = value;
  }
  for (int i = n - 1; i >= 0; --i) {
    double value = x[i * stride] / diagonal_[i];
    if (i + 1 < n) {
      value -= first_[i] * x[(i + 1) * stride];
    }
    if (i + 2 < n) {
      value -= second_[i] * x[(i + 2) * stride];
    }
    x[i * stride] = value;
  }
}

}  // namespace kinesis
