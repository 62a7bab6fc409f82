// Keeps right and left leg out of each other.
#pragma once

#include <vector>

#include "kinesis/base/capsule.hpp"
#include "kinesis/body/chain_kinematics.hpp"
#include "kinesis/retarget/pose_solver.hpp"

namespace kinesis {

class LegSeparation {
 public:
  // The legs' shapes; chain is borrowed and must move their bodies.
  LegSeparation(const ChainKinematics& chain, const std::vector<Capsule>& right,
                const std::vector<Capsule>& left);

  // Whether parting the legs of a motion (frames x nq) makes sense. Where a source's legs are often
  // deep in each other, its body is not built like the model, and parting them would only push
  // the feet out of place.
  bool worthwhile(const double* qpos, int frames);

  // Adds to a solver, at its pose, that shapes come no closer than distance, m.
  void add(double distance, double weight, PoseSolver* solver);

 private:
  struct Shape {
    int link;
    Capsule capsule;
    double ends[6];  // of its axis, world
  };
  struct Pair {  // of shapes that are near each other, with the nearest points of their axes
    const Shape* right;
    const Shape* left;
    double on_right[3], on_left[3];
    double gap;  // m, negative: depth
  };

  // Fills pairs_ with the shapes near each other at a pose.
  void find_near(const ChainPose& pose);

  const ChainKinematics& chain_;
  std::vector<Shape> right_, left_;
  std::vector<Pair> pairs_;
};

}  // namespace kinesis
