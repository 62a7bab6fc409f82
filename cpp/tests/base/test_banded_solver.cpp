#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "kinesis/base/banded_solver.hpp"

using doctest::Approx;
using kinesis::BandedSolver;

TEST_CASE("the factored system solves what was summed up") {
  // Squares of x0, x1 - x0, x2 - 2 x1 + x0 and all further bending, by hand in a dense matrix.
  constexpr int kSize = 6;
  double dense[kSize][kSize] = {};
  BandedSolver solver(kSize);
  const auto add = [&](int at, std::vector<double> c, double weight) {
    solver.add_square(at, c.data(), static_cast<int>(c.size()), weight);
    for (std::size_t i = 0; i < c.size(); ++i) {
      for (std::size_t j = 0; j < c.size(); ++j) {
        dense[at + i][at + j] += weight * c[i] * c[j];
      }
    }
  };
  for (int i = 0; i < kSize; ++i) {
    add(i, {1.0}, 0.5 + i);
  }
  add(2, {-1.0, 1.0}, 3.0);
  for (int i = 0; i + 2 < kSize; ++i) {
    add(i, {1.0, -2.0, 1.0}, 7.0);
  }
  solver.factorise();
  const double expected[kSize] = {1.0, -2.0, 0.5, 4.0, 0.0, 3.0};
  double x[2 * kSize];  // every other entry, as in rows of two
  for (int i = 0; i < kSize; ++i) {
    x[2 * i] = 0.0;
    for (int j = 0; j < kSize; ++j) {
      x[2 * i] += dense[i][j] * expected[j];
    }
  }
  solver.solve(x, 2);
  for (int i = 0; i < kSize; ++i) {
    CHECK(x[2 * i] == Approx(expected[i]));
  }
}

TEST_CASE("smoothing keeps straight lines and halves the chosen frequency") {
  constexpr int kSize = 2001;
  const double frequency = 5.0, rate = 120.0;
  const double wave = 2.0 * std::sin(M_PI * frequency / rate);
  BandedSolver solver(kSize);
  const double one = 1.0;
  for (int i = 0; i < kSize; ++i) {
    solver.add_square(i, &one, 1, 1.0);
  }
  solver.add_bending(1.0 / std::pow(wave, 4));
  solver.factorise();
  const int middle = kSize / 2;
  std::vector<double> line(kSize), sine(kSize);
  for (int i = 0; i < kSize; ++i) {
    line[i] = 3.0 - 0.01 * i;
    sine[i] = std::sin(2.0 * M_PI * frequency * (i - middle) / rate + M_PI / 2);
  }
  solver.solve(line.data(), 1);
  solver.solve(sine.data(), 1);
  CHECK(line[0] == Approx(3.0));
  CHECK(line[700] == Approx(3.0 - 7.0));
  CHECK(sine[kSize / 2] == Approx(0.5));
}

TEST_CASE("single frames and pairs are solved too") {
  for (int size : {1, 2}) {
    BandedSolver solver(size);
    const double one = 1.0;
    for (int i = 0; i < size; ++i) {
      solver.add_square(i, &one, 1, 2.0);
    }
    solver.add_bending(1.0);
    solver.factorise();
    double x[2] = {4.0, 6.0};
    solver.solve(x, 1);
    CHECK(x[0] == Approx(2.0));
  }
}
