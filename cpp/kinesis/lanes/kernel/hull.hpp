// Hulls of meshes: where they are lowest, and what of them rests on the floor.
#pragma once

#include "kinesis/lanes/kernel/workspace.hpp"

namespace kinesis::lanes {

// The corner that is farthest along a direction, in the node's axes, by lane.
struct Farthest {
  Floats corner;     // its number
  Floats reach;      // along the direction, from the geom's centre
  Vector3 position;  // of it, from there
};
Farthest farthest_corner(const LaneHull& hull, const Vector3& direction);

// What touches the floor, as MuJoCo 3.17 has it: the lowest corner, and the next ones around that
// face of it that lies flattest, where they are lower than the geom's centre.
struct Resting {
  int count;  // of contacts that any lane may have; one that has fewer is far above the floor there
  Floats below[kMostHullContacts];      // m below the geom's centre
  Vector3 position[kMostHullContacts];  // from it, in the node's axes
};
// down: in the node's axes.
Resting rest_on_floor(const LaneHull& hull, const Vector3& down);

}  // namespace kinesis::lanes
