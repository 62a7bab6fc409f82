#include "kinesis/muscle/torque.hpp"

#include <algorithm>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>

#include "kinesis/body/tree.hpp"

namespace kinesis {
namespace {

// Bodies that a tendon's path touches.
std::set<int> path_bodies(const mjModel* model, int tendon) {
  std::set<int> found;
  const int first = model->tendon_adr[tendon];
  for (int i = first; i < first + model->tendon_num[tendon]; ++i) {
    const int target = model->wrap_objid[i];
    if (model->wrap_type[i] == mjWRAP_SITE) {
      found.insert(model->site_bodyid[target]);
    } else if (model->wrap_type[i] == mjWRAP_SPHERE || model->wrap_type[i] == mjWRAP_CYLINDER) {
      found.insert(model->geom_bodyid[target]);
    }
  }
  return found;
}

// Whether a muscle's length depends on a degree of freedom.
bool crosses(const mjModel* model, int muscle, int dof) {
  const int target = model->actuator_trnid[2 * muscle];
  if (model->actuator_trntype[muscle] != mjTRN_TENDON ||
      model->wrap_type[model->tendon_adr[target]] == mjWRAP_JOINT) {
    return true;  // a joint, or a sum of joints: its moments are exactly those
  }
  const std::set<int> bodies = path_bodies(model, target);
  const auto moved = std::count_if(bodies.begin(), bodies.end(),
                                   [&](int body) { return moves(model, dof, body); });
  return moved > 0 && moved < static_cast<std::ptrdiff_t>(bodies.size());
}

}  // namespace

MuscleTorque::MuscleTorque(const mjModel* model, const IndependentJoints* joints)
    : joints_(joints), force_(model) {
  pattern_.rows = joints->rows();
  pattern_.start = {0};
  const std::unique_ptr<mjData, decltype(&mj_deleteData)> data(mj_makeData(model), mj_deleteData);
  mj_forward(model, data.get());
  for (int muscle = 0; muscle < model->nu; ++muscle) {
    const int kind = model->actuator_trntype[muscle];
    if (kind != mjTRN_TENDON && kind != mjTRN_JOINT) {
      throw std::invalid_argument("muscle " + std::to_string(muscle) +
                                  " pulls on neither a tendon nor a joint; sharing torques among "
                                  "muscles needs one of these");
    }
    const int first = data->moment_rowadr[muscle];
    const int end = first + data->moment_rownnz[muscle];
    std::set<int> rows;
    const auto counts = [&](int address) {
      const int dof = data->moment_colind[address];
      return joints->row_of(dof) >= 0 && crosses(model, muscle, dof);
    };
    for (int address = first; address < end; ++address) {
      if (counts(address)) {
        rows.insert(joints->row_of(data->moment_colind[address]));
      }
    }
    for (int address = first; address < end; ++address) {
      if (counts(address)) {
        const int dof = data->moment_colind[address];
        const auto slot = std::distance(rows.begin(), rows.find(joints->row_of(dof)));
        moments_.push_back(
            {address, pattern_.start.back() + static_cast<int>(slot), joints->coupling_of(dof)});
      }
    }
    pattern_.row.insert(pattern_.row.end(), rows.begin(), rows.end());
    pattern_.start.push_back(static_cast<int>(pattern_.row.size()));
  }
}

void MuscleTorque::read_arms(const mjData* data, double* slope, double* arm) const {
  joints_->slopes(data->qpos, slope);
  std::fill_n(arm, values(), 0.0);
  for (const Moment& m : moments_) {
    arm[m.slot] += data->actuator_moment[m.address] * (m.coupling >= 0 ? slope[m.coupling] : 1.0);
  }
}

void MuscleTorque::evaluate(const double* length, const double* velocity, const double* arm,
                            double* value, double* passive) const {
  std::fill_n(passive, joints_->rows(), 0.0);
  torques_of_muscles(
      pattern_, [this](int i) -> const auto& { return force_.curves(i); }, length, velocity, arm,
      value, passive);
}

void MuscleTorque::spread(const double* gain, const double* bias, const double* arm, double* value,
                          double* passive) const {
  std::fill_n(passive, joints_->rows(), 0.0);
  for (int i = 0; i < pattern_.columns(); ++i) {
    for (int k = pattern_.start[i]; k < pattern_.start[i + 1]; ++k) {
      value[k] = gain[i] * arm[k];
      passive[pattern_.row[k]] += bias[i] * arm[k];
    }
  }
}

}  // namespace kinesis
