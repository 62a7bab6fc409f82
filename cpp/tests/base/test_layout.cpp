// Named columns, and structures that lie in them.
#include <doctest/doctest.h>

#include <stdexcept>

#include "kinesis/base/layout.hpp"
#include "kinesis/base/typed_columns.hpp"

using namespace kinesis;

namespace {

struct Row {
  double place[2];
  double speed;
};

}  // namespace

TEST_CASE("a structure has as many numbers as its columns") {
  Layout layout;
  layout.append("before", 3);
  append_columns<Row>(layout, {{"place", 2}, {"speed", 1}});
  CHECK(layout.size() == 6);
  double numbers[6] = {0, 0, 0, 1, 2, 3};
  CHECK(columns_as<Row>(numbers + layout.find("place")).speed == 3);
  Layout fewer, more;
  CHECK_THROWS_AS(append_columns<Row>(fewer, {{"place", 2}}), std::logic_error);
  CHECK_THROWS_AS(append_columns<Row>(more, {{"place", 3}, {"speed", 1}}), std::logic_error);
}

TEST_CASE("no two columns have one name") {
  Layout layout, other;
  layout.append("place", 2);
  CHECK_THROWS_AS(layout.append("place", 1), std::logic_error);
  other.append("place", 1);
  CHECK_THROWS_AS(layout.append(other), std::logic_error);
  CHECK(layout.find("speed") == -1);
}
