#include "kinesis/muscle/feasible_range.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace kinesis {
namespace {

// Of numbers scaled to at most 1 in each row.
constexpr double kGain = 1e-10;   // less than this makes a cost no smaller
constexpr double kPivot = 1e-9;   // less than this is no pivot
constexpr double kMissed = 1e-6;  // more than this is a row that is missed
constexpr int kMost = 10'000;     // steps of one problem
constexpr int kPatience = 500;    // of them, until the first variable that helps is taken:
                                  // so no basis comes twice (Bland 1977)
constexpr int kFresh = 50;        // between inversions of the basis

}  // namespace

FeasibleRange::FeasibleRange(int rows, int columns)
    : rows_(rows),
      columns_(columns),
      matrix_(static_cast<std::size_t>(rows + columns) * rows),
      rhs_(rows),
      upper_(rows + columns),
      place_(rows + columns),
      basis_(rows),
      inverse_(static_cast<std::size_t>(rows) * rows),
      basic_(rows),
      price_(rows),
      move_(rows) {}

bool FeasibleRange::solve(const double* matrix, const double* rhs, const double* upper, double* low,
                          double* high) {
  begin(matrix, rhs, upper);
  std::vector<double> cost(variables(), 0.0);
  std::fill(cost.begin() + columns_, cost.end(), 1.0);
  if (minimise(cost) > kMissed) {
    return false;
  }
  std::fill(cost.begin() + columns_, cost.end(), 0.0);
  std::fill(upper_.begin() + columns_, upper_.end(), 0.0);
  for (int i = 0; i < columns_; ++i) {
    cost[i] = 1.0;
    low[i] = std::clamp(minimise(cost), 0.0, upper[i]);
    cost[i] = -1.0;
    high[i] = std::clamp(-minimise(cost), low[i], upper[i]);
    cost[i] = 0.0;
  }
  return true;
}

void FeasibleRange::begin(const double* matrix, const double* rhs, const double* upper) {
  std::fill(matrix_.begin(), matrix_.end(), 0.0);
  std::fill(inverse_.begin(), inverse_.end(), 0.0);
  for (int row = 0; row < rows_; ++row) {
    const double* from = matrix + static_cast<std::size_t>(row) * columns_;
    double largest = std::abs(rhs[row]);
    for (int i = 0; i < columns_; ++i) {
      largest = std::max(largest, std::abs(from[i]));
    }
    const double scale = largest > 0.0 ? 1.0 / largest : 1.0;
    for (int i = 0; i < columns_; ++i) {
      matrix_[static_cast<std::size_t>(i) * rows_ + row] = scale * from[i];
    }
    rhs_[row] = scale * rhs[row];
    const double sign = rhs_[row] < 0.0 ? -1.0 : 1.0;
    matrix_[static_cast<std::size_t>(columns_ + row) * rows_ + row] = sign;
    inverse_[static_cast<std::size_t>(row) * rows_ + row] = sign;
    basis_[row] = columns_ + row;
    basic_[row] = std::abs(rhs_[row]);
    upper_[columns_ + row] = std::numeric_limits<double>::infinity();
    place_[columns_ + row] = kBasic;
  }
  std::copy_n(upper, columns_, upper_.begin());
  std::fill_n(place_.begin(), columns_, kLower);
}

double FeasibleRange::minimise(const std::vector<double>& cost) {
  for (int step = 0; step < kMost; ++step) {
    if (step % kFresh == 0) {
      invert();
    }
    const int entering = choose(cost, step > kPatience);
    if (entering < 0) {
      break;
    }
    bring_in(entering);
  }
  double total = 0.0;
  for (int i = 0; i < variables(); ++i) {
    total += cost[i] != 0.0 ? cost[i] * value(i) : 0.0;
  }
  return total;
}

double FeasibleRange::value(int variable) const {
  if (place_[variable] != kBasic) {
    return place_[variable] == kUpper ? upper_[variable] : 0.0;
  }
  const auto at = std::find(basis_.begin(), basis_.end(), variable) - basis_.begin();
  return basic_[at];
}

