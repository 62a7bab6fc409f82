#include <doctest/doctest.h>

#include <cmath>

#include "kinesis/motion/steering.hpp"

using doctest::Approx;

TEST_CASE("velocities are taken up as the springs' equations say") {
  // v'' = -y^2 (v - goal) - 2 y v', integrated in small steps.
  const double rate = 4.0, goal = 1.3;
  double v = -0.4, a = 0.9, way = 0.0;
  const double dt = 1e-5;
  for (int i = 0; i < 70000; ++i) {
    const double jerk = -rate * rate * (v - goal) - 2.0 * rate * a;
    way += dt * (v + 0.5 * dt * a);
    v += dt * (a + 0.5 * dt * jerk);
    a += dt * jerk;
  }
  double found_v = -0.4, found_a = 0.9, found_way;
  kinesis::follow_velocity(rate, 0.7, goal, &found_v, &found_a, &found_way);
  CHECK(found_v == Approx(v).epsilon(1e-4));
  CHECK(found_a == Approx(a).epsilon(1e-4));
  CHECK(found_way == Approx(way).epsilon(1e-4));
}

TEST_CASE("angles turn the shorter way round") {
  double angle = 3.0, rate = 0.0;
  kinesis::follow_angle(5.0, 0.2, -3.0, &angle, &rate);
  CHECK(rate > 0.0);  // through pi
  kinesis::follow_angle(5.0, 10.0, -3.0, &angle, &rate);
  CHECK(std::remainder(angle + 3.0, 2.0 * M_PI) == Approx(0.0));
}
