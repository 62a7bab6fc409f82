#include "kinesis/muscle/effort.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace kinesis {
namespace {

// Largest violation of the optimality conditions that counts as met, relative to what is wanted.
constexpr double kTolerance = 1e-12;
constexpr int kMaxSearchSteps = 30;
constexpr double kSearchShare = 1e-3;  // of its first slope at which a line search ends

double dot(const double* a, const double* b, int count) {
  double sum = 0.0;
  for (int i = 0; i < count; ++i) {
    sum += a[i] * b[i];
  }
  return sum;
}

}  // namespace

// Where a column is: between its bounds, or at one of them. Numbers, as they are in the workspace.
constexpr double kLower = 0.0;
constexpr double kFree = 1.0;
constexpr double kUpper = 2.0;

struct MuscleEffort::Search {
  const double* value;
  const double* wanted;
  const double* weight;
  const double* upper;
  double* z;          // (rows)
  double* next;       // (rows) Newton's full step from z
  double* direction;  // (rows) next - z
  double* residual;   // (rows) gradient of the function that z minimises
  double* normal;     // (rows x rows) lower triangle
  double* slope;      // (columns) G^T z
  double* next_slope;
  double* place;  // (columns) one of the above
};

inline double MuscleEffort::place_of(const Search& s, int column, double slope) {
  if (slope <= 0.0) {
    return kLower;
  }
  return slope >= s.weight[column] * s.upper[column] ? kUpper : kFree;
}

MuscleEffort::MuscleEffort(int rows, std::vector<int> start, std::vector<int> row,
                           std::vector<double> row_weight)
    : rows_(rows),
      start_(std::move(start)),
      row_(std::move(row)),
      row_weight_(std::move(row_weight)) {
  if (start_.empty() || start_.front() != 0 || start_.back() != static_cast<int>(row_.size()) ||
      static_cast<int>(row_weight_.size()) != rows_) {
    throw std::invalid_argument("the columns of a muscle effort problem do not fit its rows");
  }
  if (std::any_of(row_weight_.begin(), row_weight_.end(), [](double w) { return !(w > 0.0); })) {
    throw std::invalid_argument("torque weights must be positive");
  }
  first_.resize(rows_);
  std::iota(first_.begin(), first_.end(), 0);
  for (int i = 0; i < columns(); ++i) {
    for (int k = start_[i]; k < start_[i + 1]; ++k) {
      first_[row_[k]] = std::min(first_[row_[k]], row_[start_[i]]);
    }
  }
}

std::size_t MuscleEffort::workspace_size() const {
  const auto m = static_cast<std::size_t>(rows_);
  return m * m + 4 * m + 3 * static_cast<std::size_t>(columns());
}

int MuscleEffort::solve(const double* value, const double* wanted, const double* weight,
                        const double* upper, double* workspace, double* multiplier,
                        double* x) const {
  const int n = columns();
  const int m = rows_;
  Search s{};
  s.value = value;
  s.wanted = wanted;
  s.weight = weight;
  s.upper = upper;
  s.z = workspace;
  s.next = s.z + m;
  s.direction = s.next + m;
  s.residual = s.direction + m;
  s.normal = s.residual + m;
  s.slope = s.normal + static_cast<std::ptrdiff_t>(m) * m;
  s.next_slope = s.slope + n;
  s.place = s.next_slope + n;

  double scale = 1.0;
  for (int j = 0; j < m; ++j) {
    scale = std::max(scale, std::abs(wanted[j]));
  }
  // A similar problem's places are a good start; its z is none for this one's line search.
  times_columns(s, multiplier, s.slope);
  for (int i = 0; i < n; ++i) {
    s.place[i] = place_of(s, i, s.slope[i]);
  }
  if (std::all_of(multiplier, multiplier + m, [](double z) { return z == 0.0; })) {
    std::fill_n(s.place, n, kFree);
  }
  int steps = 0;
  bool met = false;
  while (!met && steps < kMaxSteps) {
    assemble(s);
    if (!factor_and_solve(s)) {
      break;
    }
    times_columns(s, s.next, s.next_slope);
    met = agrees(s, s.next_slope);
    double length = 1.0;
    if (!met && steps > 0) {
      for (int j = 0; j < m; ++j) {
        s.direction[j] = s.next[j] - s.z[j];
      }
      length = line_search(s);
    }
    ++steps;
    if (length == 1.0) {
      std::swap(s.z, s.next);
      std::swap(s.slope, s.next_slope);
      met = met || gradient(s) <= kTolerance * scale;
    } else {
      for (int j = 0; j < m; ++j) {
        s.z[j] += length * s.direction[j];
      }
      for (int i = 0; i < n; ++i) {
        s.slope[i] += length * (s.next_slope[i] - s.slope[i]);
      }
    }
    for (int i = 0; i < n; ++i) {
      s.place[i] = place_of(s, i, s.slope[i]);
    }
  }
  std::copy_n(s.z, m, multiplier);
  for (int i = 0; i < n; ++i) {
    x[i] = std::clamp(s.slope[i] / weight[i], 0.0, upper[i]);
  }
  return met ? steps : -steps;
}