int FeasibleRange::choose(const std::vector<double>& cost, bool first_that_does) {
  for (int k = 0; k < rows_; ++k) {
    price_[k] = 0.0;
    for (int row = 0; row < rows_; ++row) {
      price_[k] += cost[basis_[row]] * inverse_[static_cast<std::size_t>(row) * rows_ + k];
    }
  }
  int best = -1;
  double most = kGain;
  for (int i = 0; i < variables(); ++i) {
    if (place_[i] == kBasic || upper_[i] <= 0.0) {
      continue;
    }
    double reduced = cost[i];
    for (int row = 0; row < rows_; ++row) {
      reduced -= price_[row] * column(i)[row];
    }
    const double gain = place_[i] == kLower ? -reduced : reduced;
    if (gain > most) {
      best = i;
      most = gain;
      if (first_that_does) {
        break;
      }
    }
  }
  return best;
}

void FeasibleRange::bring_in(int entering) {
  const double sign = place_[entering] == kLower ? 1.0 : -1.0;
  for (int row = 0; row < rows_; ++row) {
    move_[row] = 0.0;
    for (int k = 0; k < rows_; ++k) {
      move_[row] += inverse_[static_cast<std::size_t>(row) * rows_ + k] * column(entering)[k];
    }
  }
  // As far as the first basic variable's bound, or its own other one.
  double far = upper_[entering];
  int leaving = -1;
  for (int row = 0; row < rows_; ++row) {
    const double by = sign * move_[row];
    const double room = by > 0.0 ? basic_[row] : upper_[basis_[row]] - basic_[row];
    if (std::abs(by) < kPivot || std::isinf(room)) {
      continue;
    }
    const double until = std::max(0.0, room) / std::abs(by);
    const bool surer = leaving >= 0 && until <= far && std::abs(by) > std::abs(move_[leaving]);
    if (until < far || surer) {
      far = until;
      leaving = row;
    }
  }
  for (int row = 0; row < rows_; ++row) {
    basic_[row] -= far * sign * move_[row];
  }
  if (leaving < 0) {
    place_[entering] = place_[entering] == kLower ? kUpper : kLower;
    return;
  }
  place_[basis_[leaving]] = sign * move_[leaving] > 0.0 ? kLower : kUpper;
  basic_[leaving] = (place_[entering] == kLower ? 0.0 : upper_[entering]) + sign * far;
  place_[entering] = kBasic;
  basis_[leaving] = entering;
  double* pivot = &inverse_[static_cast<std::size_t>(leaving) * rows_];
  for (int k = 0; k < rows_; ++k) {
    pivot[k] /= move_[leaving];
  }
  for (int row = 0; row < rows_; ++row) {
    for (int k = 0; row != leaving && k < rows_; ++k) {
      inverse_[static_cast<std::size_t>(row) * rows_ + k] -= move_[row] * pivot[k];
    }
  }
}

// The basis's inverse afresh (Gauss and Jordan, rows exchanged), and the basic variables' values.
void FeasibleRange::invert() {
  const int m = rows_;
  std::vector<double> work(static_cast<std::size_t>(m) * m);
  std::fill(inverse_.begin(), inverse_.end(), 0.0);
  for (int k = 0; k < m; ++k) {
    for (int row = 0; row < m; ++row) {
      work[row * m + k] = column(basis_[k])[row];
    }
    inverse_[static_cast<std::size_t>(k) * m + k] = 1.0;
  }
  for (int k = 0; k < m; ++k) {
    int pivot = k;
    for (int row = k + 1; row < m; ++row) {
      pivot = std::abs(work[row * m + k]) > std::abs(work[pivot * m + k]) ? row : pivot;
    }
    for (int j = 0; pivot != k && j < m; ++j) {
      std::swap(work[k * m + j], work[pivot * m + j]);
      std::swap(inverse_[k * m + j], inverse_[pivot * m + j]);
    }
    const double scale = 1.0 / work[k * m + k];
    for (int j = 0; j < m; ++j) {
      work[k * m + j] *= scale;
      inverse_[k * m + j] *= scale;
    }
    for (int row = 0; row < m; ++row) {
      const double by = work[row * m + k];
      for (int j = 0; row != k && j < m; ++j) {
        work[row * m + j] -= by * work[k * m + j];
        inverse_[row * m + j] -= by * inverse_[k * m + j];
      }
    }
  }
  std::vector<double> rest(rhs_);
  for (int i = 0; i < variables(); ++i) {
    if (place_[i] == kUpper) {
      for (int row = 0; row < m; ++row) {
        rest[row] -= upper_[i] * column(i)[row];
      }
    }
  }
  for (int row = 0; row < m; ++row) {
    basic_[row] = 0.0;
    for (int k = 0; k < m; ++k) {
      basic_[row] += inverse_[row * m + k] * rest[k];
    }
  }
}

}  // namespace kinesis
