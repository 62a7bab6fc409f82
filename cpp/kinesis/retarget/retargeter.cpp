#include "kinesis/retarget/retargeter.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "kinesis/base/banded_solver.hpp"
#include "kinesis/base/small_vector.hpp"
#include "kinesis/retarget/leg_separation.hpp"
#include "kinesis/retarget/pose_solver.hpp"

namespace kinesis {
namespace {

constexpr double kNearFloor = 0.1;   // m, within which a step may reach it
constexpr double kRise = 0.004;      // m, that a foot in swing is lifted a sweep
constexpr double kAnkleShare = 0.4;  // how much an ankle follows the toes; the rest, its heel
constexpr double kFlatReach = 0.03;  // m, over the floor, from which bending toes bring a ball down
constexpr double kAtLimit = 1e-6;    // rad
constexpr double kHeldBack = 0.01;   // m, that an ankle is off its target
constexpr double kRolling = 0.25;    // of what holds a ball down, while a foot rolls over its toes
constexpr double kUnreached = 0.005;  // m, that a body stays off what was recorded at a joint's end
constexpr double kGive = 0.2;         // of what keeps the root to its path's height, there
constexpr double kConverged = 2e-3;   // rad or m
constexpr double kTravel = 3.0;       // times as fast as the body gets ahead, feet stand on a belt

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

}  // namespace

// What a sweep heeds beside the targets.
struct Aims {
  bool floor = false;      // feet keep above the floor, and the root to its path
  bool hold_feet = false;  // standing parts stay in place
  bool part_legs = false;  // legs are kept apart
  double firmness = 1.0;   // of floor and legs, which harden from sweep to sweep
};

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
        smoother_(frames_),
        feet_(chain_, config_.feet, frames_, input.frame_rate),
        legs_(chain_, config_.right, config_.left) {
    result_.qpos.resize(static_cast<std::size_t>(frames_) * nq_);
    result_.targets.assign(input.targets, input.targets + 3ul * frames_ * bodies_);
    for (const int body : config_.bodies) {
      links_.push_back(chain_.link(body));
    }
    set_frequency(config_.smooth_frequency, &smoother_);
    root_quat_.assign(input.root_quat, input.root_quat + 4ul * frames_);
  }

  RetargetResult solve() {
    solve_in_turn();
    sweep(config_.smooth_sweeps, Aims{});
    measure_errors(&result_.fit);
    result_.reached = result_.qpos;
    if (!config_.feet.empty()) {
      clean_contacts();
    }
    report();
    return std::move(result_);
  }

 private:
  // Halves what lies at a frequency (Hz), and more of what lies above it.
  void set_frequency(double frequency, BandedSolver* smoother) const {
    const double wave =
        2.0 * std::sin(std::numbers::pi * std::min(0.5, frequency / input_.frame_rate));
    const double one = 1.0;
    for (int t = 0; t < frames_; ++t) {
      smoother->add_square(t, &one, 1, 1.0);
    }
    smoother->add_bending(1.0 / std::pow(wave, 4));
    smoother->factorise();
  }

  // Puts quaternions (each stride apart, in a row of frames) on one side, for their average.
  void align(double* quat, int stride) const {
    for (int t = 1; t < frames_; ++t) {
      const double* before = quat;
      quat += stride;
      if (before[0] * quat[0] + dot3(before + 1, quat + 1) < 0) {
        for (int k = 0; k < 4; ++k) {
          quat[k] = -quat[k];
        }
      }
    }
  }

  void smooth_turning() {
    BandedSolver steady(frames_);
    set_frequency(config_.turn_frequency, &steady);
    align(root_quat_.data(), 4);
    for (int k = 0; k < 4; ++k) {
      steady.solve(root_quat_.data() + k, 4);
    }
    for (int t = 0; t < frames_; ++t) {
      mju_normalize4(&root_quat_[4ul * t]);
    }
  }

