#include "kinesis/lanes/kernel/hull.hpp"

#include <algorithm>

namespace kinesis::lanes {
namespace {

constexpr float kFar = 1e6f;  // m

// Corners of a hull that one body rests on, the lowest first; returns how many.
int resting_corners(const LaneHull& hull, int lowest, const float* down, int* corners) {
  const LaneHull::Corner& corner = hull.corners[lowest];
  const LaneHull::Face* flattest = nullptr;
  float most = -2.0f;
  for (int k = corner.begin; k < corner.end; ++k) {
    const LaneHull::Face& face = hull.faces[hull.corner_faces[k]];
    const float* n = face.normal;
    const float along = n[0] * down[0] + n[1] * down[1] + n[2] * down[2];
    if (along > most) {
      most = along;
      flattest = &face;
    }
  }
  corners[0] = lowest;
  int count = 1;
  if (flattest == nullptr) {
    return count;
  }
  const int* begin = hull.face_corners.data() + flattest->begin;
  const int size = flattest->end - flattest->begin;
  const auto start = std::find(begin, begin + size, lowest) - begin;
  for (int k = 1; k < size && count < kMostHullContacts; ++k) {
    corners[count++] = begin[(start + k) % size];
  }
  return count;
}

}  // namespace

Farthest farthest_corner(const LaneHull& hull, const Vector3& direction) {
  Farthest out;
  out.corner = 0.0f;
  out.reach = -1e30f;
  out.position = zero3();
  const int count = static_cast<int>(hull.corners.size());
  for (int i = 0; i < count; ++i) {
    const float* at = hull.corners[i].pos;
    const Floats reach = direction[0] * at[0] + direction[1] * at[1] + direction[2] * at[2];
    const Mask farther = reach > out.reach;
    out.reach = select(farther, reach, out.reach);
    out.corner = select(farther, Floats(static_cast<float>(i)), out.corner);
    for (int k = 0; k < 3; ++k) {
      out.position[k] = select(farther, Floats(at[k]), out.position[k]);
    }
  }
  return out;
}

Resting rest_on_floor(const LaneHull& hull, const Vector3& down) {
  const Farthest lowest = farthest_corner(hull, down);
  Resting out;
  out.count = 0;
  std::fill_n(out.below, kMostHullContacts, Floats(-kFar));
  std::fill_n(out.position, kMostHullContacts, zero3());
  // Each lane has a face of its own.
  for (int lane = 0; lane < kWidth; ++lane) {
    const float local[3] = {down[0][lane], down[1][lane], down[2][lane]};
    int corners[kMostHullContacts];
    const int count = resting_corners(hull, static_cast<int>(lowest.corner[lane]), local, corners);
    out.count = std::max(out.count, count);
    for (int i = 0; i < count; ++i) {
      const float* at = hull.corners[corners[i]].pos;
      const float below = at[0] * local[0] + at[1] * local[1] + at[2] * local[2];
      if (i > 0 && below <= 0.0f) {
        continue;
      }
      out.below[i][lane] = below;
      for (int k = 0; k < 3; ++k) {
        out.position[i][k][lane] = at[k];
      }
    }
  }
  return out;
}

}  // namespace kinesis::lanes
