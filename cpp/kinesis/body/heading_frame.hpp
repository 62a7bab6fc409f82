// The frame that follows the yaw of a body, and nothing else of it; on slopes, as if they were
// level.
#pragma once

#include <array>
#include <cmath>

#include "kinesis/base/small_vector.hpp"

namespace kinesis {

// By how much the floor rises, a m along x and along y: it is flat, and weight pulls aslant.
using Rise = std::array<double, 2>;
constexpr Rise kLevel = {0.0, 0.0};

// What turns world vectors so that up, against gravity, is the third axis: the shortest turn.
class UprightAxes {
 public:
  explicit UprightAxes(const Rise& rise) : leans_(rise[0] != 0.0 || rise[1] != 0.0) {
    const double size = std::sqrt(1.0 + rise[0] * rise[0] + rise[1] * rise[1]);
    const double x = rise[0] / size, y = rise[1] / size, z = 1.0 / size, by = 1.0 / (1.0 + z);
    turn_ = {1.0 - x * x * by, -x * y * by, -x, -x * y * by, 1.0 - y * y * by, -y, x, y, z};
  }

  bool leans() const { return leans_; }
  // out must not be v; nor a rotation, (3 x 3) row major, of a body.
  void turn(const double* v, double* out) const { rotate3(turn_.data(), v, out); }
  void turn_rotation(const double* rotation, double* out) const {
    multiply3(turn_.data(), rotation, out);
  }

 private:
  bool leans_;
  std::array<double, 9> turn_;
};

// World axes turned about the vertical by the yaw of the root body's x axis.
//
// Where the floor rises, what is seen is what would be seen on a level one (LaidMotion lays the
// other way): places and how they move less what leaning against gravity makes of their height, and
// what stands upright against gravity instead of across the floor.
class HeadingFrame {
 public:
  // rotation: (3 x 3) row-major rotation of the root body to the world.
  explicit HeadingFrame(const double* rotation, const Rise& rise = kLevel)
      : rise_(rise), axes_(rise) {
    const double norm = std::hypot(rotation[0], rotation[3]);
    if (norm > 1e-12) {  // an x axis that points straight up has no yaw: keep the world's
      cos_ = rotation[0] / norm;
      sin_ = rotation[3] / norm;
    }
  }

  // Writes a world vector (3) in the heading frame, by the floor.
  void to_local(double x, double y, double z, float* out) const {
    out[0] = static_cast<float>(cos_ * x + sin_ * y);
    out[1] = static_cast<float>(cos_ * y - sin_ * x);
    out[2] = static_cast<float>(z);
  }
  void to_local(const double* v, float* out) const { to_local(v[0], v[1], v[2], out); }

  // From one place to another, or how that changes.
  void place(double x, double y, double z, float* out) const {
    to_local(x - rise_[0] * z, y - rise_[1] * z, z, out);
  }
  void place(const double* v, float* out) const { place(v[0], v[1], v[2], out); }

  // An axis, or a turn, of what stands against gravity.
  void upright(double x, double y, double z, float* out) const {
    if (!axes_.leans()) {
      to_local(x, y, z, out);
      return;
    }
    const double world[3] = {x, y, z};
    double local[3];
    axes_.turn(world, local);
    to_local(local, out);
  }
  void upright(const double* v, float* out) const { upright(v[0], v[1], v[2], out); }

 private:
  Rise rise_;
  UprightAxes axes_;
  double cos_ = 1.0;
  double sin_ = 0.0;
};

// Roll and pitch of a rotation, of its x-y-z extrinsic Euler angles, radians.
struct Tilt {
  double roll;
  double pitch;
};

// rotation: (3 x 3) row-major.
inline Tilt tilt_of(const double* rotation) {
  const double sine = std::fmin(1.0, std::fmax(-1.0, -rotation[6]));
  return {std::atan2(rotation[7], rotation[8]), std::asin(sine)};
}
// Against gravity.
inline Tilt tilt_of(const double* rotation, const Rise& rise) {
  const UprightAxes axes(rise);
  if (!axes.leans()) {
    return tilt_of(rotation);
  }
  double local[9];
  axes.turn_rotation(rotation, local);
  return tilt_of(local);
}

}  // namespace kinesis
