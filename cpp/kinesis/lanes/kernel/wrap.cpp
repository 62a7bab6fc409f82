#include "kinesis/lanes/kernel/wrap.hpp"

#include <numbers>
#include <tuple>

namespace kinesis::lanes {
namespace {

constexpr float kTiny = 1e-15f;

struct Point {
  Floats x, y;
};

Floats dot(const Point& a, const Point& b) { return a.x * b.x + a.y * b.y; }
Floats cross(const Point& a, const Point& b) { return a.x * b.y - a.y * b.x; }
Point operator-(const Point& a, const Point& b) { return {a.x - b.x, a.y - b.y}; }
Point operator+(const Point& a, const Point& b) { return {a.x + b.x, a.y + b.y}; }
Floats length(const Floats& x, const Floats& y) { return sqrt(x * x + y * y); }
Point choose(const Mask& mask, const Point& a, const Point& b) {
  return {select(mask, a.x, b.x), select(mask, a.y, b.y)};
}

struct Circle {
  Mask touches;
  Point from, to;
  Floats arc;
};

// Around a circle at the origin, in the plane. side: on the circle, or null.
Circle wrap_circle(const Point& a, const Point& b, const Point* side, float radius) {
  const float square = radius * radius;
  const Floats square_a = dot(a, a), square_b = dot(b, b);
  const Point way = b - a;
  const Floats apart = dot(way, way);
  const Floats share = clamped(-dot(way, a) / larger(apart, 1e-20f), 0.0f, 1.0f);
  const Point nearest{a.x + share * way.x, a.y + share * way.y};
  Mask clear = dot(nearest, nearest) > square;
  if (side != nullptr) {
    clear &= dot(*side, nearest) >= 0.0f;
  }
  Circle out;
  out.touches = (square_a >= square) & (square_b >= square) & (apart >= kTiny) & !clear;
  if (none(out.touches)) {
    return out;
  }
  const Floats root_a = sqrt(larger(square_a - square, 0.0f));
  const Floats root_b = sqrt(larger(square_b - square, 0.0f));
  const Floats inverse_a = 1.0f / square_a, inverse_b = 1.0f / square_b;
  Point from[2], to[2];
  Floats merit[2];
  Mask crossed[2];  // the pieces before and after the arc cut each other: no way for a string
  for (int i = 0; i < 2; ++i) {  // from a the string leaves clockwise, then counter-clockwise
    const float turn = i == 0 ? radius : -radius;
    from[i] = {(a.x * square + turn * a.y * root_a) * inverse_a,
               (a.y * square - turn * a.x * root_a) * inverse_a};
    to[i] = {(b.x * square - turn * b.y * root_b) * inverse_b,
             (b.y * square + turn * b.x * root_b) * inverse_b};
    if (side != nullptr) {
      const Point middle = from[i] + to[i];
      const Floats size = sqrt(dot(middle, middle));
      merit[i] = select(size < kTiny, side->x, dot(middle, *side) / larger(size, kTiny));
    } else {
      const Point chord = from[i] - to[i];
      merit[i] = -dot(chord, chord);
    }
    // They do where the string goes more than half round, and both reach to where their lines
    // meet: the tangent of half the angle away. (Single precision cannot compare the pieces
    // themselves, which are nearly one line where the string hardly touches.)
    const Floats sine = (i == 0 ? -1.0f : 1.0f) * cross(from[i], to[i]);
    const Floats from_half = square + dot(from[i], to[i]);
    crossed[i] = (sine < 0.0f) & (smaller(root_a, root_b) * from_half >= -radius * sine);
    merit[i] = select(crossed[i], Floats(-10000.0f), merit[i]);
  }
  const Mask first = merit[0] > merit[1];
  out.from = choose(first, from[0], from[1]);
  out.to = choose(first, to[0], to[1]);
  out.touches &= !((first & crossed[0]) | ((!first) & crossed[1]));
  const Floats turned = cross(out.from, out.to);
  Floats angle = abs(atan2(turned, dot(out.from, out.to)));
  const Mask far_way = (first & (turned > 0.0f)) | ((!first) & (turned < 0.0f));
  angle = select(far_way, 2.0f * std::numbers::pi_v<float> - angle, angle);
  out.arc = angle * radius;
  return out;
}

Point unit(const Point& a) {
  const Floats size = sqrt(dot(a, a));
  const Floats inverse = 1.0f / larger(size, kTiny);
  return {select(size < kTiny, Floats(1.0f), a.x * inverse), where(size >= kTiny, a.y * inverse)};
}

// Along the inside of a circle at the origin: the equation that wrap_inside of muscle/wrapping
// solves, by Newton's method from a right angle.
Circle wrap_inside(const Point& a, const Point& b, float radius) {
  constexpr int kRounds = 20;
  constexpr float kTolerance = 1e-6f;
  const Floats length_a = sqrt(dot(a, a)), length_b = sqrt(dot(b, b));
  const Point way = b - a;
  const Floats apart = dot(way, way);
  const Floats share = -dot(way, a) / larger(apart, 1e-20f);
  const Point nearest{a.x + share * way.x, a.y + share * way.y};
  const Mask through = (share > 0.0f) & (share < 1.0f) & (dot(nearest, nearest) <= radius * radius);
  const Point middle = unit(Point{0.5f * (a.x + b.x), 0.5f * (a.y + b.y)});
  Circle out;
  out.touches = (length_a > radius) & (length_b > radius) & !through;
  out.from = {radius * middle.x, radius * middle.y};  // where the search fails
  out.to = out.from;
  out.arc = 0.0f;
  if (none(out.touches)) {
    return out;
  }
  const Floats ratio_a = radius / larger(length_a, radius);
  const Floats ratio_b = radius / larger(length_b, radius);
  const Floats turned = cross(a, b), between = atan2(abs(turned), dot(a, b));
  Floats incidence(0.5f * std::numbers::pi_v<float>), sine(1.0f), cosine(0.0f);
  const auto miss = [&] {
    return asin(ratio_a * sine) + asin(ratio_b * sine) - 2.0f * incidence + between;
  };
  const auto slope = [&](const Floats& ratio) {
    return ratio * cosine / sqrt(larger(1.0f - ratio * ratio * sine * sine, 1e-12f));
  };
  Floats value = miss();
  const Mask searched = value <= 0.0f;
  Mask open = searched & out.touches;
  for (int round = 0; round < kRounds; ++round) {
    open &= abs(value) > kTolerance;
    if (none(open)) {
      break;
    }
    const Floats next = incidence - value / (slope(ratio_a) + slope(ratio_b) - 2.0f);
    incidence = select(open, next, incidence);
    std::tie(sine, cosine) = sincos(incidence);
    value = miss();
  }
  const Mask from_a = turned > 0.0f;
  const Point start = unit(choose(from_a, a, b));
  const Floats turn = incidence - asin(select(from_a, ratio_a, ratio_b) * sine);
  const auto [s, c] = sincos(turn);
  const Point found{radius * (c * start.x - s * start.y), radius * (s * start.x + c * start.y)};
  out.from = choose(searched & !open, found, out.from);
  out.to = out.from;
  return out;
}

}  // namespace

Wrap wrap_around(const LaneWrapObject& object, const LaneSide* side, const Rotation& rot,
                 const Vector3& pos, const Vector3& p, const Vector3& q) {
  const Rotation axes = turned(rot, object.rot);
  const Vector3 centre = pos + rot * constant3(object.pos);
  const Vector3 a = axes.transposed_times(p - centre), b = axes.transposed_times(q - centre);
  Vector3 first(1.0f, 0.0f, 0.0f), second(0.0f, 1.0f, 0.0f);
  Point flat_a{a[0], a[1]}, flat_b{b[0], b[1]}, towards;
  if (object.sphere) {  // in the plane through the centre and both ends
    first = unit(a);
    second = unit(cross(unit(cross(a, b)), first));
    flat_a = {lanes::dot(a, first), lanes::dot(a, second)};
    flat_b = {lanes::dot(b, first), lanes::dot(b, second)};
  }
  const bool inside = side != nullptr && side->inside;
  if (side != nullptr && !inside) {
    const Vector3 at = constant3(side->pos);
    towards =
        object.sphere ? Point{lanes::dot(at, first), lanes::dot(at, second)} : Point{at[0], at[1]};
    const Floats scale = object.radius / sqrt(larger(dot(towards, towards), 1e-30f));
    towards = {towards.x * scale, towards.y * scale};
  }
  const Circle circle =
      inside ? wrap_inside(flat_a, flat_b, object.radius)
             : wrap_circle(flat_a, flat_b, side == nullptr ? nullptr : &towards, object.radius);
  Wrap out;
  out.touches = circle.touches;
  out.arc = circle.arc;
  if (none(out.touches)) {
    return out;
  }
  Vector3 from, to;
  if (object.sphere) {
    from = first * circle.from.x + second * circle.from.y;
    to = first * circle.to.x + second * circle.to.y;
  } else {  // a helix: height in proportion to the way
    const Floats before = length(flat_a.x - circle.from.x, flat_a.y - circle.from.y);
    const Floats after = length(flat_b.x - circle.to.x, flat_b.y - circle.to.y);
    const Floats rise = (b[2] - a[2]) / (before + circle.arc + after);
    from = Vector3(circle.from.x, circle.from.y, a[2] + rise * before);
    to = Vector3(circle.to.x, circle.to.y, a[2] + rise * (before + circle.arc));
    out.arc = length(circle.arc, to[2] - from[2]);
  }
  out.from = centre + axes * from;
  out.to = centre + axes * to;
  return out;
}

}  // namespace kinesis::lanes
