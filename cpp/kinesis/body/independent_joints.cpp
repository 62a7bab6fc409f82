#include "kinesis/body/independent_joints.hpp"

#include <algorithm>
#include <stdexcept>

#include "kinesis/body/tree.hpp"

namespace kinesis {
namespace {

int num_dofs(const mjModel* model, int joint) {
  const int next =
      joint + 1 < model->njnt ? model->jnt_dofadr[joint + 1] : static_cast<int>(model->nv);
  return next - model->jnt_dofadr[joint];
}

}  // namespace

IndependentJoints::IndependentJoints(const mjModel* model, bool with_root)
    : row_of_(model->nv, -1), coupling_of_(model->nv, -1) {
  const JointCouplings couplings(model);
  if (free_joint(model) < 0) {
    throw std::invalid_argument("the model has no free joint");
  }
  for (int joint = 0; joint < model->njnt; ++joint) {
    const bool root = model->jnt_type[joint] == mjJNT_FREE;
    if (couplings.of(joint) != nullptr || (root && !with_root)) {
      continue;
    }
    for (int k = 0; k < num_dofs(model, joint); ++k) {
      const int dof = model->jnt_dofadr[joint] + k;
      row_of_[dof] = rows();
      dofs_.push_back(dof);
    }
  }
  for (const int joint : couplings.followers()) {
    const JointCouplings::Coupling& coupling = *couplings.of(joint);
    const int source_dof = model->jnt_dofadr[coupling.source];
    const int dof = model->jnt_dofadr[joint];
    row_of_[dof] = row_of_[source_dof];
    coupling_of_[dof] = num_couplings();
    couplings_.push_back({coupling, coupling_of_[source_dof]});
  }
}

void IndependentJoints::slopes(const double* qpos, double* slope) const {
  for (int i = 0; i < num_couplings(); ++i) {
    const JointCouplings::Coupling& c = couplings_[i].coupling;
    slope[i] = c.slope(qpos[c.source_qpos] - c.source_zero);
    if (couplings_[i].through >= 0) {
      slope[i] *= slope[couplings_[i].through];
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
