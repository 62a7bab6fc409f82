#include "kinesis/muscle/wrapping.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "kinesis/base/small_vector.hpp"

namespace kinesis {
namespace {

constexpr double kTiny = 1e-15;  // MuJoCo's mjMINVAL: shorter vectors have no direction

struct Point {
  double x, y;
};

double dot(Point a, Point b) { return a.x * b.x + a.y * b.y; }
double cross(Point a, Point b) { return a.x * b.y - a.y * b.x; }
Point operator-(Point a, Point b) { return {a.x - b.x, a.y - b.y}; }
Point operator+(Point a, Point b) { return {a.x + b.x, a.y + b.y}; }
Point operator*(double s, Point a) { return {s * a.x, s * a.y}; }

double length(double x, double y) { return std::sqrt(x * x + y * y); }

Point unit(Point a) {
  const double size = length(a.x, a.y);
  return size < kTiny ? Point{1.0, 0.0} : Point{a.x / size, a.y / size};
}

// Whether the segments from a to b and from c to d have a point in common.
bool cross_each_other(Point a, Point b, Point c, Point d) {
  const Point first = b - a, second = d - c, between = a - c;
  const double area = cross(first, second);
  if (std::abs(area) < kTiny) {
    return false;
  }
  const double along_first = cross(second, between) / area;
  const double along_second = cross(first, between) / area;
  return along_first >= 0.0 && along_first <= 1.0 && along_second >= 0.0 && along_second <= 1.0;
}

// Where along the segment from a to b, 0..1, it is nearest to the origin; square: b - a squared.
double nearest_share(Point a, Point b, double square) { return -dot(b - a, a) / square; }

struct Touch {
  Point from, to;
  double arc;
};

// Around a circle at the origin, in the plane. side: a direction, or null.
bool wrap_outside(Point a, Point b, const Point* side, double radius, Touch* touch) {
  const double square_a = dot(a, a), square_b = dot(b, b), square = radius * radius;
  if (square_a < square || square_b < square || radius < kTiny) {
    return false;
  }
  const double apart = dot(b - a, b - a);
  if (apart < kTiny) {
    return false;
  }
  const Point nearest = a + std::clamp(nearest_share(a, b, apart), 0.0, 1.0) * (b - a);
  if (dot(nearest, nearest) > square && (side == nullptr || dot(*side, nearest) >= 0.0)) {
    return false;
  }
  const double root_a = std::sqrt(square_a - square), root_b = std::sqrt(square_b - square);
  Touch way[2];
  double merit[2];
  for (int i = 0; i < 2; ++i) {  // from a the string leaves clockwise, then counter-clockwise
    const double turn = i == 0 ? radius : -radius;
    way[i].from = {(a.x * square + turn * a.y * root_a) / square_a,
                   (a.y * square - turn * a.x * root_a) / square_a};
    way[i].to = {(b.x * square - turn * b.y * root_b) / square_b,
                 (b.y * square + turn * b.x * root_b) / square_b};
    if (side != nullptr) {
      merit[i] = dot(unit(way[i].from + way[i].to), *side);
    } else {
      const Point chord = way[i].from - way[i].to;
      merit[i] = -dot(chord, chord);
    }
    if (cross_each_other(a, way[i].from, b, way[i].to)) {
      merit[i] = -10000.0;
    }
  }
  const int chosen = merit[0] > merit[1] ? 0 : 1;
  *touch = way[chosen];
  if (cross_each_other(a, touch->from, b, touch->to)) {
    return false;
  }
  const double turned = cross(touch->from, touch->to);
  double angle = std::abs(std::atan2(turned, dot(touch->from, touch->to)));
  if (chosen == 0 ? turned > 0.0 : turned < 0.0) {
    angle = 2.0 * std::numbers::pi - angle;
  }
  touch->arc = radius * angle;
  return true;
}

// Along the inside of a circle at the origin, which the string touches where a and b see it at the
// same angle of incidence t: asin(A sin t) + asin(B sin t) - 2 t + G = 0, where A and B are radius
// over distance of a and b, and G is the angle between them. Newton's method, begun and ended where
// MuJoCo begins and ends it, so that both stop at the same point.
bool wrap_inside(Point a, Point b, double radius, Touch* touch) {
  constexpr int kRounds = 20;
  constexpr double kTolerance = 1e-6;
  const double length_a = std::sqrt(dot(a, a)), length_b = std::sqrt(dot(b, b));
  const double apart = dot(b - a, b - a);
  if (length_a <= radius || length_b <= radius || radius < kTiny) {
    return false;
  }
  if (apart > kTiny) {
    const double share = nearest_share(a, b, apart);
    const Point nearest = a + share * (b - a);
    if (share > 0.0 && share < 1.0 && std::sqrt(dot(nearest, nearest)) <= radius) {
      return false;
    }
  }
  touch->arc = 0.0;
  touch->from = touch->to = radius * unit(0.5 * (a + b));  // where the search fails
  const double ratio_a = radius / length_a, ratio_b = radius / length_b;
  const double cosine =
      (length_a * length_a + length_b * length_b - apart) / (2.0 * length_a * length_b);
  if (cosine < -1.0 + kTiny) {
    return false;
  }
  if (cosine > 1.0 - kTiny) {
    return true;
  }
  const double between = std::acos(cosine);
  double incidence = 0.5 * std::numbers::pi, sine = 1.0, cosine_of = 0.0;
  const auto miss = [&] {
    return std::asin(ratio_a * sine) + std::asin(ratio_b * sine) - 2.0 * incidence + between;
  };
  const auto slope = [&](double ratio) {
    return ratio * cosine_of / std::sqrt(1.0 - ratio * ratio * sine * sine);
  };
  double value = miss();
  if (value > 0.0) {
    return true;
  }
  for (int round = 0; std::abs(value) > kTolerance; ++round) {
    if (round == kRounds) {
      return true;
    }
    incidence -= value / (slope(ratio_a) + slope(ratio_b) - 2.0);
    sine = std::sin(incidence);
    cosine_of = std::cos(incidence);
    value = miss();
  }
  const bool from_a = cross(a, b) > 0.0;
  const Point start = unit(from_a ? a : b);
  const double turn = incidence - std::asin((from_a ? ratio_a : ratio_b) * sine);
  const double c = std::cos(turn), s = std::sin(turn);
  touch->from = touch->to = radius * Point{c * start.x - s * start.y, s * start.x + c * start.y};
  return true;
}

// p in the object's own frame.
void to_object(const WrapObject& object, const double* p, double* out) {
  const double from[3] = {p[0] - object.pos[0], p[1] - object.pos[1], p[2] - object.pos[2]};
  for (int i = 0; i < 3; ++i) {
    out[i] = object.rot[i] * from[0] + object.rot[3 + i] * from[1] + object.rot[6 + i] * from[2];
  }
}

double normalize(double* v) {
  const double length = std::sqrt(dot3(v, v));
  if (length < kTiny) {
    v[0] = 1.0;
    v[1] = v[2] = 0.0;
  } else {
    const double scale = 1.0 / length;
    for (int i = 0; i < 3; ++i) {
      v[i] *= scale;
    }
  }
  return length;
}

// Axes of the plane through a sphere's centre and both ends of the string.
void sphere_plane(const double* a, const double* b, double* first, double* second) {
  std::copy_n(a, 3, first);
  normalize(first);
  double normal[3];
  cross3(a, b, normal);
  if (normalize(normal) < kTiny) {  // any plane through a line
    const double size[3] = {std::abs(first[0]), std::abs(first[1]), std::abs(first[2])};
    int largest = 0;
    if (size[1] > size[0] && size[1] > size[2]) {
      largest = 1;
    }
    if (size[2] > size[0] && size[2] > size[1]) {
      largest = 2;
    }
    double other[3] = {1.0, 1.0, 1.0};
    other[largest] = 0.0;
    cross3(first, other, normal);
    normalize(normal);
  }
  cross3(normal, first, second);
  normalize(second);
}

}  // namespace

bool wrap_around(const WrapObject& object, const double* p0, const double* p1, const double* side,
                 double* touch, double* arc) {
  double a[3], b[3];
  to_object(object, p0, a);
  to_object(object, p1, b);
  if (std::sqrt(dot3(a, a)) < kTiny || std::sqrt(dot3(b, b)) < kTiny) {
    return false;
  }
  double first[3] = {1.0, 0.0, 0.0}, second[3] = {0.0, 1.0, 0.0};
  if (object.shape == WrapShape::kSphere) {
    sphere_plane(a, b, first, second);
  }
  const auto flat = [&](const double* p) { return Point{dot3(p, first), dot3(p, second)}; };
  Touch way;
  bool touches;
  if (side == nullptr) {
    touches = wrap_outside(flat(a), flat(b), nullptr, object.radius, &way);
  } else {
    double at[3];
    to_object(object, side, at);
    if (std::sqrt(dot3(at, at)) < object.radius) {
      touches = wrap_inside(flat(a), flat(b), object.radius, &way);
    } else {
      const Point towards = object.radius * unit(flat(at));
      touches = wrap_outside(flat(a), flat(b), &towards, object.radius, &way);
    }
  }
  if (!touches) {
    return false;
  }
  double local[6];
  for (int i = 0; i < 3; ++i) {
    local[i] = first[i] * way.from.x + second[i] * way.from.y;
    local[3 + i] = first[i] * way.to.x + second[i] * way.to.y;
  }
  if (object.shape == WrapShape::kCylinder) {  // a helix: height in proportion to the way
    const double before = length(a[0] - local[0], a[1] - local[1]);
    const double after = length(b[0] - local[3], b[1] - local[4]);
    const double rise = (b[2] - a[2]) / (before + way.arc + after);
    local[2] = a[2] + rise * before;
    local[5] = a[2] + rise * (before + way.arc);
    way.arc = length(way.arc, local[5] - local[2]);
  }
  for (int end = 0; end < 2; ++end) {
    rotate3(object.rot, local + 3 * end, touch + 3 * end);
    for (int i = 0; i < 3; ++i) {
      touch[3 * end + i] += object.pos[i];
    }
  }
  *arc = way.arc;
  return true;
}

}  // namespace kinesis
