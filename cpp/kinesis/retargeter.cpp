#include "kinesis/retargeter.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "kinesis/banded_solver.hpp"
#include "kinesis/pose_solver.hpp"
#include "kinesis/small_vector.hpp"

namespace kinesis {
namespace {

constexpr double kStanding = 0.25;         // share of frames in which a foot stands, at least
constexpr double kTreadmill = 0.5;         // m/s, at which standing feet move on a treadmill
constexpr double kTreadmillHeight = 0.02;  // m, within which a foot may stand there
constexpr double kNearFloor = 0.1;         // m, within which a step may reach it
constexpr double kNearLeg = 0.05;          // m, within which legs may come to touch in a step
constexpr double kRise = 0.004;            // m, that a foot in swing is lifted a sweep
constexpr double kDeep = 0.02;             // m, that legs are deep in each other,
constexpr double kOften = 0.05;            // and the share of frames in which they may be
constexpr double kGrip = 0.015;             // s, in which a foot that lands is held firmly
constexpr double kEdge = 0.03;             // s, in which a foot lifts off
constexpr double kAtLimit = 1e-6;          // rad
constexpr double kConverged = 2e-3;        // rad or m

std::vector<int> moved_bodies(const RetargetConfig& config) {
  std::vector<int> bodies = config.bodies;
  for (const Foot& foot : config.feet) {
    for (const FootPart* part : {&foot.heel, &foot.toes}) {
      bodies.push_back(part->body);
      for (const SoleSphere& sphere : part->sole) {
        bodies.push_back(sphere.body);
      }
    }
  }
  for (const auto* shapes : {&config.right, &config.left}) {
    for (const Capsule& capsule : *shapes) {
      bodies.push_back(capsule.body);
    }
  }
  return bodies;
}

double quantile(std::vector<double> values, double share) {
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(share * (values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

}  // namespace

// The work on one clip.
class Retargeter::Run {
 public:
  Run(const Retargeter& owner, const RetargetInput& input)
      : config_(owner.config_),
        chain_(owner.chain_),
        input_(input),
        frames_(input.frames),
        bodies_(owner.num_bodies()),
        nq_(chain_.nq()),
        neutral_(owner.neutral_),
        is_free_(owner.is_free_),
        solver_(chain_),
        smoother_(frames_) {
    result_.qpos.resize(static_cast<std::size_t>(frames_) * nq_);
    result_.targets.assign(input.targets, input.targets + 3ul * frames_ * bodies_);
    for (const int body : config_.bodies) {
      links_.push_back(chain_.link(body));
    }
    for (const Foot& foot : config_.feet) {
      for (const FootPart* part : {&foot.heel, &foot.toes}) {
        Part p;
        p.spec = part;
        p.link = chain_.link(part->body);
        for (const SoleSphere& sphere : part->sole) {
          p.sole_links.push_back(chain_.link(sphere.body));
        }
        parts_.push_back(std::move(p));
      }
    }
    const double wave = 2.0 * std::sin(std::numbers::pi *
                                       std::min(0.5, config_.smooth_frequency / input.frame_rate));
    const double one = 1.0;
    for (int t = 0; t < frames_; ++t) {
      smoother_.add_square(t, &one, 1, 1.0);
    }
    smoother_.add_bending(1.0 / std::pow(wave, 4));
    smoother_.factorise();
  }

  RetargetResult solve() {
    solve_in_turn();
    sweep(config_.smooth_sweeps);
    measure_errors(&result_.fit);
    if (!parts_.empty()) {
      stand_on_floor();
      leave_treadmill();
      floor_ = true;
      sweep(1);
      for (int pass = 0; pass < 2; ++pass) {
        measure_parts();
        find_contacts();
        level_feet();
        shift_root();
        sweep(1);
      }
      measure_parts();
      find_contacts();
      hold_feet();
      judge_legs();
      for (int i = 0; i < config_.contact_sweeps; ++i) {
        firmness_ = (i + 1.0) / config_.contact_sweeps;
        sweep(1);
      }
    }
    report();
    return std::move(result_);
  }

 private:
  struct Part {  // of a foot: heels at even, toes at odd places
    const FootPart* spec;
    int link;
    std::vector<int> sole_links;
    std::vector<double> path;    // (frames x 3) of the point held in place
    std::vector<double> height;  // (frames) of the lowest sole sphere
    Flags contact;               // (frames)
    std::vector<double> shift;   // (frames x 2) that holds the point in place
    std::vector<double> clear;   // (frames) height to keep in swing, 0 in contact
    std::vector<double> grip;    // (frames) 0 in swing, 1 in contact but at its ends
  };

  double* qpos(int t) { return &result_.qpos[static_cast<std::size_t>(t) * nq_]; }
  double* target(int t, int body) { return &result_.targets[3ul * (t * bodies_ + body)]; }

  const double* posture(int t) const {
    return input_.posture ? input_.posture + static_cast<std::size_t>(t) * nq_ : neutral_.data();
  }

  void solve_in_turn() {
    for (int t = 0; t < frames_; ++t) {
      if (t == 0 || input_.posture) {
        std::copy_n(posture(t), nq_, qpos(t));
        double* root = qpos(t) + chain_.root_qpos();
        std::copy_n(target(t, 0), 3, root);
        std::copy_n(input_.root_quat + 4 * t, 4, root + 3);
        chain_.move(std::vector<double>(chain_.num_dofs(), 0.0).data(), qpos(t));
      } else {
        std::copy_n(qpos(t - 1), nq_, qpos(t));
      }
      const int iterations = t == 0 ? config_.first_iterations : config_.iterations;
      for (int i = 0; i < iterations; ++i) {
        if (improve(t, nullptr) < kConverged) {
          break;
        }
      }
    }
  }

  // Each sweep smooths the motion and then improves every frame towards targets and the smooth one.
  void sweep(int count) {
    for (int i = 0; i < count; ++i) {
      smooth_ = result_.qpos;
      double* root = smooth_.data() + chain_.root_qpos();
      for (int t = 1; t < frames_; ++t) {  // quaternions on one side, for their average
        double* quat = root + static_cast<std::size_t>(t) * nq_ + 3;
        const double* before = quat - nq_;
        if (before[0] * quat[0] + dot3(before + 1, quat + 1) < 0) {
          for (int k = 0; k < 4; ++k) {
            quat[k] = -quat[k];
          }
        }
      }
      for (int k = 0; k < 7; ++k) {
        smoother_.solve(root + k, nq_);
      }
      for (int d = 6; d < chain_.num_dofs(); ++d) {
        smoother_.solve(smooth_.data() + chain_.qpos_address(d), nq_);
      }
      for (int t = 0; t < frames_; ++t) {
        improve(t, &smooth_[static_cast<std::size_t>(t) * nq_]);
      }
    }
  }

  // One step of a frame; smooth (nq) is the smoothed frame or null.
  double improve(int t, const double* smooth) {
    double* q = qpos(t);
    solver_.begin(q);
    const ChainPose& pose = solver_.pose();
    double error[3];
    for (int b = 0; b < bodies_; ++b) {
      const double* at = &pose.pos[3 * links_[b]];
      const double* to = target(t, b);
      for (int k = 0; k < 3; ++k) {
        error[k] = to[k] - at[k];
      }
      if (b == 0) {
        solver_.add_root_move(error, config_.root_weight);
      } else {
        double weight[3] = {config_.body_weight, config_.body_weight, config_.body_weight};
        if (holding_) {
          move_foot_target(t, b, error, weight);
        }
        solver_.add_point(links_[b], at, error, weight);
      }
    }
    double turn[3];
    const double* root = q + chain_.root_qpos();
    rotation_between(root + 3, input_.root_quat + 4 * t, turn);
    solver_.add_root_turn(turn, config_.root_turn_weight);
    const double* wished = posture(t);
    for (int d = 6; d < chain_.num_dofs(); ++d) {
      const int at = chain_.qpos_address(d);
      const bool given = input_.posture && !is_free_[at];
      const double weight = given ? config_.posture_weight : config_.neutral_weight;
      solver_.add_joint(d, wished[at] - q[at], weight);
      if (smooth) {
        solver_.add_joint(d, smooth[at] - q[at], config_.smooth_weight);
      }
    }
    if (smooth) {
      const double* smooth_root = smooth + chain_.root_qpos();
      for (int k = 0; k < 3; ++k) {
        error[k] = smooth_root[k] - root[k];
      }
      solver_.add_root_move(error, config_.smooth_weight);
      double quat[4];
      std::copy_n(smooth_root + 3, 4, quat);
      mju_normalize4(quat);
      rotation_between(root + 3, quat, turn);
      solver_.add_root_turn(turn, config_.smooth_weight);
    }
    if (floor_) {
      add_floor(t);
    }
    if (holding_ && parting_) {
      add_separation();
    }
    return solver_.step(q);
  }

  // Ankle and toes follow the displacement that holds their foot.
  void move_foot_target(int t, int body, double* error, double* weight) const {
    for (std::size_t f = 0; f < config_.feet.size(); ++f) {
      const Part& heel = parts_[2 * f];
      const Part& toes = parts_[2 * f + 1];
      double share = -1.0;  // of the toes' displacement
      if (body == config_.feet[f].toes_target) {
        share = 1.0;
      } else if (body == config_.feet[f].ankle_target) {
        share = 0.4;
      }
      if (share >= 0.0) {
        for (int k = 0; k < 2; ++k) {
          error[k] += (1.0 - share) * heel.shift[2 * t + k] + share * toes.shift[2 * t + k];
        }
        (void)weight;
      }
    }
  }

  // Standing parts in place and on the floor, all others clear of it.
  void add_floor(int t) {
    const ChainPose& pose = solver_.pose();
    for (const Part& part : parts_) {
      const bool standing = holding_ && part.contact[t];
      int lowest = -1;
      double lowest_height = 0.0;
      double world[3];
      for (std::size_t i = 0; i < part.spec->sole.size(); ++i) {
        const SoleSphere& sphere = part.spec->sole[i];
        ChainKinematics::place(pose, part.sole_links[i], sphere.centre.data(), world);
        const double height = world[2] - sphere.radius;
        if (lowest < 0 || height < lowest_height) {
          lowest = static_cast<int>(i);
          lowest_height = height;
        }
        if (height < kNearFloor) {
          // Towards its clearance a foot rises a little a sweep: further, steps could turn it over.
          const double wanted =
              holding_ ? std::min(part.clear[t], std::max(height, 0.0) + kRise) : 0.0;
          solver_.add_floor(part.sole_links[i], world, height - wanted,
                            holding_ ? firmness_ * config_.floor_weight : config_.touch_weight);
        }
      }
      if (standing && lowest_height > 0.0) {
        const SoleSphere& sphere = part.spec->sole[lowest];
        ChainKinematics::place(pose, part.sole_links[lowest], sphere.centre.data(), world);
        solver_.add_height(part.sole_links[lowest], world, -lowest_height,
                           part.grip[t] * config_.floor_weight);
      }
      if (standing) {
        ChainKinematics::place(pose, part.link, part.spec->point.data(), world);
        const double error[3] = {part.path[3 * t] + part.shift[2 * t] - world[0],
                                 part.path[3 * t + 1] + part.shift[2 * t + 1] - world[1], 0.0};
        const double grip = part.grip[t] * config_.hold_weight;
        const double weight[3] = {grip, grip, 0.0};
        solver_.add_point(part.link, world, error, weight);
      }
    }
  }

  // Calls visit(right, left, point on right's axis, point on left's, gap) for the pairs of leg
  // shapes that come closer than kNearLeg at a pose.
  template <typename Visit>
  void near_legs(const ChainPose& pose, const Visit& visit) {
    const auto place = [&](const std::vector<Capsule>& shapes, std::vector<double>* ends) {
      ends->resize(6 * shapes.size());
      for (std::size_t i = 0; i < shapes.size(); ++i) {
        const int link = chain_.link(shapes[i].body);
        ChainKinematics::place(pose, link, shapes[i].from.data(), &(*ends)[6 * i]);
        ChainKinematics::place(pose, link, shapes[i].to.data(), &(*ends)[6 * i + 3]);
      }
    };
    place(config_.right, &right_ends_);
    place(config_.left, &left_ends_);
    for (std::size_t i = 0; i < config_.right.size(); ++i) {
      for (std::size_t j = 0; j < config_.left.size(); ++j) {
        const Capsule& a = config_.right[i];
        const Capsule& b = config_.left[j];
        double on_a[3], on_b[3];
        const double apart = closest_points(&right_ends_[6 * i], &right_ends_[6 * i + 3],
                                            &left_ends_[6 * j], &left_ends_[6 * j + 3], on_a, on_b);
        const double gap = apart - a.radius - b.radius;
        if (gap < kNearLeg && apart > 1e-6) {
          visit(a, b, on_a, on_b, gap);
        }
      }
    }
  }

  // Where a source's legs are often deep in each other, its body is not built like the model, and
  // parting them would only push the feet out of place.
  void judge_legs() {
    ChainPose pose;
    int deep_frames = 0;
    for (int t = 0; t < frames_; ++t) {
      chain_.forward(qpos(t), &pose);
      double deepest = 0.0;
      near_legs(pose, [&](const Capsule&, const Capsule&, const double*, const double*,
                          double gap) { deepest = std::min(deepest, gap); });
      deep_frames += deepest < -kDeep;
    }
    parting_ = deep_frames <= kOften * frames_;
  }

  // Right and left leg may touch, but not more.
  void add_separation() {
    near_legs(solver_.pose(), [&](const Capsule& a, const Capsule& b, const double* on_a,
                                  const double* on_b, double gap) {
      double normal[3];
      for (int k = 0; k < 3; ++k) {
        normal[k] = (on_a[k] - on_b[k]) / (gap + a.radius + b.radius);
      }
      solver_.add_separation(chain_.link(a.body), on_a, chain_.link(b.body), on_b, normal,
                             gap - config_.separation, firmness_ * config_.separation_weight);
    });
  }

  // Paths and heights of the feet's parts in the present motion.
  void measure_parts() {
    ChainPose pose;
    for (Part& part : parts_) {
      part.path.resize(3ul * frames_);
      part.height.resize(frames_);
    }
    for (int t = 0; t < frames_; ++t) {
      chain_.forward(qpos(t), &pose);
      for (Part& part : parts_) {
        ChainKinematics::place(pose, part.link, part.spec->point.data(), &part.path[3 * t]);
        lowest(pose, part, &part.height[t]);
      }
    }
  }

  // The lowest sphere of a part, and its height over z = 0.
  static std::size_t lowest(const ChainPose& pose, const Part& part, double* height) {
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

  // One offset for the clip: the lower heel of the frames in which it stands lies at z = 0. Heels,
  // because toes that no target bends sink in push-off.
  void stand_on_floor() {
    measure_parts();
    std::vector<double> lower(frames_, 1e9);
    for (std::size_t p = 0; p < parts_.size(); p += 2) {
      for (int t = 0; t < frames_; ++t) {
        lower[t] = std::min(lower[t], parts_[p].height[t]);
      }
    }
    shift_by(std::vector<double>(3ul * frames_, 0.0), -quantile(lower, kStanding));
  }

  // Adds the belt's motion where the standing feet all move alike.
  void leave_treadmill() {
    measure_parts();
    std::vector<double> velocity[2];
    for (const Part& part : parts_) {
      for (int t = 1; t + 1 < frames_; ++t) {
        if (part.height[t] < kTreadmillHeight) {
          for (int k = 0; k < 2; ++k) {
            const double moved = part.path[3 * (t + 1) + k] - part.path[3 * (t - 1) + k];
            velocity[k].push_back(0.5 * moved * input_.frame_rate);
          }
        }
      }
    }
    if (velocity[0].empty()) {
      return;
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
    const double belt[2] = {along[0] * forward - along[1] * aside,
                            along[1] * forward + along[0] * aside};
    if (std::hypot(belt[0], belt[1]) < kTreadmill) {
      return;
    }
    std::vector<double> shift(3ul * frames_, 0.0);
    for (int t = 0; t < frames_; ++t) {
      for (int k = 0; k < 2; ++k) {
        shift[3 * t + k] = -belt[k] * t / input_.frame_rate;
      }
    }
    shift_by(shift, 0.0);
  }

  void find_contacts() {
    for (Part& part : parts_) {
      part.contact = detect_contact(part.height, part.path, input_.frame_rate, config_.contact);
    }
  }

  // Turns each foot's line from ankle to toes by one angle, so that heel and toes stand together.
  void level_feet() {
    for (std::size_t f = 0; f < config_.feet.size(); ++f) {
      const Part& heel = parts_[2 * f];
      const Part& toes = parts_[2 * f + 1];
      double higher = 0.0, length = 0.0;
      for (int t = 0; t < frames_; ++t) {
        if (heel.contact[t] && toes.contact[t]) {
          higher += toes.height[t] - heel.height[t];
          length += std::hypot(toes.path[3 * t] - heel.path[3 * t],
                               toes.path[3 * t + 1] - heel.path[3 * t + 1]);
        }
      }
      if (length == 0.0) {
        continue;
      }
      const double angle = std::atan2(higher, length);
      for (int t = 0; t < frames_; ++t) {
        const double* ankle = target(t, config_.feet[f].ankle_target);
        double* toe = target(t, config_.feet[f].toes_target);
        double line[3], turned[3], turn[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
        for (int k = 0; k < 3; ++k) {
          line[k] = toe[k] - ankle[k];
        }
        const double flat = std::max(1e-9, std::hypot(line[0], line[1]));
        const double left[3] = {-line[1] / flat, line[0] / flat, 0.0};
        turn_about(left, angle, turn);
        rotate3(turn, line, turned);
        for (int k = 0; k < 3; ++k) {
          toe[k] = ankle[k] + turned[k];
        }
      }
    }
  }

  void shift_root() {
    std::vector<std::vector<double>> paths, heights;
    std::vector<Flags> contacts;
    for (const Part& part : parts_) {
      paths.push_back(part.path);
      heights.push_back(part.height);
      contacts.push_back(part.contact);
    }
    shift_by(root_shift(paths, heights, contacts, input_.frame_rate, config_.root_frequency), 0.0);
  }

  // Moves targets and motion by shift (frames x 3) and up.
  void shift_by(const std::vector<double>& shift, double up) {
    for (int t = 0; t < frames_; ++t) {
      const double by[3] = {shift[3 * t], shift[3 * t + 1], shift[3 * t + 2] + up};
      for (int k = 0; k < 3; ++k) {
        qpos(t)[chain_.root_qpos() + k] += by[k];
        for (int b = 0; b < bodies_; ++b) {
          target(t, b)[k] += by[k];
        }
      }
    }
  }

  void hold_feet() {
    for (std::size_t p = 0; p < parts_.size(); ++p) {
      const Flags companion = parts_[p ^ 1].contact;
      parts_[p].shift = hold_in_place(parts_[p].path, companion, config_.longest_wander,
                                      config_.relaxation * input_.frame_rate, &parts_[p].contact);
    }
    const double rise = config_.clearance / std::max(1.0, kEdge * input_.frame_rate);
    const double gain = 1.0 / std::max(1.0, kGrip * input_.frame_rate);
    for (std::size_t p = 0; p < parts_.size(); ++p) {
      Part& part = parts_[p];
      const Part& other = parts_[p ^ 1];
      part.clear.assign(frames_, config_.clearance);
      part.grip.assign(frames_, 1.0);
      const auto limit = [&](int t, int from) {
        const double reached = from >= 0 && from < frames_ ? part.clear[from] + rise : 1e9;
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
    holding_ = true;
  }

  // Distances of the tracked bodies from their targets.
  void measure_errors(std::vector<double>* error) {
    error->resize(static_cast<std::size_t>(frames_) * bodies_);
    ChainPose pose;
    for (int t = 0; t < frames_; ++t) {
      chain_.forward(qpos(t), &pose);
      for (int b = 0; b < bodies_; ++b) {
        double off[3];
        for (int k = 0; k < 3; ++k) {
          off[k] = pose.pos[3 * links_[b] + k] - target(t, b)[k];
        }
        (*error)[static_cast<std::size_t>(t) * bodies_ + b] = std::sqrt(dot3(off, off));
      }
    }
  }

  void report() {
    measure_errors(&result_.error);
    const int feet = static_cast<int>(config_.feet.size());
    result_.sole.resize(static_cast<std::size_t>(frames_) * feet);
    result_.slide.resize(static_cast<std::size_t>(frames_) * feet);
    result_.contact.assign(static_cast<std::size_t>(frames_) * parts_.size(), 0);
    ChainPose pose, next;
    chain_.forward(qpos(0), &next);
    int at_limit = 0;
    for (int t = 0; t < frames_; ++t) {
      std::swap(pose, next);
      chain_.forward(qpos(std::min(t + 1, frames_ - 1)), &next);
      for (int d = 6; d < chain_.num_dofs(); ++d) {
        const double value = qpos(t)[chain_.qpos_address(d)];
        at_limit += value < chain_.low(d) + kAtLimit || value > chain_.high(d) - kAtLimit;
      }
      for (int f = 0; f < feet; ++f) {
        report_foot(t, f, pose, next);
      }
    }
    const int joints = chain_.num_dofs() - 6;
    result_.limit_share = joints > 0 ? at_limit / (1.0 * joints * frames_) : 0.0;
  }

  // Height of a foot's lowest sphere, and the horizontal speed to the next frame of the lowest
  // points of its parts that stand in both frames.
  void report_foot(int t, int foot, const ChainPose& pose, const ChainPose& next) {
    const std::size_t at = static_cast<std::size_t>(t) * config_.feet.size() + foot;
    double lowest_height = 1e9, slid = 0.0;
    int standing = 0;
    for (int side = 0; side < 2; ++side) {
      const Part& part = parts_[2 * foot + side];
      double height = 0.0;
      const std::size_t sphere = lowest(pose, part, &height);
      lowest_height = std::min(lowest_height, height);
      result_.contact[2 * at + side] = part.contact[t];
      if (t + 1 < frames_ && part.contact[t] && part.contact[t + 1]) {
        const SoleSphere& s = part.spec->sole[sphere];
        const int link = part.sole_links[sphere];
        double local[3], from[3], to[3];  // the sphere's lowest point, in the link's axes
        for (int k = 0; k < 3; ++k) {
          local[k] = s.centre[k] - s.radius * pose.rot[9 * link + 6 + k];
        }
        ChainKinematics::place(pose, link, local, from);
        ChainKinematics::place(next, link, local, to);
        slid += std::hypot(to[0] - from[0], to[1] - from[1]) * input_.frame_rate;
        ++standing;
      }
    }
    result_.sole[at] = lowest_height;
    result_.slide[at] = standing > 0 ? slid / standing : std::nan("");
  }

  const RetargetConfig& config_;
  const ChainKinematics& chain_;
  const RetargetInput& input_;
  const int frames_, bodies_, nq_;
  const std::vector<double>& neutral_;
  const std::vector<char>& is_free_;
  PoseSolver solver_;
  BandedSolver smoother_;
  std::vector<int> links_;  // of the tracked bodies
  std::vector<Part> parts_;
  std::vector<double> smooth_;
  std::vector<double> right_ends_, left_ends_;  // of the legs' capsules, (2 x 3) each
  bool floor_ = false;                          // feet keep above the floor
  double firmness_ = 1.0;                       // of the floor, which hardens from sweep to sweep
  bool parting_ = false;                        // legs are kept apart
  bool holding_ = false;                        // and standing parts in place
  RetargetResult result_;
};

Retargeter::Retargeter(const mjModel* model, const RetargetConfig& config)
    : config_(config),
      chain_(model, moved_bodies(config)),
      neutral_(model->qpos0, model->qpos0 + model->nq),
      is_free_(model->nq) {
  chain_.couple(neutral_.data());
  for (const int joint : config.free_joints) {
    is_free_[model->jnt_qposadr[joint]] = 1;
  }
}

RetargetResult Retargeter::solve(const RetargetInput& input) const {
  return Run(*this, input).solve();
}

}  // namespace kinesis
