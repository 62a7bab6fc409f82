// Around spheres and cylinders: the lanes' counterpart of muscle/wrapping.
#pragma once

#include "kinesis/lanes/kernel/simd.hpp"
#include "kinesis/lanes/model.hpp"

namespace kinesis::lanes {

struct Wrap {
  Mask touches;
  Vector3 from, to;  // where the path meets the object, and leaves it
  Floats arc;        // between them
};

// The shortest way from p to q outside of an object, past a side where one is given (else null).
// Lanes that do not touch have any points.
Wrap wrap_around(const LaneWrapObject& object, const LaneSide* side, const Rotation& rot,
                 const Vector3& pos, const Vector3& p, const Vector3& q);

}  // namespace kinesis::lanes
