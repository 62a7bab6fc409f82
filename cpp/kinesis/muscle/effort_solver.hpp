// How muscles share a wanted torque with least effort, for one body or for many at once: see
// MuscleEffort, which says what is minimised and how.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "kinesis/base/real.hpp"
#include "kinesis/muscle/curves.hpp"

namespace kinesis {

// Which rows each column of G has values in: column i in row[start[i]] to row[start[i + 1] - 1],
// ascending.
struct EffortPattern {
  int rows = 0;
  std::vector<int> start, row;
  // Of the normal matrix's rows, lower triangle: the first column that is not zero, and where it
  // would begin if the row had all columns, all rows one after the other.
  std::vector<int> first, begin;  // (rows)
  int normal_size = 0;
  // Of each of its entries, one after the other, pairs of values whose products add up to it.
  struct Product {
    int scaled, value;
  };
  std::vector<int> product_begin;  // (normal_size + 1)
  std::vector<Product> products;

  // Works out the latter from the former.
  void plan() {
    first.resize(rows);
    begin.resize(rows);
    for (int j = 0; j < rows; ++j) {
      first[j] = j;
    }
    for (int i = 0; i < columns(); ++i) {
      for (int k = start[i]; k < start[i + 1]; ++k) {
        first[row[k]] = first[row[k]] < row[start[i]] ? first[row[k]] : row[start[i]];
      }
    }
    normal_size = 0;
    for (int j = 0; j < rows; ++j) {
      begin[j] = normal_size - first[j];
      normal_size += j - first[j] + 1;
    }
    std::vector<std::vector<Product>> of(normal_size);
    for (int i = 0; i < columns(); ++i) {
      for (int k = start[i]; k < start[i + 1]; ++k) {
        for (int l = start[i]; l <= k; ++l) {
          of[begin[row[k]] + row[l]].push_back({k, l});
        }
      }
    }
    product_begin = {0};
    products.clear();
    for (const std::vector<Product>& one : of) {
      products.insert(products.end(), one.begin(), one.end());
      product_begin.push_back(static_cast<int>(products.size()));
    }
  }

  int columns() const { return static_cast<int>(start.size()) - 1; }
  int values() const { return start.back(); }
};

// Torques a unit of activation (values) of muscles at these lengths and velocities, with these
// moment arms (values); the torques (rows) of their passive forces are added to passive. curves_of
// gives a muscle's curves.
template <class Real, class Curves>
void torques_of_muscles(const EffortPattern& pattern, const Curves& curves_of, const Real* length,
                        const Real* velocity, const Real* arm, Real* value, Real* passive) {
  for (int i = 0; i < pattern.columns(); ++i) {
    const Real gain = muscle_gain(curves_of(i), length[i], velocity[i]);
    const Real bias = muscle_bias(curves_of(i), length[i]);
    for (int k = pattern.start[i]; k < pattern.start[i + 1]; ++k) {
      value[k] = gain * arm[k];
      passive[pattern.row[k]] += bias * arm[k];
    }
  }
}

// One problem, in numbers of type Real; weights are the same for all bodies of a vector.
template <class Real>
class EffortSolver {
 public:
  using Scalar = ScalarOf<Real>;
  using Mask = MaskOf<Real>;

  struct Problem {
    const Real* value;         // (values) of G
    const Real* wanted;        // (rows) b
    const Scalar* row_weight;  // (rows) lambda
    const Scalar* weight;      // (columns) w
    const Scalar* upper;       // (columns)
  };

  static std::size_t workspace_size(const EffortPattern& pattern) {
    const auto m = static_cast<std::size_t>(pattern.rows);
    return static_cast<std::size_t>(pattern.normal_size + pattern.values()) + 4 * m +
           7 * static_cast<std::size_t>(pattern.columns());
  }

  EffortSolver(const EffortPattern& pattern, const Problem& problem, Real* workspace)
      : pattern_(pattern), p_(problem), m_(pattern.rows), n_(pattern.columns()) {
    z_ = workspace;
    next_ = z_ + m_;
    direction_ = next_ + m_;
    residual_ = direction_ + m_;
    normal_ = residual_ + m_;
    slope_ = normal_ + pattern.normal_size;
    next_slope_ = slope_ + n_;
    place_ = next_slope_ + n_;
    kink_change_ = place_ + n_;
    kink_start_ = kink_change_ + n_;
    kink_limit_ = kink_start_ + n_;
    kink_inverse_ = kink_limit_ + n_;
    scaled_ = kink_inverse_ + n_;
  }