// normal = diag(1 / lambda) + sum over free columns of g g^T / w; next = b - sum at upper of g u.
void MuscleEffort::assemble(Search& s) const {
  const int m = rows_;
  std::fill_n(s.normal, static_cast<std::ptrdiff_t>(m) * m, 0.0);
  for (int j = 0; j < m; ++j) {
    s.normal[j * m + j] = 1.0 / row_weight_[j];
    s.next[j] = s.wanted[j];
  }
  for (int i = 0; i < columns(); ++i) {
    const int begin = start_[i], end = start_[i + 1];
    if (s.place[i] == kFree) {
      const double inverse = 1.0 / s.weight[i];
      for (int k = begin; k < end; ++k) {
        const double scaled = s.value[k] * inverse;
        double* line = s.normal + static_cast<std::ptrdiff_t>(row_[k]) * m;
        for (int l = begin; l <= k; ++l) {
          line[row_[l]] += scaled * s.value[l];
        }
      }
    } else if (s.place[i] == kUpper) {
      for (int k = begin; k < end; ++k) {
        s.next[row_[k]] -= s.value[k] * s.upper[i];
      }
    }
  }
}

// Cholesky's factorisation in place, reciprocals on the diagonal, then both substitutions on next.
// Entries before first_ are zero and stay so.
bool MuscleEffort::factor_and_solve(Search& s) const {
  const int m = rows_;
  for (int j = 0; j < m; ++j) {
    double* row = s.normal + static_cast<std::ptrdiff_t>(j) * m;
    const int begin = first_[j];
    for (int k = begin; k < j; ++k) {
      const double* other = s.normal + static_cast<std::ptrdiff_t>(k) * m;
      const int from = std::max(begin, first_[k]);
      row[k] = (row[k] - dot(row + from, other + from, k - from)) * other[k];
    }
    const double pivot = row[j] - dot(row + begin, row + begin, j - begin);
    if (!(pivot > 0.0) || !std::isfinite(pivot)) {
      return false;
    }
    row[j] = 1.0 / std::sqrt(pivot);
    s.next[j] = (s.next[j] - dot(row + begin, s.next + begin, j - begin)) * row[j];
  }
  for (int j = m - 1; j >= 0; --j) {
    const double* row = s.normal + static_cast<std::ptrdiff_t>(j) * m;
    s.next[j] *= row[j];
    for (int k = first_[j]; k < j; ++k) {
      s.next[k] -= row[k] * s.next[j];
    }
  }
  return true;
}

// Whether every column is placed where these slopes put it.
bool MuscleEffort::agrees(const Search& s, const double* slope) const {
  for (int i = 0; i < columns(); ++i) {
    if (place_of(s, i, slope[i]) != s.place[i]) {
      return false;
    }
  }
  return true;
}

// Writes z / lambda + G x(z) - b to residual; returns its largest magnitude.
double MuscleEffort::gradient(Search& s) const {
  for (int j = 0; j < rows_; ++j) {
    s.residual[j] = s.z[j] / row_weight_[j] - s.wanted[j];
  }
  for (int i = 0; i < columns(); ++i) {
    const double x = std::clamp(s.slope[i] / s.weight[i], 0.0, s.upper[i]);
    for (int k = start_[i]; k < start_[i + 1]; ++k) {
      s.residual[row_[k]] += s.value[k] * x;
    }
  }
  double largest = 0.0;
  for (int j = 0; j < rows_; ++j) {
    largest = std::max(largest, std::abs(s.residual[j]));
  }
  return largest;
}

// The share of the step to take: all of it where the function falls to the end, or nearly so, else
// where its slope along the step has all but vanished. That slope is increasing and piecewise
// linear in the share; Newton's method within a bracket finds its root.
double MuscleEffort::line_search(Search& s) const {
  double constant = 0.0;  // of the part without kinks: the slope at 0, and its growth
  double linear = 0.0;
  for (int j = 0; j < rows_; ++j) {
    constant += (s.z[j] / row_weight_[j] - s.wanted[j]) * s.direction[j];
    linear += s.direction[j] * s.direction[j] / row_weight_[j];
  }
  double curvature = 0.0;
  const auto slope_at = [&](double share) {
    double slope = constant + share * linear;
    curvature = linear;
    for (int i = 0; i < columns(); ++i) {
      const double change = s.next_slope[i] - s.slope[i];
      const double x = s.slope[i] + share * change;
      const double limit = s.weight[i] * s.upper[i];
      const double inverse = 1.0 / s.weight[i];
      slope += change * inverse * std::min(std::max(x, 0.0), limit);
      curvature += x > 0.0 && x < limit ? change * change * inverse : 0.0;
    }
    return slope;
  };
  const double enough = kSearchShare * std::abs(slope_at(0.0));
  double low = 0.0;
  double high = 1.0;
  double at = 1.0;
  for (int step = 0; step < kMaxSearchSteps; ++step) {
    const double slope = slope_at(at);
    if (std::abs(slope) <= enough || (at == 1.0 && slope <= 0.0)) {
      break;
    }
    (slope > 0.0 ? high : low) = at;
    at -= slope / curvature;
    if (!(at > low && at < high)) {
      at = 0.5 * (low + high);
    }
  }
  return at;
}

void MuscleEffort::times_columns(const Search& s, const double* z, double* out) const {
  for (int i = 0; i < columns(); ++i) {
    double sum = 0.0;
    for (int k = start_[i]; k < start_[i + 1]; ++k) {
      sum += s.value[k] * z[row_[k]];
    }
    out[i] = sum;
  }
}

}  // namespace kinesis
