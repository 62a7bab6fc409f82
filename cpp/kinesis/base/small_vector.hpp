// Three-dimensional vectors, rotations and quaternions as plain arrays.
#pragma once

#include <algorithm>
#include <cmath>

namespace kinesis {

inline double dot3(const double* a, const double* b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

inline void cross3(const double* a, const double* b, double* out) {
  out[0] = a[1] * b[2] - a[2] * b[1];
  out[1] = a[2] * b[0] - a[0] * b[2];
  out[2] = a[0] * b[1] - a[1] * b[0];
}

inline double distance3(const double* a, const double* b) {
  return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

// out = rot v, with rot (3 x 3) row major; out must not be v.
inline void rotate3(const double* rot, const double* v, double* out) {
  out[0] = dot3(rot, v);
  out[1] = dot3(rot + 3, v);
  out[2] = dot3(rot + 6, v);
}

// out = a b, both (3 x 3) row major; out must be neither.
inline void multiply3(const double* a, const double* b, double* out) {
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) {
      out[3 * i + j] = a[3 * i] * b[j] + a[3 * i + 1] * b[3 + j] + a[3 * i + 2] * b[6 + j];
    }
  }
}

// Rotation matrix of a quaternion w-x-y-z, normalised here.
inline void rotation_from_quat(const double* quat, double* rot) {
  const double n = std::sqrt(quat[0] * quat[0] + dot3(quat + 1, quat + 1));
  const double w = quat[0] / n, x = quat[1] / n, y = quat[2] / n, z = quat[3] / n;
  const double out[9] = {1 - 2 * (y * y + z * z), 2 * (x * y - w * z),     2 * (x * z + w * y),
                         2 * (x * y + w * z),     1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
                         2 * (x * z - w * y),     2 * (y * z + w * x),     1 - 2 * (x * x + y * y)};
  std::copy(out, out + 9, rot);
}

// rot = rot times a turn by angle about a unit axis in its own axes (Rodrigues' formula).
inline void turn_about(const double* axis, double angle, double* rot) {
  const double s = std::sin(angle), c = std::cos(angle), v = 1.0 - c;
  const double x = axis[0], y = axis[1], z = axis[2];
  const double turn[9] = {c + x * x * v,     x * y * v - z * s, x * z * v + y * s,
                          y * x * v + z * s, c + y * y * v,     y * z * v - x * s,
                          z * x * v - y * s, z * y * v + x * s, c + z * z * v};
  double out[9];
  multiply3(rot, turn, out);
  std::copy(out, out + 9, rot);
}

// out = a b, quaternions w-x-y-z; out must be neither.
inline void multiply_quat(const double* a, const double* b, double* out) {
  out[0] = a[0] * b[0] - dot3(a + 1, b + 1);
  cross3(a + 1, b + 1, out + 1);
  for (int i = 1; i < 4; ++i) {
    out[i] += a[0] * b[i] + b[0] * a[i];
  }
}

// The turn (3), rad in world axes, that takes one orientation to another by the shorter way.
inline void rotation_between(const double* from, const double* to, double* turn) {
  const double inverse[4] = {from[0], -from[1], -from[2], -from[3]};
  double between[4];
  multiply_quat(to, inverse, between);
  const double sine = std::sqrt(dot3(between + 1, between + 1));
  const double angle = 2.0 * std::atan2(sine, std::abs(between[0]));
  const double scale = (between[0] < 0 ? -1.0 : 1.0) * (sine > 1e-12 ? angle / sine : 2.0);
  for (int i = 0; i < 3; ++i) {
    turn[i] = scale * between[1 + i];
  }
}

}  // namespace kinesis