  void clean_contacts() {
    smooth_turning();
    feet_.measure(result_.qpos.data());
    shift_by([floor = feet_.floor_height()](int t, double* by) { by[2] = -floor[t]; });
    feet_.measure(result_.qpos.data());
    const auto belt = feet_.belt_velocity();
    if (std::hypot(belt[0], belt[1]) > kTravel * root_speed()) {
      shift_by([&](int t, double* by) {
        by[0] = -belt[0] * t / input_.frame_rate;
        by[1] = -belt[1] * t / input_.frame_rate;
      });
    }
    const Aims above_floor{.floor = true};
    sweep(1, above_floor);
    for (int pass = 0; pass < 2; ++pass) {
      feet_.measure(result_.qpos.data());
      feet_.find_contacts(config_.contact);
      level_feet();
      const std::vector<double> shift = feet_.root_shift(config_.root_frequency);
      shift_by([&](int t, double* by) { std::copy_n(&shift[3 * t], 3, by); });
      sweep(1, above_floor);
    }
    feet_.measure(result_.qpos.data());
    feet_.find_contacts(config_.contact);
    const bool part_legs = legs_.worthwhile(result_.qpos.data(), frames_);
    const std::vector<double> above = result_.qpos;
    feet_.hold(config_.longest_wander, config_.relaxation, config_.clearance, config_.rise);
    hold_contacts(part_legs);
    if (roll_over_tips()) {
      result_.qpos = above;
      hold_contacts(part_legs);
    }
  }

  void hold_contacts(bool part_legs) {
    feet_.lower();
    for (int i = 0; i < config_.contact_sweeps; ++i) {
      const double firmness = (i + 1.0) / config_.contact_sweeps;
      feet_.raise(result_.qpos.data());
      sweep(1, {.floor = true, .hold_feet = true, .part_legs = part_legs, .firmness = firmness});
    }
  }

  // Where toes that bend no further hold the ankle back, the foot rolls over their tips, as a
  // person's does, up to the end of that contact. Tells whether there is such a frame.
  bool roll_over_tips() {
    bool any = false;
    ChainPose pose;
    for (int t = 0; t < frames_; ++t) {
      chain_.forward(qpos(t), &pose);
      for (std::size_t f = 0; f < config_.feet.size(); ++f) {
        const PartTrack& toes = feet_.parts()[2 * f + 1];
        const int bend = chain_.dofs_of(toes.link).back();
        const double angle = qpos(t)[chain_.qpos_address(bend)];
        if (!toes.contact[t] || toes.rolls[t] || feet_.parts()[2 * f].contact[t] ||
            angle > chain_.low(bend) + kAtLimit) {
          continue;
        }
        const int ankle = config_.feet[f].ankle_target;
        double off[3];
        for (int k = 0; k < 3; ++k) {
          off[k] = target(t, ankle)[k] - pose.pos[3 * links_[ankle] + k];
        }
        follow_foot(t, ankle, off);
        if (dot3(off, off) > kHeldBack * kHeldBack) {
          feet_.roll(static_cast<int>(f), t);
          any = true;
        }
      }
    }
    return any;
  }

