#include "kinesis/retarget/leg_separation.hpp"

#include <algorithm>

namespace kinesis {
namespace {

constexpr double kNear = 0.05;   // m, within which legs may come to touch in a step
constexpr double kDeep = 0.02;   // m, that legs are deep in each other,
constexpr double kOften = 0.05;  // and the share of frames in which they may be

}  // namespace

LegSeparation::LegSeparation(const ChainKinematics& chain, const std::vector<Capsule>& right,
                             const std::vector<Capsule>& left)
    : chain_(chain) {
  for (const Capsule& capsule : right) {
    right_.push_back({chain.link(capsule.body), capsule, {}});
  }
  for (const Capsule& capsule : left) {
    left_.push_back({chain.link(capsule.body), capsule, {}});
  }
}

void LegSeparation::find_near(const ChainPose& pose) {
  for (std::vector<Shape>* shapes : {&right_, &left_}) {
    for (Shape& shape : *shapes) {
      ChainKinematics::place(pose, shape.link, shape.capsule.from.data(), shape.ends);
      ChainKinematics::place(pose, shape.link, shape.capsule.to.data(), shape.ends + 3);
    }
  }
  pairs_.clear();
  for (const Shape& a : right_) {
    for (const Shape& b : left_) {
      Pair pair{&a, &b, {}, {}, 0.0};
      const double apart =
          closest_points(a.ends, a.ends + 3, b.ends, b.ends + 3, pair.on_right, pair.on_left);
      pair.gap = apart - a.capsule.radius - b.capsule.radius;
      if (pair.gap < kNear && apart > 1e-6) {
        pairs_.push_back(pair);
      }
    }
  }
}

bool LegSeparation::worthwhile(const double* qpos, int frames) {
  ChainPose pose;
  int deep_frames = 0;
  for (int t = 0; t < frames; ++t) {
    chain_.forward(qpos + static_cast<std::size_t>(t) * chain_.nq(), &pose);
    find_near(pose);
    deep_frames += std::any_of(pairs_.begin(), pairs_.end(),
                               [](const Pair& pair) { return pair.gap < -kDeep; });
  }
  return deep_frames <= kOften * frames;
}

void LegSeparation::add(double distance, double weight, PoseSolver* solver) {
  find_near(solver->pose());
  for (const Pair& pair : pairs_) {
    const double apart = pair.gap + pair.right->capsule.radius + pair.left->capsule.radius;
    double normal[3];
    for (int k = 0; k < 3; ++k) {
      normal[k] = (pair.on_right[k] - pair.on_left[k]) / apart;
    }
    solver->add_separation(pair.right->link, pair.on_right, pair.left->link, pair.on_left, normal,
                           pair.gap - distance, weight);
  }
}

}  // namespace kinesis
