#include <doctest/doctest.h>

#include <numbers>

#include "kinesis/body/heading_frame.hpp"

using doctest::Approx;
using kinesis::HeadingFrame;

TEST_CASE("a quarter turn to the left puts world y ahead") {
  const double rotation[9] = {0, -1, 0, 1, 0, 0, 0, 0, 1};
  float local[3];
  HeadingFrame(rotation).to_local(0.0, 2.0, 3.0, local);
  CHECK(local[0] == Approx(2.0));
  CHECK(local[1] == Approx(0.0));
  CHECK(local[2] == Approx(3.0));
}

TEST_CASE("an x axis that points straight up keeps the world's heading") {
  const double rotation[9] = {0, 0, -1, 0, 1, 0, 1, 0, 0};
  float local[3];
  HeadingFrame(rotation).to_local(1.0, 2.0, 3.0, local);
  CHECK(local[0] == 1.0f);
  CHECK(local[1] == 2.0f);
}

TEST_CASE("roll and pitch by hand") {
  const double c = std::cos(0.3);
  const double s = std::sin(0.3);
  const double rolled[9] = {1, 0, 0, 0, c, -s, 0, s, c};
  const double pitched[9] = {c, 0, s, 0, 1, 0, -s, 0, c};
  CHECK(kinesis::tilt_of(rolled).roll == Approx(0.3));
  CHECK(kinesis::tilt_of(rolled).pitch == Approx(0.0));
  CHECK(kinesis::tilt_of(pitched).roll == Approx(0.0));
  CHECK(kinesis::tilt_of(pitched).pitch == Approx(0.3));
}

TEST_CASE("what is seen on a slope is what would be seen on a level floor") {
  // The body faces along the world's y, which rises, and leans with what is up.
  const double rise = std::tan(0.3), c = std::cos(0.3), s = std::sin(0.3);
  const double rotation[9] = {0.0, -1.0, 0.0, c, 0.0, s, -s, 0.0, c};
  const HeadingFrame heading(rotation, {0.0, rise});
  float local[3];
  heading.upright(0.0, s, c, local);  // up
  CHECK(local[0] == Approx(0.0));
  CHECK(local[1] == Approx(0.0));
  CHECK(local[2] == Approx(1.0));
  heading.upright(0.0, c, -s, local);  // ahead, level
  CHECK(local[0] == Approx(1.0));
  heading.place(0.0, 0.2 + 0.9 * rise, 0.9, local);  // 0.2 m ahead of what is under it
  CHECK(local[0] == Approx(0.2));
  CHECK(local[2] == Approx(0.9));
  heading.to_local(0.0, 1.0, 0.0, local);  // ahead, along the floor
  CHECK(local[0] == Approx(1.0));
  CHECK(local[2] == Approx(0.0));
  const kinesis::Tilt tilt = kinesis::tilt_of(rotation, {0.0, rise});
  CHECK(tilt.roll == Approx(0.0));
  CHECK(tilt.pitch == Approx(0.0));
}
