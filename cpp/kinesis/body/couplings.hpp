// Joints that follow another one.
#pragma once

#include <mujoco/mujoco.h>

#include <vector>

namespace kinesis {

// A model's active polynomial joint equalities (MyoLegs' knees and patellas):
//
//   q - q0 = p(s - s0),   p of degree 4
//
// with q the joint that follows, s its source, and q0, s0 their positions in qpos0. A joint without
// a source is held at q0 + p(0). The source may follow a third joint.
class JointCouplings {
 public:
  struct Coupling {
    int joint;   // that follows
    int source;  // joint, -1: it is held
    int driver;  // the independent joint at the chain's other end, -1: held, or a ring
    int qpos;    // addresses
    int source_qpos;
    double zero, source_zero;  // qpos0
    double coefficient[5];

    // p and its derivative at x.
    double value(double x) const;
    double slope(double x) const;
  };

  explicit JointCouplings(const mjModel* model);

  // The coupling of a joint, null where it follows none.
  const Coupling* of(int joint) const { return of_[joint] < 0 ? nullptr : &couplings_[of_[joint]]; }
  // The independent joint that moves a joint: itself where it follows none, -1 where nothing does.
  int driver(int joint) const { return of_[joint] < 0 ? joint : couplings_[of_[joint]].driver; }
  // A joint's position, and its change a unit of its driver's, from the positions of independent
  // joints in qpos (nq).
  double position(int joint, const double* qpos) const;
  double slope(int joint, const double* qpos) const;

  // Joints that follow a driver, sources before what follows them.
  const std::vector<int>& followers() const { return followers_; }

 private:
  double source_offset(const Coupling& coupling, const double* qpos) const;

  std::vector<Coupling> couplings_;
  std::vector<int> of_;       // (joints) index in couplings_, -1: independent
  std::vector<int> address_;  // (joints) of qpos
  std::vector<int> followers_;
};

}  // namespace kinesis
