#include "kinesis/motion/motion_table.hpp"

#include <algorithm>
#include <cmath>

namespace kinesis {
namespace {

constexpr int kCacheLine = 64;  // bytes

void interpolate(const float* rows, std::int64_t before, std::int64_t after, double weight,
                 int width, double* out) {
  const float* a = rows + before * width;
  const float* b = rows + after * width;
  for (int i = 0; i < width; ++i) {
    out[i] = (1.0 - weight) * a[i] + weight * b[i];
  }
}

}  // namespace

double MotionTable::duration(int clip) const {
  const auto frames = arrays_.first_frame[clip + 1] - arrays_.first_frame[clip];
  return static_cast<double>(frames - 1) / arrays_.frame_rate[clip];
}

MotionTable::Bracket MotionTable::bracket(int clip, double time) const {
  const std::int64_t first = arrays_.first_frame[clip];
  const std::int64_t last = arrays_.first_frame[clip + 1] - 1;
  const double frame = std::max(0.0, time * arrays_.frame_rate[clip]);
  const double span = static_cast<double>(last - first);
  if (frame >= span) {
    return {last, last, 0.0};
  }
  const double whole = std::floor(frame);
  const std::int64_t before = first + static_cast<std::int64_t>(whole);
  return {before, before + 1, frame - whole};
}

void MotionTable::joint_state(int clip, double time, double* qpos, double* qvel) const {
  const Bracket at = bracket(clip, time);
  interpolate(arrays_.qpos, at.before, at.after, at.weight, arrays_.nq, qpos);
  interpolate(arrays_.qvel, at.before, at.after, at.weight, arrays_.nv, qvel);
  for (const int address : quaternion_addresses_) {
    double* q = qpos + address;
    const double norm = std::sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
    for (int i = 0; i < 4; ++i) {
      q[i] /= norm;
    }
  }
}

void MotionTable::torque(int clip, double time, double* out) const {
  const Bracket at = bracket(clip, time);
  interpolate(arrays_.torque, at.before, at.after, at.weight, arrays_.num_torques, out);
}

void MotionTable::activation(int clip, double time, double* out) const {
  const Bracket at = bracket(clip, time);
  interpolate(arrays_.activation, at.before, at.after, at.weight, arrays_.num_muscles, out);
}

void MotionTable::excitation(int clip, double time, double* out) const {
  const Bracket at = bracket(clip, time);
  interpolate(arrays_.excitation, at.before, at.after, at.weight, arrays_.num_muscles, out);
}

void MotionTable::prefetch_tracked(int clip, double time) const {
  const Bracket at = bracket(clip, time);
  const std::int64_t width = 3 * arrays_.num_tracked;
  for (const float* rows : {arrays_.tracked_pos, arrays_.tracked_vel}) {
    const auto* first = reinterpret_cast<const char*>(rows + at.before * width);
    const auto* end = reinterpret_cast<const char*>(rows + (at.after + 1) * width);
    for (const char* line = first; line < end; line += kCacheLine) {
      __builtin_prefetch(line);
    }
  }
}

void MotionTable::tracked_state(int clip, double time, double* pos, double* vel) const {
  const Bracket at = bracket(clip, time);
  const int width = 3 * arrays_.num_tracked;
  interpolate(arrays_.tracked_pos, at.before, at.after, at.weight, width, pos);
  interpolate(arrays_.tracked_vel, at.before, at.after, at.weight, width, vel);
  const double past = time - duration(clip);
  if (past > 0.0) {
    for (int i = 0; i < 3 * arrays_.num_tracked; ++i) {
      pos[i] += past * vel[i];
    }
  }
}

}  // namespace kinesis
