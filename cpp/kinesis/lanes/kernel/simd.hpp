// Names for numbers of many bodies at once: a lane each. All of it is DrJit's packets, whose width
// and instructions are those that this library is compiled for.
#pragma once

#include <drjit/array.h>
#include <drjit/math.h>
#include <drjit/packet.h>

#include <utility>

#include "kinesis/base/real.hpp"

namespace kinesis::lanes {

inline constexpr int kWidth = KINESIS_LANES_WIDTH;  // bodies a vector

using Floats = drjit::Packet<float, kWidth>;
using Mask = drjit::mask_t<Floats>;
using Vector3 = drjit::Array<Floats, 3>;  // three Floats, one after the other

using drjit::abs;
using drjit::any;
using drjit::asin;
using drjit::atan2;
using drjit::cross;
using drjit::dot;
using drjit::exp;
using drjit::log;
using drjit::none;
using drjit::select;
using drjit::sincos;
using drjit::sqrt;

inline Vector3 zero3() { return Vector3(0.0f, 0.0f, 0.0f); }
inline Vector3 constant3(const float* x) { return Vector3(x[0], x[1], x[2]); }
inline Vector3 unit(const Vector3& v) { return v * (1.0f / sqrt(larger(dot(v, v), 1e-30f))); }

// Rows of a rotation matrix: axes of the world, as the body has them.
struct Rotation {
  Vector3 row[3];

  Vector3 operator*(const Vector3& v) const {
    return Vector3(dot(row[0], v), dot(row[1], v), dot(row[2], v));
  }
  Vector3 transposed_times(const Vector3& v) const {
    return row[0] * v[0] + row[1] * v[1] + row[2] * v[2];
  }
  Vector3 column(int i) const { return Vector3(row[0][i], row[1][i], row[2][i]); }
};

// this times a constant matrix (3 x 3).
inline Rotation turned(const Rotation& r, const float* by) {
  Rotation out;
  for (int i = 0; i < 3; ++i) {
    for (int k = 0; k < 3; ++k) {
      out.row[i][k] = r.row[i][0] * by[k] + r.row[i][1] * by[3 + k] + r.row[i][2] * by[6 + k];
    }
  }
  return out;
}

// A velocity or acceleration of a body, or a force on it, about the origin: turning, and moving.
struct Spatial {
  Vector3 ang, lin;
};

inline Floats dot(const Spatial& a, const Spatial& b) {
  return dot(a.ang, b.ang) + dot(a.lin, b.lin);
}

// Mass, mass times its centre, and the moments about the origin: xx yy zz xy xz yz.
struct Inertia {
  Floats mass;
  Vector3 moment;
  Floats xx, yy, zz, xy, xz, yz;

  Spatial operator*(const Spatial& v) const {
    const Vector3& w = v.ang;
    Spatial out;
    out.ang = Vector3(xx * w[0] + xy * w[1] + xz * w[2], xy * w[0] + yy * w[1] + yz * w[2],
                      xz * w[0] + yz * w[1] + zz * w[2]) +
              cross(moment, v.lin);
    out.lin = mass * v.lin - cross(moment, w);
    return out;
  }
};

}  // namespace kinesis::lanes
