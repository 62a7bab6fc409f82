// Capsules fixed to bodies, and where two of them come closest.
#pragma once

#include <array>

namespace kinesis {

struct Capsule {
  int body = 0;
  std::array<double, 3> from{};  // ends of its axis, in the body's axes, m
  std::array<double, 3> to{};
  double radius = 0.0;
};

// Closest points on two segments a0-a1 and b0-b1 (C. Ericson, "Real-Time Collision Detection",
// 2005, section 5.1.9); returns their distance.
double closest_points(const double* a0, const double* a1, const double* b0, const double* b1,
                      double* on_a, double* on_b);

}  // namespace kinesis
