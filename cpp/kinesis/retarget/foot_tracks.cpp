#include "kinesis/retarget/foot_tracks.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace kinesis {
namespace {

constexpr double kFloorWindow = 0.5;       // s before and after, within which a foot stands
constexpr double kOutliers = 0.1;          // share of heights that are lower, or higher, by chance
constexpr double kStride = 0.35;           // s, about half a runner's
constexpr double kRunning = 1.8;           // m/s, from which standing feet may move faster
constexpr double kTreadmill = 0.5;         // m/s, at which standing feet move on a treadmill
constexpr double kFastestTreadmill = 8.0;  // m/s; what moves faster is no belt
constexpr double kTreadmillHeight = 0.02;  // m, within which a foot may stand there
constexpr double kGrip = 0.05;             // s, in which the hold of a contact grows and fades

double quantile(std::vector<double> values, double share) {
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(share * (values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

}  // namespace

FootTracks::FootTracks(const ChainKinematics& chain, const std::vector<Foot>& feet, int frames,
                       double frame_rate)
    : chain_(chain), frames_(frames), frame_rate_(frame_rate) {
  for (const Foot& foot : feet) {
    for (const FootPart* part : {&foot.heel, &foot.toes}) {
      PartTrack track{};
      track.spec = part;
      track.link = chain.link(part->body);
      for (const SoleSphere& sphere : part->sole) {
        track.sole_links.push_back(chain.link(sphere.body));
      }
      track.path.resize(3ul * frames);
      track.rolls.assign(frames, 0);
      track.height.resize(frames);
      parts_.push_back(std::move(track));
    }
  }
}

void FootTracks::measure(const double* qpos) {
  ChainPose pose;
  for (int t = 0; t < frames_; ++t) {
    chain_.forward(qpos + static_cast<std::size_t>(t) * chain_.nq(), &pose);
    for (PartTrack& part : parts_) {
      ChainKinematics::place(pose, part.link, part.spec->point.data(), &part.path[3 * t]);
      lowest(pose, part, &part.height[t]);
    }
  }
}

std::size_t FootTracks::lowest(const ChainPose& pose, const PartTrack& part, double* height) {
  std::size_t found = 0;
  double world[3];
  for (std::size_t i = 0; i < part.spec->sole.size(); ++i) {
    ChainKinematics::place(pose, part.sole_links[i], part.spec->sole[i].centre.data(), world);
    const double over = world[2] - part.spec->sole[i].radius;
    if (i == 0 || over < *height) {
      *height = over;
      found = i;
    }
  }
  return found;
}

void FootTracks::find_contacts(const ContactSettings& settings) {
  const std::vector<double> running = pace();
  for (PartTrack& part : parts_) {
    part.contact = detect_contact(part.height, part.path, frame_rate_, settings, running);
  }
}

// The feet's mean place gets ahead as the body does.
std::vector<double> FootTracks::pace() const {
  const int reach = static_cast<int>(std::lround(kStride * frame_rate_));
  std::vector<double> factor(frames_, 1.0);
  for (int t = 0; t < frames_; ++t) {
    const int before = std::max(0, t - reach), after = std::min(frames_ - 1, t + reach);
    double moved[2] = {0.0, 0.0};
    for (const PartTrack& part : parts_) {
      for (int k = 0; k < 2; ++k) {
        moved[k] += part.path[3 * after + k] - part.path[3 * before + k];
      }
    }
    const double seconds = std::max(1, after - before) / frame_rate_;
    const double speed =
        std::hypot(moved[0], moved[1]) / static_cast<double>(parts_.size()) / seconds;
    factor[t] = std::max(1.0, speed / kRunning);
  }
  return factor;
}

std::vector<double> FootTracks::floor_height() const {
  std::vector<double> lower = parts_[0].height;
  for (std::size_t p = 2; p < parts_.size(); p += 2) {
    for (int t = 0; t < frames_; ++t) {
      lower[t] = std::min(lower[t], parts_[p].height[t]);
    }
  }
  const int reach = static_cast<int>(std::lround(kFloorWindow * frame_rate_));
  const auto over_windows = [&](const std::vector<double>& values, const auto& join) {
    std::vector<double> joined(frames_);
    for (int t = 0; t < frames_; ++t) {
      // A window at a clip's end is as long as one in its middle.
      const int begin = std::max(0, std::min(t - reach, frames_ - 2 * reach - 1));
      const int end = std::min(frames_, begin + 2 * reach + 1);
      joined[t] = join(std::vector<double>(values.begin() + begin, values.begin() + end));
    }
    return joined;
  };
  // The lowest nearby, the highest of these, so that a slope is followed, and their mean.
  const auto lowest = over_windows(
      lower, [](std::vector<double> values) { return quantile(std::move(values), kOutliers); });
  const auto highest = over_windows(lowest, [](std::vector<double> values) {
    return quantile(std::move(values), 1.0 - kOutliers);
  });
  return over_windows(highest, [](const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  });
}

std::array<double, 2> FootTracks::belt_velocity() const {
  std::vector<double> velocity[2];
  for (const PartTrack& part : parts_) {
    for (int t = 1; t + 1 < frames_; ++t) {
      if (part.height[t] < kTreadmillHeight) {
        for (int k = 0; k < 2; ++k) {
          const double moved = part.path[3 * (t + 1) + k] - part.path[3 * (t - 1) + k];
          velocity[k].push_back(0.5 * moved * frame_rate_);
        }
      }
    }
  }
  if (velocity[0].empty()) {
    return {0.0, 0.0};
  }
  // Medians along and across the mean velocity: they turn with the motion, as those along the
  // world's axes would not.
  double mean[2];
  for (int k = 0; k < 2; ++k) {
    mean[k] = std::accumulate(velocity[k].begin(), velocity[k].end(), 0.0);
  }
  const double norm = std::hypot(mean[0], mean[1]);
  const double along[2] = {norm > 0.0 ? mean[0] / norm : 1.0, norm > 0.0 ? mean[1] / norm : 0.0};
  for (std::size_t i = 0; i < velocity[0].size(); ++i) {
    const double x = velocity[0][i], y = velocity[1][i];
    velocity[0][i] = along[0] * x + along[1] * y;
    velocity[1][i] = along[0] * y - along[1] * x;
  }
  const double forward = quantile(velocity[0], 0.5), aside = quantile(velocity[1], 0.5);
  const std::array<double, 2> belt = {along[0] * forward - along[1] * aside,
                                      along[1] * forward + along[0] * aside};
  const double speed = std::hypot(belt[0], belt[1]);
  if (speed < kTreadmill || speed > kFastestTreadmill) {
    return {0.0, 0.0};
  }
  return belt;
}

double FootTracks::toe_lift(int foot) const {
  const PartTrack& heel = parts_[2 * foot];
  const PartTrack& toes = parts_[2 * foot + 1];
  double higher = 0.0, length = 0.0;
  for (int t = 0; t < frames_; ++t) {
    if (heel.contact[t] && toes.contact[t]) {
      higher += toes.height[t] - heel.height[t];
      length += std::hypot(toes.path[3 * t] - heel.path[3 * t],
                           toes.path[3 * t + 1] - heel.path[3 * t + 1]);
    }
  }
  return length > 0.0 ? std::atan2(higher, length) : 0.0;
}

std::vector<double> FootTracks::root_shift(double smoothness) const {
  std::vector<std::vector<double>> paths, heights;
  std::vector<Flags> contacts;
  for (const PartTrack& part : parts_) {
    paths.push_back(part.path);
    heights.push_back(part.height);
    contacts.push_back(part.contact);
  }
  return kinesis::root_shift(paths, heights, contacts, frame_rate_, smoothness);
}

void FootTracks::hold(double longest_wander, double relaxation, double clearance, double rise) {
  for (std::size_t p = 0; p < parts_.size(); ++p) {
    const Flags companion = parts_[p ^ 1].contact;
    parts_[p].shift = hold_in_place(parts_[p].path, companion, longest_wander,
                                    relaxation * frame_rate_, &parts_[p].contact);
  }
  const double step = rise / frame_rate_;
  const double gain = 1.0 / std::max(1.0, kGrip * frame_rate_);
  for (std::size_t p = 0; p < parts_.size(); ++p) {
    PartTrack& part = parts_[p];
    const PartTrack& other = parts_[p ^ 1];
    part.clear.assign(frames_, clearance);
    part.grip.assign(frames_, 1.0);
    const auto limit = [&](int t, int from) {
      const double reached = from >= 0 && from < frames_ ? part.clear[from] + step : 1e9;
      const bool stands = part.contact[t] || other.contact[t];
      part.clear[t] = stands ? 0.0 : std::min(part.clear[t], reached);
      const double held = from >= 0 && from < frames_ ? part.grip[from] + gain : 1.0;
      part.grip[t] = part.contact[t] ? std::min(part.grip[t], held) : 0.0;
    };
    for (int t = 0; t < frames_; ++t) {
      limit(t, t - 1);
    }
    for (int t = frames_ - 1; t >= 0; --t) {
      limit(t, t + 1);
    }
  }
}

void FootTracks::lower() { lift_.assign(parts_.size() / 2, std::vector<double>(frames_, 0.0)); }

void FootTracks::roll(int foot, int frame) {
  PartTrack& toes = parts_[2 * foot + 1];
  for (int t = frame; t < frames_ && toes.contact[t]; ++t) {
    toes.rolls[t] = 1;
  }
}

void FootTracks::raise(const double* qpos) {
  ChainPose pose;
  for (int t = 0; t < frames_; ++t) {
    chain_.forward(qpos + static_cast<std::size_t>(t) * chain_.nq(), &pose);
    for (std::size_t p = 0; p < parts_.size(); p += 2) {
      double missing = 0.0;
      for (const std::size_t part : {p, p + 1}) {
        double height = 0.0;
        lowest(pose, parts_[part], &height);
        if (parts_[part].clear[t] > 0.0) {
          missing = std::max(missing, parts_[part].clear[t] - height);
        }
      }
      lift_[p / 2][t] += missing;
    }
  }
}

}  // namespace kinesis
