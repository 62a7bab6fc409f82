#include "kinesis/motion/motion_table.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace kinesis {
namespace {

constexpr int kCacheLine = 64;  // bytes

void prefetch([[maybe_unused]] const char* line) {
#if defined(__GNUC__)  // clang as well
  __builtin_prefetch(line);
#endif
}

void interpolate(const float* rows, std::int64_t before, std::int64_t after, double weight,
                 int width, double* out) {
  const float* a = rows + before * width;
  const float* b = rows + after * width;
  for (int i = 0; i < width; ++i) {
    out[i] = (1.0 - weight) * a[i] + weight * b[i];
  }
}

}  // namespace

MotionTable::MotionTable(const MotionArrays& arrays, std::vector<int> quaternion_addresses)
    : arrays_(arrays), quaternion_addresses_(std::move(quaternion_addresses)) {
  for (int clip = 0; clip < arrays.num_clips; ++clip) {
    const std::int64_t first = arrays.first_frame[clip];
    const std::int64_t end = arrays.first_frame[clip + 1];
    if (first < 0 || end <= first || end > arrays.num_frames) {
      throw std::invalid_argument("clip " + std::to_string(clip) + " has frames " +
                                  std::to_string(first) + " to " + std::to_string(end - 1) +
                                  "; there are frames 0 to " +
                                  std::to_string(arrays.num_frames - 1));
    }
  }
  for (const int address : quaternion_addresses_) {
    if (address < 0 || address > arrays.nq - 4) {
      throw std::invalid_argument("a quaternion is said to begin at position " +
                                  std::to_string(address) + " of " + std::to_string(arrays.nq));
    }
  }
}

double MotionTable::duration(int clip) const {
  const auto frames = arrays_.first_frame[clip + 1] - arrays_.first_frame[clip];
  return static_cast<double>(frames - 1) / arrays_.frame_rate[clip];
}

MotionTable::Bracket MotionTable::bracket(const Moment& at) const {
  const std::int64_t first = arrays_.first_frame[at.clip];
  const std::int64_t last = arrays_.first_frame[at.clip + 1] - 1;
  const double frame = std::max(0.0, at.time * arrays_.frame_rate[at.clip]);
  const double span = static_cast<double>(last - first);
  if (frame >= span) {
    return {last, last, 0.0};
  }
  const double whole = std::floor(frame);
  const std::int64_t before = first + static_cast<std::int64_t>(whole);
  return {before, before + 1, frame - whole};
}

void MotionTable::joint_state(const Moment& at, const double*, double* qpos, double* qvel) const {
  const Bracket frames = bracket(at);
  interpolate(arrays_.qpos, frames.before, frames.after, frames.weight, arrays_.nq, qpos);
  interpolate(arrays_.qvel, frames.before, frames.after, frames.weight, arrays_.nv, qvel);
  for (const int address : quaternion_addresses_) {
    double* q = qpos + address;
    const double norm = std::sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
    for (int i = 0; i < 4; ++i) {
      q[i] /= norm;
    }
  }
}

void MotionTable::torque(const Moment& at, const double*, double* out) const {
  const Bracket frames = bracket(at);
  interpolate(arrays_.torque, frames.before, frames.after, frames.weight, arrays_.num_torques, out);
}

void MotionTable::activation(const Moment& at, const double*, double* out) const {
  const Bracket frames = bracket(at);
  interpolate(arrays_.activation, frames.before, frames.after, frames.weight, arrays_.num_muscles,
              out);
}

void MotionTable::excitation(const Moment& at, const double*, double* out) const {
  const Bracket frames = bracket(at);
  interpolate(arrays_.excitation, frames.before, frames.after, frames.weight, arrays_.num_muscles,
              out);
}

void MotionTable::prefetch_tracked(const Moment& at, const double*) const {
  const Bracket frames = bracket(at);
  const std::int64_t width = 3 * arrays_.num_tracked;
  for (const float* rows : {arrays_.tracked_pos, arrays_.tracked_vel}) {
    const auto* first = reinterpret_cast<const char*>(rows + frames.before * width);
    const auto* end = reinterpret_cast<const char*>(rows + (frames.after + 1) * width);
    for (const char* line = first; line < end; line += kCacheLine) {
      prefetch(line);
    }
  }
}

void MotionTable::tracked_state(const Moment& at, const double*, double* pos, double* vel) const {
  const Bracket frames = bracket(at);
  const int width = 3 * arrays_.num_tracked;
  interpolate(arrays_.tracked_pos, frames.before, frames.after, frames.weight, width, pos);
  interpolate(arrays_.tracked_vel, frames.before, frames.after, frames.weight, width, vel);
  const double past = at.time - duration(at.clip);
  if (past > 0.0) {
    for (int i = 0; i < 3 * arrays_.num_tracked; ++i) {
      pos[i] += past * vel[i];
    }
  }
}

}  // namespace kinesis
