// Least squares over a series in time, where only neighbours up to two frames apart meet.
#pragma once

#include <vector>

namespace kinesis {

// Symmetric positive definite system with two bands beside the diagonal: A x = b.
class BandedSolver {
 public:
  explicit BandedSolver(int size) : diagonal_(size), first_(size), second_(size) {}

  int size() const { return static_cast<int>(diagonal_.size()); }

  // Adds weight * (sum_k coefficient[k] x[at + k])^2 / 2 to the cost, for up to three entries.
  void add_square(int at, const double* coefficient, int count, double weight);
  // Adds weight * second difference squared at every inner frame.
  void add_bending(double weight);

  // Factorises; afterwards solve may be called any number of times, from any thread.
  void factorise();
  // x (size, stride apart) holds b and becomes the solution.
  void solve(double* x, int stride) const;

 private:
  std::vector<double> diagonal_;  // A, then its factors L D L^T
  std::vector<double> first_;     // A[i + 1, i]
  std::vector<double> second_;    // A[i + 2, i]
};

}  // namespace kinesis
