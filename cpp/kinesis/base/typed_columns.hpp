// Columns of a row as a structure of numbers.
#pragma once

#include <initializer_list>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "kinesis/base/layout.hpp"

namespace kinesis {

// Appends a structure's columns, each a name and a width, in the order of its members. Throws
// std::logic_error unless they are as many numbers as the structure has.
template <class Row>
void append_columns(Layout& layout, std::initializer_list<std::pair<const char*, int>> columns) {
  static_assert(std::is_trivially_copyable_v<Row> && std::is_standard_layout_v<Row>);
  static_assert(alignof(Row) == alignof(double) && sizeof(Row) % sizeof(double) == 0);
  const int before = layout.size();
  for (const auto& [name, width] : columns) {
    layout.append(name, width);
  }
  constexpr int kNumbers = static_cast<int>(sizeof(Row) / sizeof(double));
  if (layout.size() - before != kNumbers) {
    throw std::logic_error("a structure of " + std::to_string(kNumbers) + " numbers has " +
                           std::to_string(layout.size() - before) + " columns, the last " +
                           layout.slices().back().name);
  }
}

// The structure that begins at a column.
template <class Row>
Row& columns_as(double* columns) {
  return *reinterpret_cast<Row*>(columns);
}
template <class Row>
const Row& columns_as(const double* columns) {
  return *reinterpret_cast<const Row*>(columns);
}

}  // namespace kinesis
