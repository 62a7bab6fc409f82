#include "kinesis/lanes/kernel/bounds.hpp"

#include "kinesis/lanes/kernel/hull.hpp"

namespace kinesis::lanes {
namespace {

// A bound where it is now.
struct Placed {
  const LaneBound* bound;
  Vector3 centre;
  Rotation axes;

  Placed(const Workspace& w, const LaneBound& b)
      : bound(&b),
        centre(w.pos[b.node] + w.rot[b.node] * constant3(b.pos)),
        axes(turned(w.rot[b.node], b.rot)) {}

  // Its farthest point along a unit direction.
  Vector3 support(const Vector3& direction) const {
    const Vector3 local = axes.transposed_times(direction), size = constant3(bound->size);
    Vector3 farthest;
    if (bound->ellipsoid) {
      const Vector3 stretched = local * size;
      farthest = stretched * size * (1.0f / sqrt(larger(dot(stretched, stretched), 1e-24f)));
    } else {
      for (int i = 0; i < 3; ++i) {
        farthest[i] = select(local[i] < 0.0f, -size[i], size[i]);
      }
    }
    return centre + axes * farthest + direction * bound->radius;
  }
};

// The hull in a bound, or the bound where it holds none.
struct PlacedHull {
  Placed bound;
  const Rotation* rot;
  Vector3 from;
  const LaneHull* hull;

  PlacedHull(const LaneModel& model, const Workspace& w, const LaneBound& b)
      : bound(w, b),
        rot(&w.rot[b.node]),
        from(w.pos[b.node] + *rot * constant3(b.hull_pos)),
        hull(b.hull < 0 ? nullptr : &model.hulls[b.hull]) {}

  Vector3 support(const Vector3& direction) const {
    if (hull == nullptr) {
      return bound.support(direction);
    }
    return from + *rot * farthest_corner(*hull, rot->transposed_times(direction)).position;
  }
};

// Of the lanes that are open, those in which no plane is found between two convex sets: the point
// of their difference that is nearest to the origin is sought by Frank and Wolfe's method.
template <class Set>
Mask not_apart(const Set& first, const Set& second, Vector3 nearest, float margin, int rounds,
               Mask open) {
  for (int round = 0; round < rounds && any(open); ++round) {
    const Vector3 direction = unit(nearest);
    const Vector3 seen = second.support(-direction) - first.support(direction);
    open &= dot(seen, direction) < margin;
    const Vector3 step = seen - nearest;
    const Floats share = clamped(-dot(nearest, step) / larger(dot(step, step), 1e-20f), 0.0f, 1.0f);
    nearest += step * share;
  }
  return open;
}

}  // namespace

Mask may_touch(const LaneModel& model, const Workspace& w, const LaneBound& a, const LaneBound& b,
               float margin) {
  constexpr int kRounds = 8, kHullRounds = 20;
  const Vector3 from = w.pos[a.node] + w.rot[a.node] * constant3(a.pos);
  const Vector3 to = w.pos[b.node] + w.rot[b.node] * constant3(b.pos);
  const Vector3 between = to - from;
  const float reach = a.reach + b.reach + margin;
  Mask open = dot(between, between) < reach * reach;
  if (none(open)) {
    return open;
  }
  open = not_apart(Placed(w, a), Placed(w, b), between, margin, kRounds, open);
  if (any(open) && (a.hull >= 0 || b.hull >= 0)) {
    open = not_apart(PlacedHull(model, w, a), PlacedHull(model, w, b), between, margin, kHullRounds,
                     open);
  }
  return open;
}

Mask may_touch_floor(const LaneModel& model, const Workspace& w, const LaneBound& bound,
                     float margin) {
  const Floats floor = w.pos[0][2] + model.floor_height + w.ground[0] + margin;
  const Vector3 centre = w.pos[bound.node] + w.rot[bound.node] * constant3(bound.pos);
  const Mask near = centre[2] - bound.reach < floor;
  if (none(near)) {
    return near;
  }
  return near & (Placed(w, bound).support(Vector3(0.0f, 0.0f, -1.0f))[2] < floor);
}

}  // namespace kinesis::lanes
