#include "kinesis/motion/disturbed_motion.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "kinesis/base/small_vector.hpp"
#include "kinesis/body/tree.hpp"

namespace kinesis {
namespace {

constexpr double kTurn = 2.0 * 3.14159265358979323846;
constexpr double kDropInterval = 0.5;  // s
constexpr double kWords = 4294967296.0;
constexpr int kDrops = 1 << 20;  // stream of draws; those of noise begin at 0

double between(const Span& span, double share) { return span.low + share * (span.high - span.low); }

// Memory of this thread for a pose and its joints.
struct Scratch {
  ChainPose pose;
  std::vector<double> qpos, qvel, more_qpos, more_qvel, noise;
};

Scratch& scratch() {
  thread_local Scratch memory;
  return memory;
}

// Four numbers in [0, 1), the same for the same episode, stream and interval.
std::array<double, 4> drawn(double seed, int stream, std::int64_t interval) {
  const auto bits = static_cast<std::uint64_t>(seed);
  const auto out =
      philox4x32({static_cast<std::uint32_t>(interval), static_cast<std::uint32_t>(stream), 0, 0},
                 {static_cast<std::uint32_t>(bits), static_cast<std::uint32_t>(bits >> 32)});
  return {out[0] / kWords, out[1] / kWords, out[2] / kWords, out[3] / kWords};
}

}  // namespace

DisturbedMotion::DisturbedMotion(const MotionTable* clips, const mjModel* model,
                                 const std::vector<int>& tracked, const MotionErrors& errors)
    : clips_(clips),
      chain_(model, tracked),
      couplings_(model),
      errors_(errors),
      joint_qpos_(model->jnt_qposadr, model->jnt_qposadr + model->njnt),
      joint_qvel_(model->jnt_dofadr, model->jnt_dofadr + model->njnt),
      root_qpos_(chain_.root_qpos()),
      root_qvel_(model->jnt_dofadr[free_joint(model)]) {
  for (const int body : tracked) {
    links_.push_back(chain_.link(body));
  }
  for (int joint = 0; joint < model->njnt; ++joint) {
    if (model->jnt_type[joint] == mjJNT_HINGE && couplings_.of(joint) == nullptr) {
      independent_.push_back({joint_qpos_[joint], joint_qvel_[joint]});
    }
  }
  for (const JointError& error : errors.joints) {
    for (const int joint : error.joints) {
      if (joint < 0 || joint >= model->njnt || model->jnt_type[joint] != mjJNT_HINGE ||
          couplings_.of(joint) != nullptr) {
        throw std::invalid_argument("joint " + std::to_string(joint) +
                                    " cannot err: it is no hinge that follows no other joint");
      }
    }
  }
  layout_.append("reference_seed", 1);
  layout_.append("reference_start", 4);
  layout_.append("reference_height", 1);
  layout_.append("reference_slope", 2);
  layout_.append("reference_drift", 2);
  layout_.append("reference_shake", 5);
  layout_.append("reference_timing", 3);
  layout_.append("reference_smoothing", 1);
  layout_.append("reference_noise", 2);
  layout_.append("reference_dropped", 1);
  layout_.append("reference_joints", static_cast<int>(errors.joints.size()));
}

void DisturbedMotion::begin(const Moment& start, EpisodeRandom& random, double* plan) const {
  std::fill_n(plan, layout_.size(), 0.0);
  if (random.uniform() >= errors_.share) {
    return;
  }
  const auto at = [&](Column which) { return plan + layout_[which].begin; };
  const auto draw = [&](const Span& span, bool on) {
    const double share = random.uniform();
    return on ? between(span, share) : 0.0;
  };
  const auto kind = [&] { return random.uniform() < errors_.each; };
  *at(kSeed) = 1.0 + std::floor(random.uniform() * 4503599627370496.0);
  bool on = kind();
  *at(kHeight) = draw(errors_.height, on);
  on = kind();
  at(kSlope)[0] = draw(errors_.slope, on);
  at(kSlope)[1] = draw(errors_.slope, on);
  on = kind();
  at(kDrift)[0] = draw(errors_.drift, on);
  at(kDrift)[1] = draw(errors_.drift, on);
  on = kind();
  at(kShake)[0] = draw(errors_.shake, on);
  at(kShake)[1] = draw(errors_.shake_frequency, true);
  for (int i = 2; i < 5; ++i) {
    at(kShake)[i] = kTurn * random.uniform();
  }
  on = kind();
  at(kTiming)[0] = draw(errors_.timing, on);
  at(kTiming)[1] = draw(errors_.timing_frequency, true);
  at(kTiming)[2] = kTurn * random.uniform();
  on = kind();
  *at(kSmoothing) = draw(errors_.smoothing, on);
  on = kind();
  at(kNoise)[0] = draw(errors_.joint_noise, on);
  at(kNoise)[1] = draw(errors_.root_noise, on);
  on = kind();
  *at(kDropped) = draw(errors_.dropped, on);
  bool any = false;
  for (std::size_t i = 0; i < errors_.joints.size(); ++i) {
    on = kind();
    at(kJoints)[i] = draw(errors_.joints[i].span, on);
    any = any || at(kJoints)[i] != 0.0;
  }

  Scratch& memory = scratch();
  memory.qpos.resize(nq());
  memory.qvel.resize(nv());
  clips_->joint_state(start, plan, memory.qpos.data(), memory.qvel.data());
  at(kStart)[0] = start.time;
  std::copy_n(memory.qpos.data() + root_qpos_, 3, at(kStart) + 1);
  if (any) {  // feet stay about as high as they are
    constexpr int kMoments = 6;
    double rise = 0.0;
    for (int i = 0; i < kMoments; ++i) {
      clips_->joint_state({start.clip, start.time + 0.3 * i}, plan, memory.qpos.data(),
                          memory.qvel.data());
      rise += lowest(memory.qpos.data()) / kMoments;
      offset_joints(plan, memory.qpos.data());
      rise -= lowest(memory.qpos.data()) / kMoments;
    }
    *at(kHeight) += rise;
  }
}

void DisturbedMotion::offset_joints(const double* plan, double* qpos) const {
  const double* drawn_errors = column(kJoints, plan);
  for (std::size_t i = 0; i < errors_.joints.size(); ++i) {
    const JointError& error = errors_.joints[i];
    for (std::size_t k = 0; k < error.joints.size(); ++k) {
      qpos[joint_qpos_[error.joints[k]]] += error.coefficient[k] * drawn_errors[i];
    }
  }
}

double DisturbedMotion::lowest(const double* qpos) const {
  ChainPose& pose = scratch().pose;
  chain_.forward(qpos, &pose);
  double least = pose.pos[3 * links_[0] + 2];
  for (const int link : links_) {
    least = std::min(least, pose.pos[3 * link + 2]);
  }
  return least;
}

DisturbedMotion::Read DisturbedMotion::read_at(const Moment& at, const double* plan) const {
  const double* timing = column(kTiming, plan);
  const double phase = kTurn * timing[1] * (at.time - column(kStart, plan)[0]) + timing[2];
  double time = at.time + timing[0] * (std::sin(phase) - std::sin(timing[2]));
  const double rate = 1.0 + timing[0] * kTurn * timing[1] * std::cos(phase);
  if (*column(kDropped, plan) > 0.0) {
    const double begin = kDropInterval * std::floor(time / kDropInterval);
    const auto interval = std::llround(begin / kDropInterval);
    const bool drops = drawn(plan[0], kDrops, interval)[0] < *column(kDropped, plan);
    if (drops && time < begin + errors_.drop_time) {
      time = begin;
    }
  }
  return {{at.clip, std::max(0.0, time)}, rate};
}

void DisturbedMotion::fill_noise(const double* plan, double time, double* value,
                                 double* rate) const {
  const double width = std::sqrt(12.0);  // of an even distribution of deviation 1
  const double x = time * errors_.noise_rate;
  const double before = std::floor(x);
  const auto knot = static_cast<std::int64_t>(before);
  for (int first = 0; first < num_noisy(); first += 4) {
    const auto a = drawn(plan[0], first / 4, knot), b = drawn(plan[0], first / 4, knot + 1);
    for (int i = first; i < std::min(first + 4, num_noisy()); ++i) {
      const double from = (a[i - first] - 0.5) * width, to = (b[i - first] - 0.5) * width;
      value[i] = from + (x - before) * (to - from);
      rate[i] = (to - from) * errors_.noise_rate;
    }
  }
}

void DisturbedMotion::joint_state(const Moment& at, const double* plan, double* qpos,
                                  double* qvel) const {
  if (plan[0] == 0.0) {
    clips_->joint_state(at, plan, qpos, qvel);
    return;
  }
  const Read read = read_at(at, plan);
  clips_->joint_state(read.at, plan, qpos, qvel);
  const double smoothing = *column(kSmoothing, plan);
  if (smoothing > 0.0) {
    Scratch& memory = scratch();
    memory.more_qpos.resize(nq());
    memory.more_qvel.resize(nv());
    double* more_qpos = memory.more_qpos.data();
    double* more_qvel = memory.more_qvel.data();
    for (const double side : {-smoothing, smoothing}) {
      clips_->joint_state({read.at.clip, std::max(0.0, read.at.time + side)}, plan, more_qpos,
                          more_qvel);
      for (int i = 0; i < nq(); ++i) {
        qpos[i] += more_qpos[i];
      }
      for (int i = 0; i < nv(); ++i) {
        qvel[i] += more_qvel[i];
      }
    }
    for (int i = 0; i < nq(); ++i) {
      qpos[i] /= 3.0;
    }
    for (int i = 0; i < nv(); ++i) {
      qvel[i] /= 3.0;
    }
  }
  for (int i = 0; i < nv(); ++i) {
    qvel[i] *= read.rate;
  }

  double* root = qpos + root_qpos_;
  double* speed = qvel + root_qvel_;
  const double* start = column(kStart, plan);
  const double since = at.time - start[0];
  const double* slope = column(kSlope, plan);
  const double angle = std::sqrt(slope[0] * slope[0] + slope[1] * slope[1]);
  const double sine = angle > 1e-12 ? std::sin(0.5 * angle) / angle : 0.5;
  const double by[4] = {std::cos(0.5 * angle), sine * slope[0], sine * slope[1], 0.0};
  double turn[9], quat[4];
  rotation_from_quat(by, turn);
  const double away[3] = {root[0] - start[1], root[1] - start[2], root[2] - start[3]};
  double place[3], rate[3];
  rotate3(turn, away, place);
  rotate3(turn, speed, rate);
  multiply_quat(by, root + 3, quat);
  const double norm = std::sqrt(quat[0] * quat[0] + dot3(quat + 1, quat + 1));
  for (int i = 0; i < 4; ++i) {
    root[3 + i] = quat[i] / norm;
  }
  const double* shake = column(kShake, plan);
  const double* deviation = column(kNoise, plan);
  const double* drift = column(kDrift, plan);
  const bool noisy = deviation[0] > 0.0 || deviation[1] > 0.0;
  double* noise = nullptr;  // of the root's axes, then of joints
  double* noise_rate = nullptr;
  if (noisy) {
    std::vector<double>& memory = scratch().noise;
    memory.resize(2 * num_noisy());
    noise = memory.data();
    noise_rate = noise + num_noisy();
    fill_noise(plan, at.time, noise, noise_rate);
  }
  for (int axis = 0; axis < 3; ++axis) {
    const double phase = kTurn * shake[1] * since + shake[2 + axis];
    root[axis] = start[1 + axis] + place[axis] + shake[0] * std::sin(phase);
    speed[axis] = rate[axis] + shake[0] * kTurn * shake[1] * std::cos(phase);
    if (axis < 2) {
      root[axis] += drift[axis] * since;
      speed[axis] += drift[axis];
    }
    if (noisy) {
      root[axis] += deviation[1] * noise[axis];
      speed[axis] += deviation[1] * noise_rate[axis];
    }
  }
  root[2] += *column(kHeight, plan);

  offset_joints(plan, qpos);
  for (std::size_t i = 0; i < (noisy ? independent_.size() : 0); ++i) {
    qpos[independent_[i].qpos] += deviation[0] * noise[3 + i];
    qvel[independent_[i].qvel] += deviation[0] * noise_rate[3 + i];
  }
  for (const int joint : couplings_.followers()) {
    const int driver = couplings_.driver(joint);
    if (driver >= 0) {
      qpos[joint_qpos_[joint]] = couplings_.position(joint, qpos);
      qvel[joint_qvel_[joint]] = couplings_.slope(joint, qpos) * qvel[joint_qvel_[driver]];
    }
  }
}

void DisturbedMotion::tracked_state(const Moment& at, const double* plan, double* pos,
                                    double* vel) const {
  if (plan[0] == 0.0) {
    clips_->tracked_state(at, plan, pos, vel);
    return;
  }
  Scratch& memory = scratch();
  memory.qpos.resize(nq());
  memory.qvel.resize(nv());
  joint_state(at, plan, memory.qpos.data(), memory.qvel.data());
  chain_.forward(memory.qpos.data(), &memory.pose);
  chain_.velocities(memory.qvel.data(), &memory.pose);
  const double past = std::max(0.0, at.time - duration(at.clip));
  for (std::size_t i = 0; i < links_.size(); ++i) {
    for (int axis = 0; axis < 3; ++axis) {
      vel[3 * i + axis] = memory.pose.move[3 * links_[i] + axis];
      pos[3 * i + axis] = memory.pose.pos[3 * links_[i] + axis] + past * vel[3 * i + axis];
    }
  }
}

void DisturbedMotion::torque(const Moment& at, const double* plan, double* out) const {
  clips_->torque(plan[0] == 0.0 ? at : read_at(at, plan).at, plan, out);
}

void DisturbedMotion::activation(const Moment& at, const double* plan, double* out) const {
  clips_->activation(plan[0] == 0.0 ? at : read_at(at, plan).at, plan, out);
}

void DisturbedMotion::excitation(const Moment& at, const double* plan, double* out) const {
  clips_->excitation(plan[0] == 0.0 ? at : read_at(at, plan).at, plan, out);
}

void DisturbedMotion::prefetch_tracked(const Moment& at, const double* plan) const {
  clips_->prefetch_tracked(at, plan);
}

}  // namespace kinesis
