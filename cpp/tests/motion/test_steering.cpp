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

TEST_CASE("goals are come to as the equation says") {
  const double rate = 3.0;
  double x = -1.2, v = 0.4, a = 0.3;
  const double dt = 1e-5;
  for (int i = 0; i < 80000; ++i) {
    const double jerk = -rate * rate * rate * x - 3.0 * rate * rate * v - 3.0 * rate * a;
    x += dt * (v + 0.5 * dt * a);
    v += dt * (a + 0.5 * dt * jerk);
    a += dt * jerk;
  }
  double offset = -1.2, found_v = 0.4, found_a = 0.3;
  kinesis::follow_place(rate, 0.8, &offset, &found_v, &found_a);
  CHECK(offset == Approx(x).epsilon(1e-4));
  CHECK(found_v == Approx(v).epsilon(1e-4));
  CHECK(found_a == Approx(a).epsilon(1e-4));
}

TEST_CASE("angles turn the shorter way round") {
  kinesis::Steering on = {{0.0, 0.0}, {0.0, 0.0}, {0.0, 0.0}, 3.0, 0.0};
  const kinesis::Command command = {{0.0, 0.0}, -3.0};
  const kinesis::Springs springs;
  on.advance(command, springs, on.facing, 0.2);
  CHECK(on.turn_rate > 0.0);  // through pi
  on.advance(command, springs, on.facing, 60.0);
  CHECK(std::remainder(on.facing + 3.0, 2.0 * M_PI) == Approx(0.0));
}

TEST_CASE("goals that are far are gone to at the highest speed and turn rate") {
  kinesis::Steering on = {{0.0, 0.0}, {0.0, 0.0}, {0.0, 0.0}, 0.0, 0.0};
  const double target[2] = {0.0, 50.0};
  const kinesis::Command command = {{0.0, 1.3}, 3.0, target, 0.4};
  kinesis::Springs springs;
  springs.top_turn_rate = 0.5;
  double fastest = 0.0;
  for (int i = 0; i < 300; ++i) {  // 3 s, of which turning leaves little for the way
    on.advance(command, springs, command.facing, 0.01);
    fastest = std::fmax(fastest, on.turn_rate);
  }
  CHECK(fastest == Approx(0.5).epsilon(0.01));
  CHECK(on.velocity[1] == Approx(1.3).epsilon(0.01));
  for (int i = 0; i < 6000; ++i) {
    on.advance(command, springs, command.facing, 0.01);
  }
  CHECK(on.place[1] == Approx(50.0));
  CHECK(on.facing == Approx(3.0));
}

TEST_CASE("a body that faces another way turns first") {
  kinesis::Steering on = {{0.0, 0.0}, {0.0, 0.0}, {0.0, 0.0}, 0.0, 0.0};
  on.advance({{-1.0, 0.0}, M_PI}, {}, 0.0, 0.1);
  CHECK(on.velocity[0] == 0.0);
  CHECK(std::fabs(on.turn_rate) > 0.1);
}
