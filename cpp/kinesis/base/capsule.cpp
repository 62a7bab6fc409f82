#include "kinesis/base/capsule.hpp"

#include <algorithm>
#include <cmath>

#include "kinesis/base/small_vector.hpp"

namespace kinesis {

double closest_points(const double* a0, const double* a1, const double* b0, const double* b1,
                      double* on_a, double* on_b) {
  double along_a[3], along_b[3], between[3];
  for (int k = 0; k < 3; ++k) {
    along_a[k] = a1[k] - a0[k];
    along_b[k] = b1[k] - b0[k];
    between[k] = a0[k] - b0[k];
  }
  const double aa = dot3(along_a, along_a), bb = dot3(along_b, along_b);
  const double ab = dot3(along_a, along_b);
  const double ra = dot3(along_a, between), rb = dot3(along_b, between);
  const double parallel = aa * bb - ab * ab;
  // s and t: how far along a and b, from 0 to 1.
  double s =
      parallel > 1e-12 * aa * bb ? std::clamp((ab * rb - ra * bb) / parallel, 0.0, 1.0) : 0.5;
  const double t = bb > 0.0 ? std::clamp((ab * s + rb) / bb, 0.0, 1.0) : 0.0;
  s = aa > 0.0 ? std::clamp((ab * t - ra) / aa, 0.0, 1.0) : 0.0;
  double apart[3];
  for (int k = 0; k < 3; ++k) {
    on_a[k] = a0[k] + s * along_a[k];
    on_b[k] = b0[k] + t * along_b[k];
    apart[k] = on_a[k] - on_b[k];
  }
  return std::sqrt(dot3(apart, apart));
}

}  // namespace kinesis
