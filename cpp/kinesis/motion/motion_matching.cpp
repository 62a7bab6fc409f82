#include "kinesis/motion/motion_matching.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <string>

#include "kinesis/base/small_vector.hpp"

namespace kinesis {
namespace {

constexpr int kLane = 8;  // numbers compared at once: rows are filled up to it
constexpr int kMostAhead = 16, kMostFeet = 8;
constexpr int kMostFeatures = 4 * kMostAhead + 6 * kMostFeet + kLane;
constexpr double kStanding = 0.1;      // m/s
constexpr double kLeastSpread = 1e-6;  // of a group: of clips that all stand still

// Into axes that are turned by an angle, whose cosine and sine these are.
void into(double c, double s, double x, double y, double* out) {
  out[0] = c * x + s * y;
  out[1] = c * y - s * x;
}

// Sums lane by lane, so that lanes can be summed at once.
template <typename Difference>
float squared_sum(int width, Difference difference) {
  float sums[kLane] = {};
  for (int i = 0; i < width; i += kLane) {
    for (int k = 0; k < kLane; ++k) {
      const float d = difference(i + k);
      sums[k] += d * d;
    }
  }
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

float squared_distance(const float* a, const float* b, int width) {
  return squared_sum(width, [a, b](int i) { return a[i] - b[i]; });
}

// Of a point to a box, 0 within it.
float squared_distance(const float* point, const float* low, const float* high, int width) {
  return squared_sum(
      width, [=](int i) { return point[i] - std::min(std::max(point[i], low[i]), high[i]); });
}

}  // namespace

MotionMatching::MotionMatching(const MotionTable* clips, const MatchingConfig& config)
    : clips_(clips), config_(config) {
  const auto ahead = static_cast<int>(config.ahead.size());
  const auto feet = static_cast<int>(config.feet.size());
  if (ahead > kMostAhead || feet > kMostFeet) {
    throw std::invalid_argument("motions are matched by at most " + std::to_string(kMostAhead) +
                                " times ahead and " + std::to_string(kMostFeet) + " feet");
  }
  for (const int foot : config.feet) {
    if (foot < 0 || foot >= clips->num_tracked()) {
      throw std::invalid_argument("foot " + std::to_string(foot) + " is not among the " +
                                  std::to_string(clips->num_tracked()) + " tracked bodies");
    }
  }
  features_ = 4 * ahead + 6 * feet + 3;
  width_ = (features_ + kLane - 1) / kLane * kLane;
  collect_moments();
  std::vector<double> raw(static_cast<std::size_t>(num_moments()) * features_);
  std::vector<double> work(workspace_size());
  std::vector<Stance> path(ahead);
  for (int i = 0; i < num_moments(); ++i) {
    path_of(moments_[i], work.data(), path.data());
    raw_features(*clips_, moments_[i], nullptr, path.data(), work.data(),
                 raw.data() + static_cast<std::size_t>(i) * features_);
  }
  measure_spread(raw);
  rows_.resize(static_cast<std::size_t>(num_moments()) * width_);
  for (int i = 0; i < num_moments(); ++i) {
    normalise(raw.data() + static_cast<std::size_t>(i) * features_,
              rows_.data() + static_cast<std::size_t>(i) * width_);
  }
  make_boxes(kSmall, small_low_, small_high_);
  make_boxes(kLarge, large_low_, large_high_);
}

void MotionMatching::collect_moments() {
  double longest = 0.0;
  for (int clip = 0; clip < clips_->num_clips(); ++clip) {
    longest = std::max(longest, clips_->duration(clip));
    const double last = clips_->duration(clip) - config_.remaining;
    for (int i = 0; i / config_.frame_rate <= last; ++i) {
      moments_.push_back({clip, i / config_.frame_rate});
    }
  }
  if (moments_.empty()) {
    std::ostringstream message;
    message << "the longest clip has " << longest << " s; planning needs clips of at least "
            << config_.remaining << " s";
    throw std::invalid_argument(message.str());
  }
}

Stance MotionMatching::stance(const Reference& motion, const Moment& at, const double* plan,
                              double* work) const {
  double* qpos = work;
  motion.joint_state(at, plan, qpos, work + motion.nq());
  double rot[9], forward[3];
  rotation_from_quat(qpos + config_.quaternion_address, rot);
  rotate3(rot, config_.forward.data(), forward);
  const double* root = qpos + config_.quaternion_address - 3;
  return {root[0], root[1], std::atan2(forward[1], forward[0])};
}

bool MotionMatching::stands(const Reference& motion, const Moment& at, const double* plan,
                            double* work) const {
  const auto slow = [](const double* velocity) {
    return std::hypot(velocity[0], velocity[1], velocity[2]) < kStanding;
  };
  stance(motion, at, plan, work);
  if (!slow(work + motion.nq() + config_.quaternion_address - 3)) {
    return false;
  }
  double* vel = work + 3 * motion.num_tracked();
  motion.tracked_state(at, plan, work, vel);
  return std::all_of(config_.feet.begin(), config_.feet.end(),
                     [&](int foot) { return slow(vel + 3 * foot); });
}

void MotionMatching::path_of(const Moment& at, double* work, Stance* path) const {
  for (const double ahead : config_.ahead) {
    *path++ = stance(*clips_, {at.clip, at.time + ahead}, nullptr, work);
  }
}

void MotionMatching::raw_features(const Reference& motion, const Moment& at, const double* plan,
                                  const Stance* path, double* work, double* out) const {
  const Stance root = stance(motion, at, plan, work);
  const double c = std::cos(root.facing), s = std::sin(root.facing);
  const double* qvel = work + motion.nq() + config_.quaternion_address - 3;
  const double velocity[3] = {qvel[0], qvel[1], qvel[2]};
  const auto ahead = config_.ahead.size();
  for (std::size_t i = 0; i < ahead; ++i) {
    into(c, s, path[i].x - root.x, path[i].y - root.y, out);
    out += 2;
  }
  for (std::size_t i = 0; i < ahead; ++i) {
    *out++ = std::cos(path[i].facing - root.facing);
    *out++ = std::sin(path[i].facing - root.facing);
  }
  double* pos = work;
  double* vel = pos + 3 * motion.num_tracked();
  motion.tracked_state(at, plan, pos, vel);
  for (const int foot : config_.feet) {
    into(c, s, pos[3 * foot] - root.x, pos[3 * foot + 1] - root.y, out);
    out[2] = pos[3 * foot + 2];
    out += 3;
  }
  for (const int foot : config_.feet) {
    into(c, s, vel[3 * foot], vel[3 * foot + 1], out);
    out[2] = vel[3 * foot + 2];
    out += 3;
  }
  into(c, s, velocity[0], velocity[1], out);
  out[2] = velocity[2];
}

// One spread for a group: the root of the mean of its numbers' variances.
void MotionMatching::measure_spread(const std::vector<double>& raw) {
  mean_.assign(features_, 0.0);
  scale_.assign(features_, 0.0);
  std::vector<double> variance(features_, 0.0);
  const double count = num_moments();
  for (int i = 0; i < num_moments(); ++i) {
    for (int k = 0; k < features_; ++k) {
      mean_[k] += raw[static_cast<std::size_t>(i) * features_ + k] / count;
    }
  }
  for (int i = 0; i < num_moments(); ++i) {
    for (int k = 0; k < features_; ++k) {
      const double d = raw[static_cast<std::size_t>(i) * features_ + k] - mean_[k];
      variance[k] += d * d / count;
    }
  }
  const auto ahead = static_cast<int>(config_.ahead.size());
  const auto feet = static_cast<int>(config_.feet.size());
  const MatchingWeights& w = config_.weights;
  const std::pair<int, double> groups[] = {{2 * ahead, w.path},
                                           {2 * ahead, w.facing},
                                           {3 * feet, w.feet},
                                           {3 * feet, w.feet_velocity},
                                           {3, w.velocity}};
  int first = 0;
  for (const auto& [size, weight] : groups) {
    double sum = 0.0;
    for (int k = first; k < first + size; ++k) {
      sum += variance[k];
    }
    const double spread = std::max(kLeastSpread, std::sqrt(sum / std::max(1, size)));
    std::fill_n(scale_.begin() + first, size, weight / spread);
    first += size;
  }
}

void MotionMatching::normalise(const double* raw, float* out) const {
  for (int k = 0; k < features_; ++k) {
    out[k] = static_cast<float>((raw[k] - mean_[k]) * scale_[k]);
  }
  std::fill(out + features_, out + width_, 0.0f);
}

void MotionMatching::make_boxes(int length, std::vector<float>& low,
                                std::vector<float>& high) const {
  const int boxes = (num_moments() + length - 1) / length;
  low.assign(static_cast<std::size_t>(boxes) * width_, std::numeric_limits<float>::max());
  high.assign(static_cast<std::size_t>(boxes) * width_, std::numeric_limits<float>::lowest());
  for (int i = 0; i < num_moments(); ++i) {
    const std::size_t box = static_cast<std::size_t>(i / length) * width_;
    for (int k = 0; k < width_; ++k) {
      const float value = rows_[static_cast<std::size_t>(i) * width_ + k];
      low[box + k] = std::min(low[box + k], value);
      high[box + k] = std::max(high[box + k], value);
    }
  }
}

void MotionMatching::describe(const Reference& motion, const Moment& at, const double* plan,
                              const Stance* path, double* work, float* query) const {
  double raw[kMostFeatures];
  raw_features(motion, at, plan, path, work, raw);
  normalise(raw, query);
}

float MotionMatching::cost_of(const Moment& at, const float* query, double* work) const {
  Stance path[kMostAhead];
  float row[kMostFeatures];
  path_of(at, work, path);
  describe(*clips_, at, nullptr, path, work, row);
  return squared_distance(query, row, width_);
}

MotionMatching::Match MotionMatching::find(const float* query, float limit, const Moment& not_here,
                                           double near) const {
  const auto row = [this](const std::vector<float>& rows, int i) {
    return rows.data() + static_cast<std::size_t>(i) * width_;
  };
  Match best{{}, limit};
  const int count = num_moments();
  for (int large = 0; large * kLarge < count; ++large) {
    if (squared_distance(query, row(large_low_, large), row(large_high_, large), width_) >=
        best.cost) {
      continue;
    }
    const int end = std::min(count, (large + 1) * kLarge);
    for (int small = large * kLarge / kSmall; small * kSmall < end; ++small) {
      if (squared_distance(query, row(small_low_, small), row(small_high_, small), width_) >=
          best.cost) {
        continue;
      }
      const int last = std::min(end, (small + 1) * kSmall);
      for (int i = small * kSmall; i < last; ++i) {
        const float cost = squared_distance(query, row(rows_, i), width_);
        if (cost < best.cost && !(moments_[i].clip == not_here.clip &&
                                  std::abs(moments_[i].time - not_here.time) < near)) {
          best = {moments_[i], cost};
        }
      }
    }
  }
  return best;
}

}  // namespace kinesis
