// What constraint rows have in common.
#pragma once

#include "kinesis/lanes/kernel/simd.hpp"
#include "kinesis/lanes/model.hpp"

namespace kinesis::lanes {

// MuJoCo's impedance at so far beyond what is allowed, m or rad, margin taken off.
inline Floats impedance_at(const LaneStiffness& s, const Floats& distance) {
  const Floats x = smaller(abs(distance) * s.inverse_width, 1.0f);
  Floats share = x;
  if (s.power == 2.0f) {
    const Floats rest = 1.0f - x;
    share = select(x <= s.midpoint, x * x * (1.0f / s.midpoint),
                   1.0f - rest * rest * (1.0f / (1.0f - s.midpoint)));
  }
  return s.least + s.range * share;
}

// 1 over the regularisation of a row with this impedance and inverse weight.
inline Floats weight_of(const Floats& impedance, float inverse_weight) {
  return impedance / ((1.0f - impedance) * inverse_weight);
}

}  // namespace kinesis::lanes