  // multiplier (rows): see MuscleEffort::solve. x (columns). steps: that were taken. Returns where
  // the optimality conditions were met. What a vector's lanes get does not depend on each other.
  Mask solve(int most_steps, Real* multiplier, Real* x, int* steps) {
    Real scale(1);
    Mask fresh = scale == scale;
    for (int j = 0; j < m_; ++j) {
      scale = larger(scale, Real(abs(p_.wanted[j])));
      fresh = fresh & (multiplier[j] == Real(0));
      z_[j] = Real(0);
    }
    // A similar problem's places are a good start; its z is none for this one's line search.
    times_columns(multiplier, slope_);
    for (int i = 0; i < n_; ++i) {
      place_[i] = select(fresh, Real(kFree), place_of(i, slope_[i]));
    }
    Mask met = !(scale == scale);
    Mask failed = met;
    for (*steps = 0; *steps < most_steps && any(!(met | failed)); ++*steps) {
      const Mask open = !(met | failed);
      assemble();
      failed = failed | (open & !factor_and_solve());
      times_columns(next_, next_slope_);
      const Mask agreed = agrees(next_slope_);
      Real length(1);
      if (*steps > 0 && any(open & !agreed)) {
        for (int j = 0; j < m_; ++j) {
          direction_[j] = next_[j] - z_[j];
        }
        length = select(agreed, Real(1), line_search());
      }
      const Mask full = length == Real(1), moves = open & !failed;
      for (int j = 0; j < m_; ++j) {
        const Real there = select(full, next_[j], z_[j] + length * direction_[j]);
        z_[j] = select(moves, there, z_[j]);
      }
      for (int i = 0; i < n_; ++i) {
        const Real there =
            select(full, next_slope_[i], slope_[i] + length * (next_slope_[i] - slope_[i]));
        slope_[i] = select(moves, there, slope_[i]);
      }
      met = met | (moves & full & agreed);
      if (any(moves & full & !agreed)) {
        met = met | (moves & full & (gradient() <= kTolerance * scale));
      }
      for (int i = 0; i < n_; ++i) {
        place_[i] = place_of(i, slope_[i]);
      }
    }
    for (int j = 0; j < m_; ++j) {
      multiplier[j] = z_[j];
    }
    for (int i = 0; i < n_; ++i) {
      x[i] = share_of(i);
    }
    return met;
  }

 private:
  // Where a column is: between its bounds, or at one of them.
  static constexpr Scalar kLower{0}, kFree{1}, kUpper{2};
  // Largest violation of the optimality conditions that counts as met, relative to what is wanted.
  static constexpr Scalar kTolerance =
      sizeof(Scalar) == sizeof(double) ? Scalar(1e-12) : Scalar(1e-5);
  static constexpr int kMaxSearchSteps = 30;
  static constexpr Scalar kSearchShare{1e-3};  // of its first slope at which a line search ends

  Real share_of(int column) const {
    return clamped(Real(slope_[column] * (Scalar(1) / p_.weight[column])), Real(0),
                   Real(p_.upper[column]));
  }

  Real place_of(int column, const Real& slope) const {
    return select(
        slope <= Real(0), Real(kLower),
        select(slope >= Real(p_.weight[column] * p_.upper[column]), Real(kUpper), Real(kFree)));
  }

  // normal = diag(1 / lambda) + sum over free columns of g g^T / w; next = b - sum at upper of g u.
  void assemble() {
    for (int j = 0; j < m_; ++j) {
      next_[j] = p_.wanted[j];
    }
    for (int i = 0; i < n_; ++i) {
      const int begin = pattern_.start[i], end = pattern_.start[i + 1];
      const Mask free = place_[i] == Real(kFree), above = place_[i] == Real(kUpper);
      const Scalar inverse = Scalar(1) / p_.weight[i];
      for (int k = begin; k < end; ++k) {
        scaled_[k] = where(free, Real(p_.value[k] * inverse));
      }
      if (any(above)) {
        for (int k = begin; k < end; ++k) {
          next_[pattern_.row[k]] -= where(above, Real(p_.value[k] * p_.upper[i]));
        }
      }
    }
    const int* begin = pattern_.product_begin.data();
    const EffortPattern::Product* products = pattern_.products.data();
    for (int entry = 0; entry < pattern_.normal_size; ++entry) {
      Real sum(0);
      for (int k = begin[entry]; k < begin[entry + 1]; ++k) {
        sum += scaled_[products[k].scaled] * p_.value[products[k].value];
      }
      normal_[entry] = sum;
    }
    for (int j = 0; j < m_; ++j) {
      normal_[pattern_.begin[j] + j] += Scalar(1) / p_.row_weight[j];
    }
  }

  // Cholesky's factorisation in place, column by column, reciprocals on the diagonal, then both
  // substitutions on next. Returns where all pivots are positive.
  Mask factor_and_solve() {
    Mask good = p_.wanted[0] == p_.wanted[0];
    const auto line = [&](int j) { return normal_ + pattern_.begin[j]; };
    for (int j = 0; j < m_; ++j) {
      const Real pivot = line(j)[j];
      good = good & (pivot > Real(0)) & (pivot < Real(kHuge));
      if (none(good)) {
        return good;
      }
      const Real inverse = Scalar(1) / sqrt(pivot);
      line(j)[j] = inverse;
      next_[j] *= inverse;
      for (int i = j + 1; i < m_; ++i) {
        if (pattern_.first[i] > j) {
          continue;
        }
        Real* row = line(i);
        const Real below = row[j] * inverse;
        row[j] = below;
        next_[i] -= below * next_[j];
        for (int k = j + 1; k <= i; ++k) {
          if (pattern_.first[k] <= j) {
            row[k] -= below * line(k)[j];
          }
        }
      }
    }
    for (int j = m_ - 1; j >= 0; --j) {
      const Real* row = line(j);
      next_[j] *= row[j];
      for (int k = pattern_.first[j]; k < j; ++k) {
        next_[k] -= row[k] * next_[j];
      }
    }
    return good;
  }

