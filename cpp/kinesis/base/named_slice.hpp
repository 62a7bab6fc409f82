// A named stretch of a row of numbers.
#pragma once

#include <string>

namespace kinesis {

struct NamedSlice {  // [begin, end)
  std::string name;
  int begin;
  int end;
};

}  // namespace kinesis
