// What of a body's feet touches the floor.
#pragma once

#include <array>

namespace kinesis {

// A sphere of a foot's sole, in its body's axes; capsules are two of them.
struct SoleSphere {
  int body = 0;
  std::array<double, 3> centre{};
  double radius = 0.0;
};

}  // namespace kinesis
