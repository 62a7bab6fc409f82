// How muscles share a wanted torque: least effort, within what a muscle can do.
#pragma once

#include <cstddef>
#include <vector>

#include "kinesis/muscle/effort_solver.hpp"

namespace kinesis {

// minimise  sum_i w_i x_i^2 + sum_j lambda_j ((G x)_j - b_j)^2   over  0 <= x_i <= upper_i
//
// x are muscle activations, G their torques a unit of activation, b the wanted torques; contact
// forces may be further columns (Crowninshield and Brand 1981, J. Biomech. 14:793, for the
// criterion with squares).
//
// With z_j = lambda_j (b - G x)_j the optimum is x_i = clip(g_i.z / w_i, 0, upper_i), g_i a column
// of G, and z minimises a convex, piecewise quadratic function of as many variables as there are
// rows. Newton's method on it is an active-set method whose systems are as small as the rows are
// few; it ends when a full step leaves every column at the bound, or between the bounds, where the
// step took it to be: then the optimality conditions hold exactly.
//
// Immutable after construction, deterministic, without allocation; shared between threads that
// bring a workspace each.
class MuscleEffort {
 public:
  // G's sparsity, column by column: column i has its values in rows row[start[i]] to
  // row[start[i + 1] - 1], ascending. row_weight (rows): lambda, positive.
  MuscleEffort(int rows, std::vector<int> start, std::vector<int> row,
               std::vector<double> row_weight);

  int rows() const { return pattern_.rows; }
  int columns() const { return pattern_.columns(); }
  int values() const { return pattern_.values(); }
  const std::vector<int>& start() const { return pattern_.start; }
  const std::vector<int>& row() const { return pattern_.row; }
  const EffortPattern& pattern() const { return pattern_; }
  std::size_t workspace_size() const;  // doubles

  // value (values()): of G in the order of row; weight and upper (columns()), weights positive,
  // upper bounds positive, infinite ones allowed; wanted (rows()): b. Writes x (columns()).
  // multiplier (rows()), z: on entry that of a similar problem, which saves steps, or zeros; on
  // return this one's. Returns the Newton steps taken, negative if the optimality conditions were
  // not met after kMaxSteps.
  int solve(const double* value, const double* wanted, const double* weight, const double* upper,
            double* workspace, double* multiplier, double* x) const;

  static constexpr int kMaxSteps = 100;

 private:
  EffortPattern pattern_;
  std::vector<double> row_weight_;
};

}  // namespace kinesis