  // Where every column is placed where these slopes put it.
  Mask agrees(const Real* slope) const {
    Mask same = slope[0] == slope[0];
    for (int i = 0; i < n_ && any(same); ++i) {
      same = same & (place_of(i, slope[i]) == place_[i]);
    }
    return same;
  }

  // Writes z / lambda + G x(z) - b to residual; returns its largest magnitude.
  Real gradient() {
    for (int j = 0; j < m_; ++j) {
      residual_[j] = z_[j] * (Scalar(1) / p_.row_weight[j]) - p_.wanted[j];
    }
    for (int i = 0; i < n_; ++i) {
      const Real x = share_of(i);
      for (int k = pattern_.start[i]; k < pattern_.start[i + 1]; ++k) {
        residual_[pattern_.row[k]] += p_.value[k] * x;
      }
    }
    Real largest(0);
    for (int j = 0; j < m_; ++j) {
      largest = larger(largest, Real(abs(residual_[j])));
    }
    return largest;
  }

  // The share of the step to take: all of it where the function falls to the end, or nearly so,
  // else where its slope along the step has all but vanished. That slope is increasing and
  // piecewise linear in the share; Newton's method within a bracket finds its root.
  Real line_search() {
    Real constant(0);  // of the part without kinks: the slope at 0, and its growth
    Real linear(0);
    for (int j = 0; j < m_; ++j) {
      const Scalar inverse = Scalar(1) / p_.row_weight[j];
      constant += (z_[j] * inverse - p_.wanted[j]) * direction_[j];
      linear += direction_[j] * direction_[j] * inverse;
    }
    // Columns that stay where they are add to that part; the others, in the lanes that they move
    // in, are listed.
    int listed = 0;
    for (int i = 0; i < n_; ++i) {
      const Real change = next_slope_[i] - slope_[i];
      const Scalar inverse = Scalar(1) / p_.weight[i];
      const Mask moves = place_of(i, next_slope_[i]) != place_[i];
      const Real share = where((place_[i] == Real(kFree)) & !moves, Real(change * inverse));
      constant += share * slope_[i];
      constant += where((place_[i] == Real(kUpper)) & !moves, Real(change * p_.upper[i]));
      linear += share * change;
      if (any(moves)) {
        kink_change_[listed] = where(moves, change);
        kink_start_[listed] = slope_[i];
        kink_limit_[listed] = Real(p_.weight[i] * p_.upper[i]);
        kink_inverse_[listed] = Real(inverse);
        ++listed;
      }
    }
    Real curvature(0);
    const auto slope_at = [&](const Real& share) {
      Real slope = constant + share * linear;
      curvature = linear;
      for (int k = 0; k < listed; ++k) {
        const Real x = kink_start_[k] + share * kink_change_[k];
        const Real force = kink_change_[k] * kink_inverse_[k];
        slope += force * smaller(larger(x, Real(0)), kink_limit_[k]);
        curvature += where((x > Real(0)) & (x < kink_limit_[k]), Real(kink_change_[k] * force));
      }
      return slope;
    };
    const Real enough = kSearchShare * abs(slope_at(Real(0)));
    Real low(0), high(1), at(1);
    Mask found = !(at == at);
    for (int step = 0; step < kMaxSearchSteps; ++step) {
      const Real slope = slope_at(at);
      found = found | (abs(slope) <= enough) | ((at == Real(1)) & (slope <= Real(0)));
      if (all(found)) {
        break;
      }
      const Mask rises = slope > Real(0);
      high = select(rises, at, high);
      low = select(rises, low, at);
      Real better = at - slope / curvature;
      better = select((better > low) & (better < high), better, Scalar(0.5) * (low + high));
      at = select(found, at, better);
    }
    return at;
  }

  void times_columns(const Real* z, Real* out) const {
    for (int i = 0; i < n_; ++i) {
      Real sum(0);
      for (int k = pattern_.start[i]; k < pattern_.start[i + 1]; ++k) {
        sum += p_.value[k] * z[pattern_.row[k]];
      }
      out[i] = sum;
    }
  }

  static constexpr Scalar kHuge = Scalar(1e30);

  const EffortPattern& pattern_;
  const Problem p_;
  int m_, n_;
  Real* z_;           // (rows)
  Real* next_;        // (rows) Newton's full step from z
  Real* direction_;   // (rows) next - z
  Real* residual_;    // (rows) gradient of the function that z minimises
  Real* normal_;      // (normal_size) see EffortPattern
  Real* slope_;       // (columns) G^T z
  Real* next_slope_;  // (columns)
  Real* place_;       // (columns) one of the above
  Real* scaled_;      // (values) of columns that are free, over the weight; else 0
  // (columns) those that a line search moves from one place to another
  Real *kink_change_, *kink_start_, *kink_limit_, *kink_inverse_;
};

}  // namespace kinesis
