// Strings around spheres and cylinders, by hand.
#include <doctest/doctest.h>

#include <cmath>

#include "kinesis/muscle/wrapping.hpp"

using namespace kinesis;
using doctest::Approx;

namespace {

constexpr double kOrigin[3] = {0, 0, 0};
constexpr double kUpright[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
const double kPi = std::acos(-1.0);

WrapObject ball(double radius) { return {WrapShape::kSphere, radius, kOrigin, kUpright}; }
WrapObject rod(double radius) { return {WrapShape::kCylinder, radius, kOrigin, kUpright}; }

}  // namespace

TEST_CASE("a string over the top of a ball touches where its tangents do") {
  // Just over the centre: through it, every plane would do.
  const double a[3] = {-2, 0, 1e-7}, b[3] = {2, 0, 1e-7}, above[3] = {0, 0, 3};
  double touch[6], arc;
  REQUIRE(wrap_around(ball(1.0), a, b, above, touch, &arc));
  CHECK(touch[0] == Approx(-0.5));  // cos of 60 degrees
  CHECK(touch[1] == Approx(0.0));
  CHECK(touch[2] == Approx(std::sqrt(3.0) / 2));
  CHECK(touch[3] == Approx(0.5));
  CHECK(arc == Approx(kPi / 3));
  const double below[3] = {0, 0, -3};
  REQUIRE(wrap_around(ball(1.0), a, b, below, touch, &arc));
  CHECK(touch[2] == Approx(-std::sqrt(3.0) / 2));
  CHECK(arc == Approx(kPi / 3));
}

TEST_CASE("the long way round, where the side asks for it") {
  const double a[3] = {-2, 0, 1.5}, b[3] = {2, 0, 1.5}, below[3] = {0, 0, -3};
  double touch[6], arc;
  CHECK_FALSE(wrap_around(ball(1.0), a, b, nullptr, touch, &arc));  // passes over it
  REQUIRE(wrap_around(ball(1.0), a, b, below, touch, &arc));
  CHECK(touch[2] < 0.0);
  // Half a turn, and twice the angle from straight down to a touched point.
  const double up = std::atan2(1.5, 2.0), tangent = std::acos(1.0 / 2.5);
  CHECK(arc == Approx(2 * (kPi / 2 + up) - 2 * tangent));
}

TEST_CASE("without a side the shorter way is taken, and free strings stay straight") {
  const double a[3] = {-2, 0.1, 0}, b[3] = {2, 0.1, 0}, far[3] = {2, 4, 0}, inside[3] = {0.5, 0, 0};
  double touch[6], arc;
  REQUIRE(wrap_around(rod(1.0), a, b, nullptr, touch, &arc));
  CHECK(touch[1] > 0.0);
  CHECK_FALSE(wrap_around(rod(1.0), b, far, nullptr, touch, &arc));
  CHECK_FALSE(wrap_around(rod(1.0), inside, b, nullptr, touch, &arc));
}

TEST_CASE("around a rod the string is a helix") {
  const double a[3] = {-2, 0, 0}, b[3] = {2, 0, 1}, side[3] = {0, 3, 0};
  double touch[6], arc;
  REQUIRE(wrap_around(rod(1.0), a, b, side, touch, &arc));
  const double straight = std::sqrt(3.0), flat = kPi / 3, whole = 2 * straight + flat;
  CHECK(touch[2] == Approx(straight / whole));
  CHECK(touch[5] == Approx((straight + flat) / whole));
  CHECK(arc == Approx(std::hypot(flat, flat / whole)));
}

TEST_CASE("inside a rod the string takes its shortest way over one point of the wall") {
  const double a[3] = {2, 1, 0}, b[3] = {-1.5, 2, 0}, within[3] = {0, 0, 0};
  double touch[6], arc;
  REQUIRE(wrap_around(rod(0.3), a, b, within, touch, &arc));
  CHECK(arc == 0.0);
  CHECK(std::hypot(touch[0], touch[1]) == Approx(0.3));
  const auto length = [&](double angle) {
    const double x = 0.3 * std::cos(angle), y = 0.3 * std::sin(angle);
    return std::hypot(a[0] - x, a[1] - y) + std::hypot(b[0] - x, b[1] - y);
  };
  const double at = std::atan2(touch[1], touch[0]);
  CHECK(length(at) < length(at + 1e-3));
  CHECK(length(at) < length(at - 1e-3));
}
