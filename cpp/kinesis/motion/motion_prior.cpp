#include "kinesis/motion/motion_prior.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <stdexcept>
#include <utility>

#include "kinesis/body/tree.hpp"

namespace kinesis {
namespace {

constexpr int kRoot = 6;              // rows of the free root
constexpr int kEdges = 4;             // of a friction pyramid
constexpr double kSoleDepth = 0.002;  // m that soles that stand are in the floor, motions filtered

using Data = std::unique_ptr<mjData, decltype(&mj_deleteData)>;

mjModel* without_constraints(const mjModel* model) {
  mjModel* copy = mj_copyModel(nullptr, model);
  copy->opt.disableflags |= mjDSBL_CONTACT | mjDSBL_EQUALITY | mjDSBL_LIMIT;
  return copy;
}

}  // namespace

struct MotionPrior::Frame {
  explicit Frame(const MotionPrior& prior);

  Data data;
  std::vector<double> slope, arm, value, passive, wanted, weight, upper, solution, workspace;
  std::vector<double> multiplier;                // of the frame before
  std::vector<double> jacobian;                  // (3 x nv)
  std::vector<double> moved;                     // (3 x rows) the Jacobian counted in rows
  std::vector<double> unstretched;               // (muscles) of the frame before, m; 0: none
  std::vector<double> gain, bias, asked, tried;  // scratch of what stretches
};

MotionPrior::Frame::Frame(const MotionPrior& prior)
    : data(mj_makeData(prior.model_.get()), mj_deleteData),
      slope(prior.joints_.num_couplings()),
      arm(prior.muscles_.values()),
      value(prior.effort_->values()),
      passive(prior.rows()),
      wanted(prior.rows()),
      weight(prior.config_.effort_weight),
      upper(prior.num_muscles(), 1.0),
      solution(prior.effort_->columns()),
      workspace(prior.effort_->workspace_size()),
      multiplier(prior.rows()),
      jacobian(3 * prior.model_->nv),
      moved(static_cast<std::size_t>(3) * prior.rows()),
      unstretched(prior.num_muscles()),
      gain(prior.num_muscles()),
      bias(prior.num_muscles()),
      asked(prior.rows()),
      tried(prior.num_muscles()) {
  weight.resize(solution.size(), prior.config_.contact_weight);
  upper.resize(solution.size(), std::numeric_limits<double>::infinity());
}

MotionPrior::MotionPrior(const mjModel* model, const MotionPriorConfig& config)
    : model_(without_constraints(model), mj_deleteModel),
      config_(config),
      joints_(model, true),
      muscles_(model, &joints_),
      force_(model) {
  if (static_cast<mjtSize>(config.effort_weight.size()) != model->nu) {
    throw std::invalid_argument("a motion prior needs an effort weight of every muscle");
  }
  std::vector<int> start = muscles_.start();
  std::vector<int> row = muscles_.row();
  for (int foot = 0; foot < num_feet(); ++foot) {
    for (const SoleSphere& sphere : config.feet[foot]) {
      Sphere s{foot, sphere.body, {}, sphere.radius, {}};
      std::copy(sphere.centre.begin(), sphere.centre.end(), s.centre);
      std::set<int> rows;
      for (int dof = 0; dof < model->nv; ++dof) {
        if (moves(model, dof, sphere.body)) {
          rows.insert(joints_.row_of(dof));
        }
      }
      rows.erase(-1);
      s.rows.assign(rows.begin(), rows.end());
      for (int edge = 0; edge < kEdges; ++edge) {
        row.insert(row.end(), s.rows.begin(), s.rows.end());
        start.push_back(static_cast<int>(row.size()));
      }
      spheres_.push_back(std::move(s));
    }
  }
  std::vector<double> row_weight(joints_.rows(), config.torque_weight);
  std::fill_n(row_weight.begin(), 3, config.root_force_weight);
  std::fill_n(row_weight.begin() + 3, 3, config.root_torque_weight);
  effort_ = std::make_unique<MuscleEffort>(joints_.rows(), std::move(start), std::move(row),
                                           std::move(row_weight));
}

MotionPriorResult MotionPrior::solve(const MotionPriorInput& input) const {
  const mjModel* model = model_.get();
  const int muscles = num_muscles();
  const int feet = num_feet();
  const auto frames = static_cast<std::size_t>(input.frames);
  if (force_.stretches() && !(input.timestep > 0.0)) {
    throw std::invalid_argument("a prior of tendons that stretch needs the time between frames");
  }
  MotionPriorResult result;
  result.torque.resize(frames * num_joints());
  result.activation.resize(frames * muscles);
  result.residual.resize(frames * rows());
  result.force.resize(frames * feet * 3);
  Frame frame(*this);
  mjData* data = frame.data.get();
  const std::vector<double> floor = floor_heights(input, frame);
  for (std::size_t t = 0; t < frames; ++t) {
    std::copy_n(input.qpos + t * model->nq, model->nq, data->qpos);
    std::copy_n(input.qvel + t * model->nv, model->nv, data->qvel);
    std::copy_n(input.qacc + t * model->nv, model->nv, data->qacc);
    wanted_torques(frame);
    if (input.force == nullptr) {
      place_contacts(frame, floor[t]);
    } else {
      apply_measured(frame, input.force + t * feet * 3, input.place + t * feet * 3);
    }
    share(frame, input.timestep);
    std::copy_n(frame.solution.data(), muscles, result.activation.data() + t * muscles);
    double* force = result.force.data() + t * feet * 3;
    if (input.force == nullptr) {
      contact_forces(frame, force);
    } else {
      std::copy_n(input.force + t * feet * 3, 3 * static_cast<std::ptrdiff_t>(feet), force);
    }
    // What is left of the wanted torques after muscles and contacts; what contacts leave to
    // muscles is the joints' torque.
    double* residual = result.residual.data() + t * rows();
    double* torque = result.torque.data() + t * num_joints();
    std::copy_n(frame.wanted.data(), rows(), residual);
    for (int i = 0; i < effort_->columns(); ++i) {
      for (int k = effort_->start()[i]; k < effort_->start()[i + 1]; ++k) {
        residual[effort_->row()[k]] -= frame.value[k] * frame.solution[i];
      }
    }
    std::copy_n(frame.wanted.data() + kRoot, num_joints(), torque);
    for (int i = muscles; i < effort_->columns(); ++i) {
      for (int k = effort_->start()[i]; k < effort_->start()[i + 1]; ++k) {
        if (effort_->row()[k] >= kRoot) {
          torque[effort_->row()[k] - kRoot] -= frame.value[k] * frame.solution[i];
        }
      }
    }
    for (int joint = 0; joint < num_joints(); ++joint) {
      torque[joint] += frame.passive[kRoot + joint];
    }
  }
  return result;
}

void MotionPrior::muscle_torques(Frame& frame, double timestep) const {
  const mjData* data = frame.data.get();
  if (!force_.stretches()) {
    muscles_.evaluate(data->actuator_length, data->actuator_velocity, frame.arm.data(),
                      frame.value.data(), frame.passive.data());
    return;
  }
  for (int i = 0; i < num_muscles(); ++i) {
    const double activation = frame.solution[i];
    const Stretched<double> now =
        force_.pull(i, activation, data->actuator_length[i], data->actuator_velocity[i],
                    frame.unstretched[i], timestep);
    frame.gain[i] = now.gain;
    frame.bias[i] = now.force - now.gain * activation;
  }
  muscles_.spread(frame.gain.data(), frame.bias.data(), frame.arm.data(), frame.value.data(),
                  frame.passive.data());
}

void MotionPrior::share(Frame& frame, double timestep) const {
  constexpr int kMostRounds = 12;
  constexpr double kStays = 1e-3;  // activations that change by less
  const mjData* data = frame.data.get();
  const int muscles = num_muscles();
  frame.asked = frame.wanted;
  for (int round = 0; round < kMostRounds; ++round) {
    std::copy_n(frame.solution.begin(), muscles, frame.tried.begin());
    muscle_torques(frame, timestep);
    for (int row = 0; row < rows(); ++row) {
      frame.wanted[row] = frame.asked[row] - frame.passive[row];
    }
    effort_->solve(frame.value.data(), frame.wanted.data(), frame.weight.data(), frame.upper.data(),
                   frame.workspace.data(), frame.multiplier.data(), frame.solution.data());
    double change = 0.0;
    for (int i = 0; i < muscles; ++i) {
      change = std::max(change, std::abs(frame.solution[i] - frame.tried[i]));
    }
    if (!force_.stretches() || change < kStays) {
      break;
    }
  }
  for (int i = 0; i < muscles && force_.stretches(); ++i) {
    frame.unstretched[i] = force_
                               .pull(i, frame.solution[i], data->actuator_length[i],
                                     data->actuator_velocity[i], frame.unstretched[i], timestep)
                               .unstretched;
  }
}

// Generalised forces of the motion, counted in rows; also the muscles' moment arms.
void MotionPrior::wanted_torques(Frame& frame) const {
  mjData* data = frame.data.get();
  mj_inverseSkip(model_.get(), data, mjSTAGE_NONE, 1);
  muscles_.read_arms(data, frame.slope.data(), frame.arm.data());
  joints_.project(data->qfrc_inverse, frame.slope.data(), frame.wanted.data());
}

// Columns of the friction pyramids' edges, zero where a sphere is too high to touch.
void MotionPrior::place_contacts(Frame& frame, double floor) const {
  const mjModel* model = model_.get();
  const mjData* data = frame.data.get();
  double* value = frame.value.data() + muscles_.values();
  int column = num_muscles();
  for (const Sphere& sphere : spheres_) {
    double point[3];
    lowest_point(data, sphere, point);
    const bool touches = point[2] - floor < config_.highest_contact;
    if (touches) {
      mj_jac(model, data, frame.jacobian.data(), nullptr, point, sphere.body);
      for (int axis = 0; axis < 3; ++axis) {
        joints_.project(frame.jacobian.data() + axis * model->nv, frame.slope.data(),
                        frame.moved.data() + static_cast<std::ptrdiff_t>(axis) * rows());
      }
    }
    const double height = std::max(0.0, point[2] - floor) / config_.contact_height;
    for (int e = 0; e < kEdges; ++e, ++column) {
      frame.weight[column] = config_.contact_weight * std::exp2(height);
      for (const int row : sphere.rows) {
        double sum = 0.0;
        for (int axis = 0; touches && axis < 3; ++axis) {
          sum += edge(e, axis) * frame.moved[static_cast<std::size_t>(axis) * rows() + row];
        }
        *value++ = sum;
      }
    }
  }
}

void MotionPrior::lowest_point(const mjData* data, const Sphere& sphere, double* point) const {
  mju_mulMatVec3(point, data->xmat + 9 * sphere.body, sphere.centre);
  mju_addTo3(point, data->xpos + 3 * sphere.body);
  point[2] -= sphere.radius;
}

std::vector<double> MotionPrior::floor_heights(const MotionPriorInput& input, Frame& frame) const {
  std::vector<double> floor(input.frames, 0.0);
  const int reach = input.floor_frames;
  if (reach <= 0 || input.force != nullptr || spheres_.empty()) {
    return floor;
  }
  const mjModel* model = model_.get();
  mjData* data = frame.data.get();
  std::vector<double> lowest(input.frames), level(input.frames);
  for (int t = 0; t < input.frames; ++t) {
    std::copy_n(input.qpos + t * model->nq, model->nq, data->qpos);
    mj_kinematics(model, data);
    lowest[t] = std::numeric_limits<double>::infinity();
    for (const Sphere& sphere : spheres_) {
      double point[3];
      lowest_point(data, sphere, point);
      lowest[t] = std::min(lowest[t], point[2]);
    }
  }
  const auto window = [&](int t) {
    return std::pair(std::max(0, t - reach), std::min(input.frames, t + reach + 1));
  };
  std::vector<double> sorted;
  for (int t = 0; t < input.frames; ++t) {
    const auto [begin, end] = window(t);
    sorted.assign(lowest.begin() + begin, lowest.begin() + end);
    const auto standing = sorted.begin() + static_cast<std::ptrdiff_t>(0.3 * sorted.size());
    std::nth_element(sorted.begin(), standing, sorted.end());
    level[t] = *standing + kSoleDepth;
  }
  for (int t = 0; t < input.frames; ++t) {
    const auto [begin, end] = window(t);
    double mean = 0.0;
    for (int k = begin; k < end; ++k) {
      mean += level[k] / (end - begin);
    }
    const double slack = std::clamp(mean, -config_.floor_slack, config_.floor_slack);
    floor[t] = std::clamp(mean - slack, -config_.highest_contact, config_.highest_contact);
  }
  return floor;
}

// Takes measured forces off the wanted torques; nothing else pushes then.
void MotionPrior::apply_measured(Frame& frame, const double* force, const double* place) const {
  const mjModel* model = model_.get();
  std::fill(frame.value.begin() + muscles_.values(), frame.value.end(), 0.0);
  std::vector<double>& pushed = frame.passive;  // overwritten later
  for (int foot = 0; foot < num_feet(); ++foot) {
    const double* f = force + 3 * static_cast<std::ptrdiff_t>(foot);
    mj_jac(model, frame.data.get(), frame.jacobian.data(), nullptr,
           place + 3 * static_cast<std::ptrdiff_t>(foot), config_.feet[foot].front().body);
    for (int axis = 0; axis < 3; ++axis) {
      joints_.project(frame.jacobian.data() + axis * model->nv, frame.slope.data(), pushed.data());
      for (int row = 0; row < rows(); ++row) {
        frame.wanted[row] -= f[axis] * pushed[row];
      }
    }
  }
}

void MotionPrior::contact_forces(const Frame& frame, double* force) const {
  std::fill_n(force, 3 * static_cast<std::ptrdiff_t>(num_feet()), 0.0);
  int column = num_muscles();
  for (const Sphere& sphere : spheres_) {
    for (int e = 0; e < kEdges; ++e, ++column) {
      for (int axis = 0; axis < 3; ++axis) {
        force[3 * sphere.foot + axis] += edge(e, axis) * frame.solution[column];
      }
    }
  }
}

double MotionPrior::edge(int edge, int axis) const {
  if (axis == 2) {
    return 1.0;
  }
  return edge / 2 == axis ? (edge % 2 == 0 ? config_.friction : -config_.friction) : 0.0;
}

}  // namespace kinesis
