// The frame that follows the yaw of a body, and nothing else of it.
#pragma once

#include <cmath>

namespace kinesis {

// World axes turned about the vertical by the yaw of the root body's x axis.
class HeadingFrame {
 public:
  // rotation: (3 x 3) row-major rotation of the root body to the world.
  explicit HeadingFrame(const double* rotation) {
    const double norm = std::hypot(rotation[0], rotation[3]);
    if (norm > 1e-12) {  // an x axis that points straight up has no yaw: keep the world's
      cos_ = rotation[0] / norm;
      sin_ = rotation[3] / norm;
    }
  }

  // Writes a world vector (3) in the heading frame.
  void to_local(double x, double y, double z, float* out) const {
    out[0] = static_cast<float>(cos_ * x + sin_ * y);
    out[1] = static_cast<float>(cos_ * y - sin_ * x);
    out[2] = static_cast<float>(z);
  }
  void to_local(const double* v, float* out) const { to_local(v[0], v[1], v[2], out); }

 private:
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

}  // namespace kinesis
