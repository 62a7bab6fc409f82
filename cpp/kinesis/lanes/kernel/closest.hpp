// Where two limbs are nearest to each other.
#pragma once

#include "kinesis/lanes/kernel/workspace.hpp"

namespace kinesis::lanes {

struct Closest {
  Floats distance;  // between the surfaces, negative where they overlap
  Vector3 normal;   // from the first to the second
  Vector3 at;       // half way between the surfaces
  Mask unknown;     // lanes in which they overlap too deeply to tell
};

Closest closest_of_capsules(const Workspace& w, const LaneLimbPair& pair);
// The second is an ellipsoid.
Closest closest_to_ellipsoid(const Workspace& w, const LaneLimbPair& pair);

}  // namespace kinesis::lanes
