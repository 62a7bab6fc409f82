// A string drawn tight around a sphere or a cylinder.
#pragma once

namespace kinesis {

enum class WrapShape { kSphere, kCylinder };  // a cylinder is endless, along its z axis

// What the string goes around: centre pos (3), orientation rot (3 x 3, row major), radius, m.
struct WrapObject {
  WrapShape shape;
  double radius;
  const double* pos;
  const double* rot;
};

// The shortest way of a string from p0 to p1 (3, m, world frame) around an object. Returns whether
// it touches; then touch (6) has where it begins and ends to, and arc is the length between, m.
//
// side: a point (3) on the side on which the string passes, or null: the shorter one. A side point
// inside the object asks for the inside: the string then passes through one point of its surface,
// and p0 and p1 see it from opposite sides.
bool wrap_around(const WrapObject& object, const double* p0, const double* p1, const double* side,
                 double* touch, double* arc);

}  // namespace kinesis
