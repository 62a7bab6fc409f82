// One frame of inverse kinematics: a least-squares step of a chain towards weighted targets.
#pragma once

#include <vector>

#include "kinesis/body/chain_kinematics.hpp"

namespace kinesis {

// Gauss-Newton with Levenberg's damping on the normal equations, within the joints' ranges.
//
// Use: begin(qpos); add targets and barriers; step(qpos). Weights are those of squared errors: an
// error of one metre (one radian) with weight w adds w^2 to twice the cost.
class PoseSolver {
 public:
  explicit PoseSolver(const ChainKinematics& chain);

  // Poses at qpos (nq); forgets all targets.
  void begin(const double* qpos);
  const ChainPose& pose() const { return pose_; }

  // A world point on a link should move by error (3), m, with a weight per world axis (3).
  void add_point(int link, const double* point, const double* error, const double* weight);
  // The root should turn by turn (3), rad, world axes.
  void add_root_turn(const double* turn, double weight);
  // The root should move by error (3), m; height_share: of the weight, for its height.
  void add_root_move(const double* error, double weight, double height_share = 1.0);
  // A world point on a link should rise by error, m, up or down; and one that may not sink by more
  // than gap, m: it counts only where the step would take it further down.
  void add_height(int link, const double* point, double error, double weight);
  void add_floor(int link, const double* point, double gap, double weight);
  // Two world points on links may not come closer than now, along the unit vector from b to a, by
  // more than gap, m; one-sided as a floor.
  void add_separation(int link_a, const double* a, int link_b, const double* b,
                      const double* from_b_to_a, double gap, double weight);
  // A degree of freedom from the sixth should change by error, rad or m.
  void add_joint(int dof, double error, double weight);

  // Changes qpos (nq) by one step; returns the largest change of a degree of freedom.
  double step(double* qpos);

 private:
  double& normal(int i, int j) { return normal_[i * size_ + j]; }
  struct Barrier {  // one-sided; its row is in barrier_rows_
    double gap, weight;
    bool active;
  };

  void solve_within_ranges(const double* qpos);
  void solve_free();
  bool touch_barriers();
  double* new_barrier(double gap, double weight);
  void add_to_row(int link, const double* point, const double* direction, double* row);
  void add_row(const std::vector<int>& dofs, const double* row, double error, double weight);
  bool hold_violations(const double* qpos);

  const ChainKinematics& chain_;
  const int size_;
  ChainPose pose_;
  std::vector<double> jacobian_;
  std::vector<double> normal_;    // lower triangle of J^T W J
  std::vector<double> gradient_;  // J^T W error
  std::vector<double> factor_;    // of the free ones, with the right-hand side
  std::vector<double> change_;
  std::vector<int> free_;   // degrees of freedom that the step may choose
  std::vector<char> held_;  // those at the end of their range
  std::vector<int> all_;    // every degree of freedom
  std::vector<Barrier> barriers_;
  std::vector<double> barrier_rows_;  // (barriers_ x size_)
};

}  // namespace kinesis
