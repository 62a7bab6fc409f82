#include "kinesis/body/chain_kinematics.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <stdexcept>
#include <string>

#include "kinesis/base/small_vector.hpp"
#include "kinesis/body/tree.hpp"

namespace kinesis {
namespace {

std::set<int> with_ancestors(const mjModel* model, const std::vector<int>& bodies, int root) {
  std::set<int> found;
  for (int body : bodies) {
    for (; body != root; body = model->body_parentid[body]) {
      if (body == 0) {
        throw std::invalid_argument("the bodies to move do not all hang on the free root");
      }
      found.insert(body);
    }
  }
  found.insert(root);
  return found;
}

}  // namespace

ChainKinematics::ChainKinematics(const mjModel* model, const std::vector<int>& bodies)
    : nq_(static_cast<int>(model->nq)), couplings_(model) {
  const int root_joint = free_joint(model);
  if (root_joint < 0) {
    throw std::invalid_argument("the model has no free joint");
  }
  const int root = model->jnt_bodyid[root_joint];
  root_qpos_ = model->jnt_qposadr[root_joint];
  root_qvel_ = model->jnt_dofadr[root_joint];
  const double inf = std::numeric_limits<double>::infinity();
  dofs_.assign(6, {root_qpos_, root_qvel_, -inf, inf});
  for (int joint = 0; joint < model->njnt; ++joint) {
    if (couplings_.of(joint) != nullptr) {
      const int driver = couplings_.driver(joint);
      followers_.push_back({joint, model->jnt_qposadr[joint], model->jnt_dofadr[joint],
                            driver < 0 ? -1 : model->jnt_dofadr[driver]});
    }
  }
  std::vector<int> dof_of_joint(model->njnt, -1);
  const std::set<int> chain = with_ancestors(model, bodies, root);
  // The degree of freedom that moves a joint, made at its first use.
  const auto dof_of = [&](int joint) {
    const int driver = couplings_.driver(joint);
    if (driver < 0) {
      return -1;
    }
    if (dof_of_joint[driver] < 0) {
      const bool limited = model->jnt_limited[driver];
      dof_of_joint[driver] = num_dofs();
      dofs_.push_back({model->jnt_qposadr[driver], model->jnt_dofadr[driver],
                       limited ? model->jnt_range[2 * driver] : -inf,
                       limited ? model->jnt_range[2 * driver + 1] : inf});
    }
    return dof_of_joint[driver];
  };
  for (const int body : chain) {  // parents before children
    Link link;
    link.body = body;
    link.parent = -1;
    std::copy_n(model->body_pos + 3 * body, 3, link.pos);
    rotation_from_quat(model->body_quat + 4 * body, link.rot);
    link.first_joint = static_cast<int>(joints_.size());
    if (body == root) {
      link.dofs = {0, 1, 2, 3, 4, 5};
    } else {
      link.parent = this->link(model->body_parentid[body]);
      link.dofs = links_[link.parent].dofs;
      link.joints = links_[link.parent].joints;
      for (int k = 0; k < model->body_jntnum[body]; ++k) {
        const int j = model->body_jntadr[body] + k;
        const int type = model->jnt_type[j];
        if (type != mjJNT_HINGE && type != mjJNT_SLIDE) {
          throw std::invalid_argument("motions of models with ball joints cannot be retargeted");
        }
        Joint joint{};
        joint.qpos = model->jnt_qposadr[j];
        joint.dof = dof_of(j);
        joint.qvel = joint.dof < 0 ? -1 : model->jnt_dofadr[couplings_.driver(j)];
        joint.number = j;
        joint.follows = couplings_.of(j) != nullptr;
        joint.zero = model->qpos0[joint.qpos];
        joint.slide = type == mjJNT_SLIDE;
        std::copy_n(model->jnt_axis + 3 * j, 3, joint.axis);
        std::copy_n(model->jnt_pos + 3 * j, 3, joint.point);
        if (joint.dof >= 0) {
          link.joints.push_back(static_cast<int>(joints_.size()));
          if (std::find(link.dofs.begin(), link.dofs.end(), joint.dof) == link.dofs.end()) {
            link.dofs.push_back(joint.dof);
          }
        }
        joints_.push_back(joint);
      }
    }
    link.last_joint = static_cast<int>(joints_.size());
    std::sort(link.dofs.begin(), link.dofs.end());
    for (const int joint : link.joints) {
      const auto at = std::find(link.dofs.begin(), link.dofs.end(), joints_[joint].dof);
      link.slots.push_back(static_cast<int>(at - link.dofs.begin()));
    }
    links_.push_back(std::move(link));
  }
}

int ChainKinematics::link(int body) const {
  for (std::size_t i = 0; i < links_.size(); ++i) {
    if (links_[i].body == body) {
      return static_cast<int>(i);
    }
  }
  throw std::invalid_argument("body " + std::to_string(body) + " is not part of the chain");
}

std::vector<int> ChainKinematics::hinges_of(int link) const {
  std::vector<int> found;
  for (const int joint : links_[link].joints) {
    if (!joints_[joint].slide && !joints_[joint].follows) {
      found.push_back(joint);
    }
  }
  return found;
}

void ChainKinematics::couple(double* qpos) const {
  for (const Follower& one : followers_) {
    qpos[one.qpos] = couplings_.position(one.joint, qpos);
  }
}

void ChainKinematics::couple_rates(const double* qpos, double* qvel) const {
  for (const Follower& one : followers_) {
    const double rate = one.driver < 0 ? 0.0 : qvel[one.driver];
    qvel[one.qvel] = couplings_.slope(one.joint, qpos) * rate;
  }
}

void ChainKinematics::forward(const double* qpos, ChainPose* pose) const {
  pose->pos.resize(3 * links_.size());
  pose->rot.resize(9 * links_.size());
  pose->axis.resize(3 * joints_.size());
  pose->point.resize(3 * joints_.size());
  pose->slope.resize(joints_.size());
  for (std::size_t i = 0; i < links_.size(); ++i) {
    const Link& link = links_[i];
    double* pos = &pose->pos[3 * i];
    double* rot = &pose->rot[9 * i];
    if (link.parent < 0) {
      std::copy_n(qpos + root_qpos_, 3, pos);
      rotation_from_quat(qpos + root_qpos_ + 3, rot);
      continue;
    }
    place(*pose, link.parent, link.pos, pos);
    multiply3(&pose->rot[9 * link.parent], link.rot, rot);
    for (int j = link.first_joint; j < link.last_joint; ++j) {
      const Joint& joint = joints_[j];
      double value = qpos[joint.qpos] - joint.zero;
      pose->slope[j] = 1.0;
      if (joint.follows) {
        value = couplings_.position(joint.number, qpos) - joint.zero;
        pose->slope[j] = couplings_.slope(joint.number, qpos);
      }
      double* axis = &pose->axis[3 * j];
      double* point = &pose->point[3 * j];
      double arm[3];
      rotate3(rot, joint.axis, axis);
      rotate3(rot, joint.point, arm);
      for (int k = 0; k < 3; ++k) {
        point[k] = pos[k] + arm[k];
      }
      if (joint.slide) {
        for (int k = 0; k < 3; ++k) {
          pos[k] += axis[k] * value;
        }
      } else {
        turn_about(joint.axis, value, rot);
        rotate3(rot, joint.point, arm);
        for (int k = 0; k < 3; ++k) {
          pos[k] = point[k] - arm[k];
        }
      }
    }
  }
}

void ChainKinematics::velocities(const double* qvel, ChainPose* pose) const {
  pose->turn.resize(3 * links_.size());
  pose->move.resize(3 * links_.size());
  for (std::size_t i = 0; i < links_.size(); ++i) {
    const Link& link = links_[i];
    double* turn = &pose->turn[3 * i];
    double* move = &pose->move[3 * i];
    if (link.parent < 0) {
      std::copy_n(qvel + root_qvel_, 3, move);
      rotate3(&pose->rot[9 * i], qvel + root_qvel_ + 3, turn);  // counted in the root's own axes
      continue;
    }
    const double* at = &pose->pos[3 * i];
    const auto add = [&](const double* spin, const double* about, double rate) {
      const double arm[3] = {at[0] - about[0], at[1] - about[1], at[2] - about[2]};
      double by[3];
      cross3(spin, arm, by);
      for (int k = 0; k < 3; ++k) {
        move[k] += by[k] * rate;
      }
    };
    std::copy_n(&pose->turn[3 * link.parent], 3, turn);
    std::copy_n(&pose->move[3 * link.parent], 3, move);
    add(turn, &pose->pos[3 * link.parent], 1.0);
    for (int j = link.first_joint; j < link.last_joint; ++j) {
      const Joint& joint = joints_[j];
      if (joint.qvel < 0) {
        continue;
      }
      const double rate = pose->slope[j] * qvel[joint.qvel];
      const double* axis = &pose->axis[3 * j];
      if (joint.slide) {
        for (int k = 0; k < 3; ++k) {
          move[k] += axis[k] * rate;
        }
        continue;
      }
      add(axis, &pose->point[3 * j], rate);
      for (int k = 0; k < 3; ++k) {
        turn[k] += axis[k] * rate;
      }
    }
  }
}

void ChainKinematics::place(const ChainPose& pose, int link, const double* local, double* world) {
  rotate3(&pose.rot[9 * link], local, world);
  for (int k = 0; k < 3; ++k) {
    world[k] += pose.pos[3 * link + k];
  }
}

void ChainKinematics::point_jacobian(const ChainPose& pose, int link, const double* point,
                                     double* jacobian) const {
  const Link& l = links_[link];
  const std::size_t width = l.dofs.size();
  std::fill_n(jacobian, 3 * width, 0.0);
  const double arm[3] = {point[0] - pose.pos[0], point[1] - pose.pos[1], point[2] - pose.pos[2]};
  for (int k = 0; k < 3; ++k) {
    jacobian[k * width + k] = 1.0;
    // A turn about world axis k moves the point by e_k x arm.
    jacobian[((k + 1) % 3) * width + 3 + k] = -arm[(k + 2) % 3];
    jacobian[((k + 2) % 3) * width + 3 + k] = arm[(k + 1) % 3];
  }
  for (std::size_t i = 0; i < l.joints.size(); ++i) {
    const int j = l.joints[i];
    const double* axis = &pose.axis[3 * j];
    double* column = jacobian + l.slots[i];
    double by[3] = {axis[0], axis[1], axis[2]};
    if (!joints_[j].slide) {
      const double* at = &pose.point[3 * j];
      const double from[3] = {point[0] - at[0], point[1] - at[1], point[2] - at[2]};
      cross3(axis, from, by);
    }
    for (int k = 0; k < 3; ++k) {
      column[k * width] += pose.slope[j] * by[k];
    }
  }
}

void ChainKinematics::turn_jacobian(const ChainPose& pose, int link, double* jacobian) const {
  const Link& l = links_[link];
  const std::size_t width = l.dofs.size();
  std::fill_n(jacobian, 3 * width, 0.0);
  for (int k = 0; k < 3; ++k) {
    jacobian[k * width + 3 + k] = 1.0;
  }
  for (std::size_t i = 0; i < l.joints.size(); ++i) {
    const int j = l.joints[i];
    for (int k = 0; k < 3 && !joints_[j].slide; ++k) {
      jacobian[k * width + l.slots[i]] += pose.slope[j] * pose.axis[3 * j + k];
    }
  }
}

void ChainKinematics::move(const double* change, double* qpos) const {
  double* root = qpos + root_qpos_;
  for (int k = 0; k < 3; ++k) {
    root[k] += change[k];
  }
  const double* turn = change + 3;
  const double angle = std::sqrt(dot3(turn, turn));
  const double sine = angle > 1e-12 ? std::sin(0.5 * angle) / angle : 0.5;
  const double by[4] = {std::cos(0.5 * angle), sine * turn[0], sine * turn[1], sine * turn[2]};
  double quat[4];
  multiply_quat(by, root + 3, quat);
  const double norm = std::sqrt(quat[0] * quat[0] + dot3(quat + 1, quat + 1));
  for (int k = 0; k < 4; ++k) {
    root[3 + k] = quat[k] / norm;
  }
  for (int d = 6; d < num_dofs(); ++d) {
    double& value = qpos[dofs_[d].qpos];
    value = std::clamp(value + change[d], dofs_[d].low, dofs_[d].high);
  }
  couple(qpos);
}

}  // namespace kinesis
