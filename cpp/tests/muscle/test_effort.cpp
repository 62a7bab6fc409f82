// Least muscle effort: optimality conditions on random problems, and answers known by hand.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "kinesis/muscle/effort.hpp"

using namespace kinesis;
using doctest::Approx;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Problem {
  int rows;
  std::vector<int> start{0}, row;
  std::vector<double> value, wanted, weight, upper, row_weight;

  std::vector<double> solve(int* steps = nullptr) const {
    const MuscleEffort effort(rows, start, row, row_weight);
    std::vector<double> work(effort.workspace_size()), z(rows), x(weight.size());
    const int taken = effort.solve(value.data(), wanted.data(), weight.data(), upper.data(),
                                   work.data(), z.data(), x.data());
    if (steps != nullptr) {
      *steps = taken;
    }
    return x;
  }

  // Gradient of the objective, halved, in each unknown; size: of the terms that cancel in it.
  std::vector<double> gradient(const std::vector<double>& x, std::vector<double>* size) const {
    std::vector<double> missing(wanted), terms(wanted);
    std::transform(terms.begin(), terms.end(), terms.begin(), [](double b) { return std::abs(b); });
    for (std::size_t i = 0; i < x.size(); ++i) {
      for (int k = start[i]; k < start[i + 1]; ++k) {
        missing[row[k]] -= value[k] * x[i];
        terms[row[k]] += std::abs(value[k]) * x[i];
      }
    }
    std::vector<double> g(x.size());
    size->assign(x.size(), 0.0);
    for (std::size_t i = 0; i < x.size(); ++i) {
      g[i] = weight[i] * x[i];
      for (int k = start[i]; k < start[i + 1]; ++k) {
        g[i] -= row_weight[row[k]] * value[k] * missing[row[k]];
        (*size)[i] += row_weight[row[k]] * std::abs(value[k]) * terms[row[k]];
      }
    }
    return g;
  }
};

Problem random_problem(int rows, int columns, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform(-1.0, 1.0);
  Problem p;
  p.rows = rows;
  for (int i = 0; i < columns; ++i) {
    for (int j = 0; j < rows; ++j) {
      if (uniform(random) > 0.2) {
        p.row.push_back(j);
        p.value.push_back(200.0 * uniform(random));
      }
    }
    p.start.push_back(static_cast<int>(p.row.size()));
    p.weight.push_back(1.0 + 0.5 * uniform(random));
    p.upper.push_back(i % 7 == 3 ? kInfinity : 1.0);
  }
  for (int j = 0; j < rows; ++j) {
    p.wanted.push_back(300.0 * uniform(random));
    p.row_weight.push_back(std::exp(4.0 * uniform(random)));
  }
  return p;
}

}  // namespace

TEST_CASE("optimality conditions hold on random problems") {
  int most = 0;
  for (unsigned seed = 0; seed < 300; ++seed) {
    const Problem p = random_problem(3 + static_cast<int>(seed % 12), 40, seed);
    int steps = 0;
    const std::vector<double> x = p.solve(&steps);
    CHECK(steps > 0);
    most = std::max(most, steps);
    std::vector<double> size;
    const std::vector<double> g = p.gradient(x, &size);
    for (std::size_t i = 0; i < x.size(); ++i) {
      CHECK(x[i] >= 0.0);
      CHECK(x[i] <= p.upper[i]);
      const double tolerance = 1e-10 * size[i];  // the solver ends at 1e-12 of the torques
      if (x[i] > 0.0) {
        CHECK(g[i] <= tolerance);
      }
      if (x[i] < p.upper[i]) {
        CHECK(g[i] >= -tolerance);
      }
    }
  }
  CHECK(most <= 40);
}

TEST_CASE("one muscle, one joint, by hand") {
  // x = lambda g b / (w + lambda g^2) within its bounds.
  Problem p{1, {0, 1}, {0}, {10.0}, {4.0}, {2.0}, {1.0}, {0.5}};
  CHECK(p.solve()[0] == Approx(0.5 * 10.0 * 4.0 / (2.0 + 0.5 * 100.0)).epsilon(1e-14));
  p.wanted = {-4.0};
  CHECK(p.solve()[0] == 0.0);
  p.wanted = {40.0};
  CHECK(p.solve()[0] == 1.0);
  p.upper = {kInfinity};
  CHECK(p.solve()[0] == Approx(0.5 * 10.0 * 40.0 / 52.0).epsilon(1e-14));
}

TEST_CASE("equal muscles share, antagonists rest, and nothing wanted is nothing done") {
  Problem p{1, {0, 1, 2, 3}, {0, 0, 0}, {10.0, 10.0, -10.0}, {5.0}, {1, 1, 1}, {1, 1, 1}, {1e6}};
  const std::vector<double> x = p.solve();
  CHECK(x[0] == x[1]);
  CHECK(x[0] == Approx(0.25).epsilon(1e-6));
  CHECK(x[2] == 0.0);
  p.wanted = {0.0};
  for (const double a : p.solve()) {
    CHECK(a == 0.0);
  }
}

TEST_CASE("a joint that no muscle moves keeps its torque error") {
  const Problem p{2, {0, 1}, {0}, {10.0}, {5.0, 7.0}, {1.0}, {1.0}, {1e6, 1.0}};
  CHECK(p.solve()[0] == Approx(0.5).epsilon(1e-6));
}

TEST_CASE("a similar problem's multipliers save steps and change nothing") {
  int cold_steps = 0, warm_steps = 0;
  for (unsigned seed = 0; seed < 50; ++seed) {
    Problem p = random_problem(14, 80, seed);
    const MuscleEffort effort(p.rows, p.start, p.row, p.row_weight);
    std::vector<double> work(effort.workspace_size()), z(p.rows), x(p.weight.size()), warm(x);
    const auto solve = [&](std::vector<double>& found) {
      return effort.solve(p.value.data(), p.wanted.data(), p.weight.data(), p.upper.data(),
                          work.data(), z.data(), found.data());
    };
    solve(x);
    for (double& b : p.wanted) {
      b *= 1.03;
    }
    warm_steps += solve(warm);
    std::fill(z.begin(), z.end(), 0.0);
    cold_steps += solve(x);
    for (std::size_t i = 0; i < x.size(); ++i) {
      CHECK(warm[i] == Approx(x[i]).epsilon(1e-8));
    }
  }
  CHECK(2 * warm_steps < cold_steps);
}

TEST_CASE("columns that do not fit the rows are refused") {
  CHECK_THROWS(MuscleEffort(1, {0, 2}, {0}, {1.0}));
  CHECK_THROWS(MuscleEffort(2, {0, 1}, {0}, {1.0}));
  CHECK_THROWS(MuscleEffort(1, {0, 1}, {0}, {0.0}));
}
