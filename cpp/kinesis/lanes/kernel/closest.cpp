#include "kinesis/lanes/kernel/closest.hpp"

#include <algorithm>

namespace kinesis::lanes {
namespace {

struct Segment {
  Vector3 centre, axis;
};

Segment segment_of(const Workspace& w, const LaneLimbPair& pair, int side) {
  const Rotation& rot = w.rot[pair.node[side]];
  return {w.pos[pair.node[side]] + rot * constant3(pair.pos[side]),
          rot * constant3(pair.axis[side])};
}

// The point of an ellipsoid, about the origin and along the axes, that is nearest to a point
// outside of it: x_i = s_i^2 p_i / (t + s_i^2) with the root t > 0 of sum (s_i p_i / (t + s_i^2))^2
// = 1. That falls and is convex, so that Newton's method from below runs up to the root.
struct Foot {
  Vector3 x;
  Floats t;
};

Foot foot_on_ellipsoid(const float* size, const Vector3& p, Floats t) {
  constexpr int kRounds = 8;
  const Vector3 square = constant3(size) * constant3(size);
  const Vector3 scaled = p * constant3(size);
  for (int round = 0; round < kRounds; ++round) {
    Floats value(-1.0f), slope(0.0f);
    for (int i = 0; i < 3; ++i) {
      const Floats inverse = 1.0f / (t + square[i]);
      const Floats share = scaled[i] * inverse;
      value += share * share;
      slope -= 2.0f * share * share * inverse;
    }
    t = larger(t - value / smaller(slope, -1e-12f), 0.0f);
  }
  Foot foot;
  foot.t = t;
  for (int i = 0; i < 3; ++i) {
    foot.x[i] = p[i] * square[i] / (t + square[i]);
  }
  return foot;
}

}  // namespace

Closest closest_of_capsules(const Workspace& w, const LaneLimbPair& pair) {
  const Segment first = segment_of(w, pair, 0), second = segment_of(w, pair, 1);
  const Vector3 between = first.centre - second.centre;
  const Floats cosine = dot(first.axis, second.axis);
  const Floats from_first = dot(first.axis, between), from_second = dot(second.axis, between);
  const Floats determinant = larger(1.0f - cosine * cosine, 1e-12f);
  const float half0 = pair.half[0], half1 = pair.half[1];
  Floats along0 = clamped(Floats((cosine * from_second - from_first) / determinant), -half0, half0);
  const Floats along1 = clamped(Floats(cosine * along0 + from_second), -half1, half1);
  along0 = clamped(Floats(cosine * along1 - from_first), -half0, half0);
  const Vector3 way = second.axis * along1 - first.axis * along0 - between;
  const Floats length = sqrt(dot(way, way));
  Closest out;
  out.distance = length - (pair.radius[0] + pair.radius[1]);
  out.normal = way * (1.0f / larger(length, 1e-12f));
  out.at = first.centre + first.axis * along0 + out.normal * (pair.radius[0] + 0.5f * out.distance);
  out.unknown = Mask(false);
  return out;
}

// Along the capsule's axis the distance to the ellipsoid is convex: where its slope vanishes, or at
// an end, by a bracketed secant.
Closest closest_to_ellipsoid(const Workspace& w, const LaneLimbPair& pair) {
  constexpr int kRounds = 14;
  constexpr float kNear = 1e-6f;  // m
  const Segment segment = segment_of(w, pair, 0);
  const Rotation& rot = w.rot[pair.node[1]];
  const Rotation axes = turned(rot, pair.rot);
  const Vector3 middle = w.pos[pair.node[1]] + rot * constant3(pair.pos[1]);
  const float half = pair.half[0];
  const float reach =
      pair.radius[0] + std::max({pair.size[0], pair.size[1], pair.size[2]}) + pair.margin;
  Closest out;
  out.unknown = Mask(false);
  // The nearest point of the axis to the middle is too far away in most states.
  const Vector3 from = segment.centre - middle;
  Floats along = clamped(Floats(-dot(from, segment.axis)), -half, half);
  const Vector3 away = from + segment.axis * along;
  const Floats gap = sqrt(dot(away, away));
  out.distance = gap - reach + pair.margin;
  if (none(gap < reach)) {
    return out;
  }
  const Vector3 centre = axes.transposed_times(from);
  const Vector3 axis = axes.transposed_times(segment.axis);
  const auto outside = [&](const Vector3& p) {
    const Vector3 share = p / constant3(pair.size);
    return dot(share, share) > 1.0f;
  };
  Foot foot{Vector3(0.0f, 0.0f, 0.0f), Floats(0.0f)};
  const auto slope_at = [&](const Floats& s) {
    const Vector3 p = centre + axis * s;
    foot = foot_on_ellipsoid(pair.size, p, foot.t * 0.5f);
    return dot(p - foot.x, axis);
  };
  Floats low(-half), high(half);
  Floats slope_low = slope_at(low), slope_high = slope_at(high);
  Floats best = select(slope_low >= 0.0f, low, high);
  Mask open = (slope_low < 0.0f) & (slope_high > 0.0f) & (gap < reach);
  for (int round = 0; round < kRounds && any(open); ++round) {
    Floats next = low - slope_low * (high - low) / (slope_high - slope_low);
    if (round % 3 == 2) {
      next = 0.5f * (low + high);  // so that both ends move
    }
    const Floats slope = slope_at(next);
    best = select(open, next, best);
    const Mask left = open & (slope < 0.0f), right = open & (slope >= 0.0f);
    low = select(left, next, low);
    slope_low = select(left, slope, slope_low);
    high = select(right, next, high);
    slope_high = select(right, slope, slope_high);
    open &= (abs(slope) > kNear) & (high - low > kNear);
  }
  const Vector3 p = centre + axis * best;
  foot.t = 0.0f;
  foot = foot_on_ellipsoid(pair.size, p, foot.t);
  const Vector3 way = foot.x - p;
  const Floats length = sqrt(dot(way, way));
  const Mask near = gap < reach;
  // Where the axis is in the ellipsoid, MuJoCo searches for the shallowest way out.
  out.unknown = near & !(outside(p) & (length > 1e-5f));
  out.distance = select(near, length - pair.radius[0], out.distance);
  out.normal = axes * (way * (1.0f / larger(length, 1e-12f)));
  out.at = middle + axes * p + out.normal * (pair.radius[0] + 0.5f * out.distance);
  return out;
}

}  // namespace kinesis::lanes
