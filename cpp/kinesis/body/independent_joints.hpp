// The degrees of freedom that a body moves by of its own, and forces counted in them.
#pragma once

#include <mujoco/mujoco.h>

#include <vector>

#include "kinesis/body/couplings.hpp"

namespace kinesis {

// A model's degrees of freedom but those of joints that a polynomial joint equality makes follow
// another (MyoLegs' knees and patellas). They are the rows of every joint torque here: the six of
// the free root first, where asked for, then the others in the model's order.
//
// Where q_dependent = p(q_source), a generalised force f on the dependent joint does the work of
// p'(q_source) f on its source.
class IndependentJoints {
 public:
  // Throws std::invalid_argument if the model has no free joint.
  IndependentJoints(const mjModel* model, bool with_root);

  int rows() const { return static_cast<int>(dofs_.size()); }
  int num_couplings() const { return static_cast<int>(couplings_.size()); }
  int dof(int row) const { return dofs_[row]; }
  // Of a degree of freedom: its row or that of what it follows, -1 for none; and the coupling
  // whose slope it counts with, -1 for its own row.
  int row_of(int dof) const { return row_of_[dof]; }
  int coupling_of(int dof) const { return coupling_of_[dof]; }

  // p' of every coupling at qpos: slope (num_couplings).
  void slopes(const double* qpos, double* slope) const;

  // Generalised forces (nv) counted in rows: torque (rows), N m or N.
  void project(const double* force, const double* slope, double* torque) const;

  struct Coupling {
    JointCouplings::Coupling coupling;
    int through;  // coupling that the source itself follows, -1 where it is independent
  };
  const std::vector<Coupling>& couplings() const { return couplings_; }

 private:
  std::vector<int> dofs_;
  std::vector<int> row_of_, coupling_of_;  // (nv)
  std::vector<Coupling> couplings_;        // sources before what follows them
};

}  // namespace kinesis