  // m/s, at which the root gets ahead in the mean.
  double root_speed() {
    const double *first = qpos(0) + chain_.root_qpos(),
                 *last = qpos(frames_ - 1) + chain_.root_qpos();
    const double seconds = std::max(1, frames_ - 1) / input_.frame_rate;
    return std::hypot(last[0] - first[0], last[1] - first[1]) / seconds;
  }

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
        if (improve(t, nullptr, Aims{}) < kConverged) {
          break;
        }
      }
    }
  }

  // Each sweep smooths the motion and then improves every frame towards targets and the smooth one.
  void sweep(int count, const Aims& aims) {
    for (int i = 0; i < count; ++i) {
      smooth_ = result_.qpos;
      double* root = smooth_.data() + chain_.root_qpos();
      align(root + 3, nq_);
      for (int k = 0; k < 7; ++k) {
        smoother_.solve(root + k, nq_);
      }
      for (int d = 6; d < chain_.num_dofs(); ++d) {
        smoother_.solve(smooth_.data() + chain_.qpos_address(d), nq_);
      }
      for (int t = 0; t < frames_; ++t) {
        improve(t, &smooth_[static_cast<std::size_t>(t) * nq_], aims);
      }
    }
  }

  // One step of a frame; smooth (nq) is the smoothed frame or null.
  double improve(int t, const double* smooth, const Aims& aims) {
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
        solver_.add_root_move(error, aims.floor ? config_.path_weight : config_.root_weight,
                              aims.hold_feet && beyond_joints(t) ? kGive : 1.0);
      } else {
        const double weight[3] = {config_.body_weight, config_.body_weight, config_.body_weight};
        if (aims.hold_feet) {
          follow_foot(t, b, error);
        }
        solver_.add_point(links_[b], at, error, weight);
      }
    }
    double turn[3];
    const double* root = q + chain_.root_qpos();
    rotation_between(root + 3, &root_quat_[4ul * t], turn);
    solver_.add_root_turn(turn, aims.floor ? config_.path_turn_weight : config_.root_turn_weight);
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
    if (aims.floor) {
      add_floor(t, aims);
    }
    if (aims.part_legs) {
      legs_.add(config_.separation, aims.firmness * config_.separation_weight, &solver_);
    }
    return solver_.step(q);
  }

  // A foot's joints cannot take what was recorded: to stay above the floor it must lift the body.
  bool beyond_joints(int t) const {
    const double* fit = &result_.fit[static_cast<std::size_t>(t) * bodies_];
    return std::any_of(fit, fit + bodies_, [](double off) { return off > kUnreached; });
  }

  // Ankle and toes follow the displacement that holds their foot.
  void follow_foot(int t, int body, double* error) const {
    for (std::size_t f = 0; f < config_.feet.size(); ++f) {
      const bool toe = body == config_.feet[f].toes_target;
      if (!toe && body != config_.feet[f].ankle_target) {
        continue;
      }
      error[2] += feet_.lift(static_cast<int>(f))[t];
      const double share = toe ? 1.0 : kAnkleShare;
      for (int k = 0; k < 2; ++k) {
        error[k] += (1.0 - share) * feet_.parts()[2 * f].shift[2 * t + k] +
                    share * feet_.parts()[2 * f + 1].shift[2 * t + k];
      }
    }
  }

  // Standing parts in place and on the floor, all others clear of it.
  void add_floor(int t, const Aims& aims) {
    const ChainPose& pose = solver_.pose();
    for (const PartTrack& part : feet_.parts()) {
      const bool standing = aims.hold_feet && part.contact[t];
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
              aims.hold_feet ? std::min(part.clear[t], std::max(height, 0.0) + kRise) : 0.0;
          solver_.add_floor(
              part.sole_links[i], world, height - wanted,
              aims.hold_feet ? aims.firmness * config_.floor_weight : config_.touch_weight);
        }
      }
      if (standing) {
        press_down(t, part, lowest);
        ChainKinematics::place(pose, part.link, part.spec->point.data(), world);
        const double error[3] = {part.path[3 * t] + part.shift[2 * t] - world[0],
                                 part.path[3 * t + 1] + part.shift[2 * t + 1] - world[1], 0.0};
        const double grip = part.grip[t] * config_.hold_weight;
        const double weight[3] = {grip, grip, 0.0};
        solver_.add_point(part.link, world, error, weight);
      }
    }
  }

  // Brings a standing part to the floor: its lowest sphere, and more softly the others, so that
  // toes bend under a raised heel and the ball of the foot stays down.
  void press_down(int t, const PartTrack& part, int lowest) {
    double world[3];
    for (std::size_t i = 0; i < part.spec->sole.size(); ++i) {
      const SoleSphere& sphere = part.spec->sole[i];
      ChainKinematics::place(solver_.pose(), part.sole_links[i], sphere.centre.data(), world);
      const double height = world[2] - sphere.radius;
      const bool is_lowest = static_cast<int>(i) == lowest;
      if (height > 0.0 && (is_lowest || height < kFlatReach)) {
        const double flat = part.rolls[t] ? kRolling * config_.flat_weight : config_.flat_weight;
        const double weight = is_lowest ? config_.stand_weight : flat;
        solver_.add_height(part.sole_links[i], world, -height, part.grip[t] * weight);
      }
    }
  }

  // Turns each foot's line from ankle to toes by one angle, so that heel and toes stand together.
  void level_feet() {
    for (std::size_t f = 0; f < config_.feet.size(); ++f) {
      const double angle = feet_.toe_lift(static_cast<int>(f));
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

  // Moves targets and motion by what shift(frame, by) writes into by (3), which is zero before.
  template <typename Shift>
  void shift_by(const Shift& shift) {
    for (int t = 0; t < frames_; ++t) {
      double by[3] = {0.0, 0.0, 0.0};
      shift(t, by);
      for (int k = 0; k < 3; ++k) {
        qpos(t)[chain_.root_qpos() + k] += by[k];
        for (int b = 0; b < bodies_; ++b) {
          target(t, b)[k] += by[k];
        }
      }
    }
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
    result_.contact.assign(static_cast<std::size_t>(frames_) * feet * 2, 0);
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
      const PartTrack& part = feet_.parts()[2 * foot + side];
      double height = 0.0;
      const std::size_t sphere = FootTracks::lowest(pose, part, &height);
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
  FootTracks feet_;
  LegSeparation legs_;
  std::vector<double> smooth_;
  std::vector<double> root_quat_;  // (frames x 4) that the root should take
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
