#include "kinesis/muscle/effort.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace kinesis {

MuscleEffort::MuscleEffort(int rows, std::vector<int> start, std::vector<int> row,
                           std::vector<double> row_weight)
    : row_weight_(std::move(row_weight)) {
  pattern_.rows = rows;
  pattern_.start = std::move(start);
  pattern_.row = std::move(row);
  if (pattern_.start.empty() || pattern_.start.front() != 0 ||
      pattern_.values() != static_cast<int>(pattern_.row.size()) ||
      static_cast<int>(row_weight_.size()) != rows) {
    throw std::invalid_argument("the columns of a muscle effort problem do not fit its rows");
  }
  if (std::any_of(row_weight_.begin(), row_weight_.end(), [](double w) { return !(w > 0.0); })) {
    throw std::invalid_argument("torque weights must be positive");
  }
  pattern_.plan();
}

std::size_t MuscleEffort::workspace_size() const {
  return EffortSolver<double>::workspace_size(pattern_);
}

int MuscleEffort::solve(const double* value, const double* wanted, const double* weight,
                        const double* upper, double* workspace, double* multiplier,
                        double* x) const {
  EffortSolver<double> solver(pattern_, {value, wanted, row_weight_.data(), weight, upper},
                              workspace);
  int steps = 0;
  return solver.solve(kMaxSteps, multiplier, x, &steps) ? steps : -steps;
}

}  // namespace kinesis
