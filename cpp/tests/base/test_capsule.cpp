#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "kinesis/base/capsule.hpp"

using doctest::Approx;
using kinesis::closest_points;

namespace {

double distance_at(const double (*ends)[3], double s, double t) {
  double squared = 0.0;
  for (int k = 0; k < 3; ++k) {
    const double a = ends[0][k] + s * (ends[1][k] - ends[0][k]);
    const double b = ends[2][k] + t * (ends[3][k] - ends[2][k]);
    squared += (a - b) * (a - b);
  }
  return std::sqrt(squared);
}

}  // namespace

TEST_CASE("closest points of segments, against a search") {
  std::mt19937 random(4);
  std::uniform_real_distribution<double> uniform(-1.0, 1.0);
  for (int trial = 0; trial < 200; ++trial) {
    double ends[4][3];
    for (auto& end : ends) {
      for (double& x : end) {
        x = uniform(random);
      }
    }
    double on_a[3], on_b[3];
    const double found = closest_points(ends[0], ends[1], ends[2], ends[3], on_a, on_b);
    double least = 1e9;
    for (int i = 0; i <= 100; ++i) {
      for (int j = 0; j <= 100; ++j) {
        least = std::min(least, distance_at(ends, 0.01 * i, 0.01 * j));
      }
    }
    CHECK(found <= least + 1e-12);
    CHECK(found == Approx(least).epsilon(0.0).scale(1.0).epsilon(0.05));
  }
}

TEST_CASE("parallel and pointlike segments") {
  const double a0[3] = {0, 0, 0}, a1[3] = {1, 0, 0}, b0[3] = {0, 2, 0}, b1[3] = {1, 2, 0};
  double on_a[3], on_b[3];
  CHECK(closest_points(a0, a1, b0, b1, on_a, on_b) == Approx(2.0));
  CHECK(closest_points(a0, a0, b0, b0, on_a, on_b) == Approx(2.0));
  CHECK(closest_points(a0, a0, b1, b1, on_a, on_b) == Approx(std::sqrt(5.0)));
}
