// Heights of uneven ground, by hand.
#include <doctest/doctest.h>

#include <array>
#include <limits>
#include <numbers>

#include "kinesis/body/ground.hpp"

using namespace kinesis;

TEST_CASE("heights go straight between the grid's, and on mirrored") {
  const GroundField field(2, 3, {0.0, 1.0, 4.0, 2.0, 3.0, 6.0}, 0.5);
  CHECK(field.along() == 0.5);
  CHECK(field.across() == 1.0);
  CHECK(field.most() == 6.0);
  CHECK(field.at(0.0, 0.0) == 0.0);
  CHECK(field.at(0.0, 0.75) == doctest::Approx(2.5));
  CHECK(field.at(0.25, 0.0) == doctest::Approx(1.0));
  CHECK(field.at(0.25, 0.25) == doctest::Approx(1.5));
  CHECK(field.at(0.5, 1.0) == 6.0);
  CHECK(field.at(0.75, 0.0) == doctest::Approx(1.0));   // 0.25 beyond the last row
  CHECK(field.at(-0.25, 0.0) == doctest::Approx(1.0));  // and before the first
  CHECK(field.at(0.0, 1.25) == doctest::Approx(2.5));
  CHECK(field.at(4.0, 8.0) == doctest::Approx(0.0));
  CHECK_THROWS_AS(GroundField(1, 2, {0.0, 0.0}, 0.5), std::invalid_argument);
  CHECK_THROWS_AS(GroundField(2, 2, {0.0, 0.0, 0.0}, 0.5), std::invalid_argument);
  CHECK_THROWS_AS(GroundField(2, 2, {0.0, 0.0, 0.0, 1.0}, 0.0), std::invalid_argument);
  const double infinite = std::numeric_limits<double>::infinity();
  CHECK_THROWS_AS(GroundField(2, 2, {0.0, 0.0, 0.0, infinite}, 1.0), std::invalid_argument);
}

TEST_CASE("a body stands on its part of the field, level where it began") {
  const GroundField field(2, 2, {1.0, 1.0, 2.0, 2.0}, 10.0);  // rises by 0.1 a m along
  // Along goes to the world's left, and its third m lies under (5, 6), where the body began.
  std::array<double, Ground::kColumns> columns = {0.2, 3.0, 1.0, std::numbers::pi / 2, 5.0, 6.0};
  const Ground ground = Ground::of(&field, columns.data());
  CHECK(ground.uneven());
  CHECK(ground.top() == doctest::Approx(0.4));
  CHECK(ground.height(5.0, 6.0) == 0.0);
  CHECK(ground.height(5.3, 6.0) == 0.0);
  CHECK(ground.height(5.0, 8.0) == doctest::Approx(0.2 * 1.5));
  CHECK(ground.height(7.0, 6.0) == doctest::Approx(0.2 * 1.3));
  CHECK(ground.height(5.65, 6.0) == doctest::Approx(0.5 * 0.2 * 1.3));
  CHECK(ground.around(5.0, 8.0) == doctest::Approx(0.2 * 1.5));
  columns[0] = 0.0;
  CHECK_FALSE(Ground::of(&field, columns.data()).uneven());
  CHECK_FALSE(Ground::of(nullptr, columns.data()).uneven());
  columns = {7.0, std::numeric_limits<double>::quiet_NaN(), 0.0, 0.0, 0.0, 0.0};
  CHECK(Ground::of(&field, columns.data()).scale == Ground::kMostScale);
  CHECK(Ground::of(&field, columns.data()).along == 0.0);
}
