#include "kinesis/body/independent_joints.hpp"

#include <algorithm>
#include <stdexcept>

namespace kinesis {
namespace {

constexpr int kCoefficients = 5;  // of a polynomial joint equality

int num_dofs(const mjModel* model, int joint) {
  const int next =
      joint + 1 < model->njnt ? model->jnt_dofadr[joint + 1] : static_cast<int>(model->nv);
  return next - model->jnt_dofadr[joint];
}

}  // namespace

IndependentJoints::IndependentJoints(const mjModel* model, bool with_root)
    : row_of_(model->nv, -1), coupling_of_(model->nv, -1) {
  std::vector<int> equality(model->njnt, -1);
  for (int i = 0; i < model->neq; ++i) {
    if (model->eq_type[i] == mjEQ_JOINT && model->eq_active0[i]) {
      equality[model->eq_obj1id[i]] = i;
    }
  }
  bool found_root = false;
  for (int joint = 0; joint < model->njnt; ++joint) {
    const bool root = model->jnt_type[joint] == mjJNT_FREE;
    found_root |= root;
    if (equality[joint] >= 0 || (root && !with_root)) {
      continue;
    }
    for (int k = 0; k < num_dofs(model, joint); ++k) {
      const int dof = model->jnt_dofadr[joint] + k;
      row_of_[dof] = rows();
      dofs_.push_back(dof);
    }
  }
  if (!found_root) {
    throw std::invalid_argument("the model has no free joint");
  }
  // A joint may follow one that follows another: sources are taken first. The number of passes is
  // that of the joints, which also ends on a ring of equalities.
  std::vector<int> coupling(model->njnt, -1);
  for (int pass = 0; pass < model->njnt; ++pass) {
    for (int joint = 0; joint < model->njnt; ++joint) {
      if (equality[joint] < 0 || coupling[joint] >= 0) {
        continue;
      }
      const int source = model->eq_obj2id[equality[joint]];
      if (source < 0 || (equality[source] >= 0 && coupling[source] < 0)) {
        continue;  // fixed, or not yet
      }
      coupling[joint] = num_couplings();
      Coupling c{model->jnt_qposadr[source],
                 model->qpos0[model->jnt_qposadr[source]],
                 {},
                 coupling[source]};
      std::copy_n(model->eq_data + mjNEQDATA * equality[joint], kCoefficients, c.coefficient);
      couplings_.push_back(c);
      const int dof = model->jnt_dofadr[joint];
      row_of_[dof] = row_of_[model->jnt_dofadr[source]];
      coupling_of_[dof] = coupling[joint];
    }
  }
}

void IndependentJoints::slopes(const double* qpos, double* slope) const {
  for (int i = 0; i < num_couplings(); ++i) {
    const Coupling& c = couplings_[i];
    const double x = qpos[c.source] - c.source_zero;
    slope[i] = c.coefficient[1] +
               x * (2 * c.coefficient[2] + x * (3 * c.coefficient[3] + x * 4 * c.coefficient[4]));
    if (c.through >= 0) {
      slope[i] *= slope[c.through];
    }
  }
}

void IndependentJoints::project(const double* force, const double* slope, double* torque) const {
  std::fill_n(torque, rows(), 0.0);
  for (int dof = 0; dof < static_cast<int>(row_of_.size()); ++dof) {
    if (row_of_[dof] >= 0) {
      const int coupling = coupling_of_[dof];
      torque[row_of_[dof]] += force[dof] * (coupling >= 0 ? slope[coupling] : 1.0);
    }
  }
}

}  // namespace kinesis
