// Kinematics of the part of a model that moves given bodies, over its independent joints.
#pragma once

#include <mujoco/mujoco.h>

#include <vector>

#include "kinesis/body/couplings.hpp"

namespace kinesis {

// World poses of the links and joints of a ChainKinematics; its buffers are reused.
struct ChainPose {
  std::vector<double> pos;    // (links x 3) m
  std::vector<double> rot;    // (links x 9) row major
  std::vector<double> axis;   // (joints x 3)
  std::vector<double> point;  // (joints x 3) a point on the axis, m
  std::vector<double> slope;  // (joints) change of the joint a unit of its degree of freedom
  std::vector<double> turn;   // (links x 3) rad/s, world axes: how the links turn
  std::vector<double> move;   // (links x 3) m/s, of their origins
};

// The bodies of a model between its free root and the bodies asked for ("links"), moved by the
// six degrees of freedom of the root and by the hinge and slide joints that no coupling fixes.
//
// Joints that a polynomial joint equality makes dependent (MyoLegs' knees) follow their source, in
// poses and in Jacobians. The root's rotation is counted in world axes.
class ChainKinematics {
 public:
  // Throws std::invalid_argument where the bodies do not hang on one free joint, or where a ball
  // joint lies between.
  ChainKinematics(const mjModel* model, const std::vector<int>& bodies);

  int nq() const { return nq_; }                                   // of the whole model
  int num_dofs() const { return static_cast<int>(dofs_.size()); }  // 6 of the root, then joints
  int link(int body) const;                                        // throws for other bodies
  int root_qpos() const { return root_qpos_; }                     // where the root's qpos begins
  int root_qvel() const { return root_qvel_; }

  // Where a joint's position and its rate lie in qpos and qvel, and its range; for degrees of
  // freedom from the sixth.
  int qpos_address(int dof) const { return dofs_[dof].qpos; }
  int qvel_address(int dof) const { return dofs_[dof].qvel; }
  double low(int dof) const { return dofs_[dof].low; }
  double high(int dof) const { return dofs_[dof].high; }

  // Degrees of freedom that move a link, in ascending order.
  const std::vector<int>& dofs_of(int link) const { return links_[link].dofs; }

  // Joints that turn on the way to a link, those of its ancestors first, and what moves a joint.
  std::vector<int> hinges_of(int link) const;
  int dof_of(int joint) const { return joints_[joint].dof; }

  // Sets the dependent joints of qpos (nq), those of the whole model, from their sources.
  void couple(double* qpos) const;
  // And of qvel (nv), at qpos.
  void couple_rates(const double* qpos, double* qvel) const;

  // Fills pose from qpos (nq); the dependent joints are taken from their sources.
  void forward(const double* qpos, ChainPose* pose) const;

  // Fills the velocities of a pose that forward has filled, from qvel (nv) of the model; dependent
  // joints move as their drivers make them.
  void velocities(const double* qvel, ChainPose* pose) const;

  // World position of a point (3) given in a link's axes.
  static void place(const ChainPose& pose, int link, const double* local, double* world);

  // Velocities of a world point on a link a unit of each of dofs_of(link): (3 x dofs), row major.
  void point_jacobian(const ChainPose& pose, int link, const double* point, double* jacobian) const;

  // Rates, in world axes, at which a link turns a unit of each of dofs_of(link): (3 x dofs), row
  // major.
  void turn_jacobian(const ChainPose& pose, int link, double* jacobian) const;

  // Adds change (num_dofs) to qpos (nq), within the ranges of the joints, and couples.
  void move(const double* change, double* qpos) const;

 private:
  struct Joint {
    int qpos;
    int dof;       // the degree of freedom that moves it, -1: none, it is fixed
    int qvel;      // of the joint that drives it, an address
    int number;    // of the joint in the model
    bool follows;  // another joint
    double zero;   // qpos0
    bool slide;
    double axis[3], point[3];  // in the link's axes
  };
  struct Follower {  // a joint of the model that follows another
    int joint, qpos, qvel;
    int driver;  // where the rate of its driver lies in qvel; -1: it is fixed
  };
  struct Link {
    int body;
    int parent;  // link, -1 for the root
    double pos[3], rot[9];
    int first_joint, last_joint;  // in joints_
    std::vector<int> dofs;        // that move it
    std::vector<int> joints;      // that move it, root excluded, those of its ancestors first
    std::vector<int> slots;       // of each of joints: where in dofs its degree of freedom is
  };
  struct Dof {
    int qpos, qvel;
    double low, high;
  };

  int nq_;
  JointCouplings couplings_;
  int root_qpos_ = 0, root_qvel_ = 0;
  std::vector<Link> links_;
  std::vector<Joint> joints_;
  std::vector<Follower> followers_;
  std::vector<Dof> dofs_;
};

}  // namespace kinesis
