// What a motion asks of joints, muscles and floor: inverse dynamics with least muscle effort.
#pragma once

#include <mujoco/mujoco.h>

#include <memory>
#include <vector>

#include "kinesis/body/feet.hpp"
#include "kinesis/body/independent_joints.hpp"
#include "kinesis/muscle/effort.hpp"
#include "kinesis/muscle/torque.hpp"

namespace kinesis {

struct MotionPriorConfig {
  std::vector<std::vector<SoleSphere>> feet;  // where each foot may push against the floor
  double friction = 1.0;                      // of the pyramid that contact forces lie in
  double torque_weight = 30.0;                // 1/(N m)^2 off a joint's torque
  double root_force_weight = 3e-4;            // 1/N^2 off the root's force
  double root_torque_weight = 3e-3;           // 1/(N m)^2 off the root's torque
  double contact_weight = 2e-6;               // 1/N^2 of an edge of a pyramid on the floor
  double contact_height = 0.001;              // m over the floor at which that weight doubles
  double highest_contact = 0.04;              // m, above which nothing pushes
  double floor_slack = 0.0015;                // m by which soles may be off before that counts
  std::vector<double> effort_weight;          // (muscles)
};

// A motion with its derivatives, and measured forces where there are some. Borrowed arrays.
struct MotionPriorInput {
  int frames = 0;
  double timestep = 0.0;          // s between frames
  const double* qpos = nullptr;   // (frames x nq)
  const double* qvel = nullptr;   // (frames x nv)
  const double* qacc = nullptr;   // (frames x nv)
  const double* force = nullptr;  // (frames x feet x 3) N on each foot, world; or null: unknown
  const double* place = nullptr;  // (frames x feet x 3) m, where they act; with force
  int floor_frames = 0;           // see MotionPrior; 0: the floor is at zero
};

// Rows of torque and residual are those of IndependentJoints with the root: 6, then the joints.
struct MotionPriorResult {
  std::vector<double> torque;      // (frames x joints) N m that muscles should make
  std::vector<double> activation;  // (frames x muscles)
  std::vector<double> residual;    // (frames x rows) N, N m that nothing makes
  std::vector<double> force;       // (frames x feet x 3) N of the floor on each foot, world
};

// Per frame: generalised forces by mj_inverse without contacts, couplings and limits, counted in
// independent joints; then the activations a and contact forces f >= 0 along the edges of friction
// pyramids that minimise
//
//   sum w a^2 + contact weight f^2 + torque_weight (joint residual)^2 + root weights (root
//   residual)^2
//
// with passive muscle forces taken off first. A soft root lets the motion's own errors be.
//
// Where tendons stretch (see MuscleForce), fibres are taken from frame to frame, and the forces
// that activations give by then are followed by their tangents: solved anew until activations stay.
//
// Recordings have their floor some millimetres off. Heights are counted from where soles that stand
// have it: three tenths of the time within floor_frames before and after some sole is lower; a mean
// of that over as many, as far as it is off by more than floor_slack, and no farther than
// highest_contact.
class MotionPrior {
 public:
  MotionPrior(const mjModel* model, const MotionPriorConfig& config);

  int num_joints() const { return joints_.rows() - 6; }
  int rows() const { return joints_.rows(); }
  int num_muscles() const { return static_cast<int>(model_->nu); }
  int num_feet() const { return static_cast<int>(config_.feet.size()); }
  const mjModel* model() const { return model_.get(); }

  // Solves one clip; safe from several threads at once.
  MotionPriorResult solve(const MotionPriorInput& input) const;

 private:
  struct Sphere {
    int foot;
    int body;
    double centre[3];
    double radius;
    std::vector<int> rows;  // that move its body
  };
  struct Frame;  // scratch of one clip

  void wanted_torques(Frame& frame) const;
  // Least effort for the wanted torques; passive ones are taken off these.
  void share(Frame& frame, double timestep) const;
  // Forces of the muscles by their activations, at those of the last solution.
  void muscle_torques(Frame& frame, double timestep) const;
  void place_contacts(Frame& frame, double floor) const;
  // Height of the floor as the soles have it, m, a frame.
  std::vector<double> floor_heights(const MotionPriorInput& input, Frame& frame) const;
  // Lowest point of a sphere of a sole, world.
  void lowest_point(const mjData* data, const Sphere& sphere, double* point) const;
  void apply_measured(Frame& frame, const double* force, const double* place) const;
  void contact_forces(const Frame& frame, double* force) const;
  double edge(int edge, int axis) const;  // a component of an edge of the friction pyramid

  std::unique_ptr<mjModel, decltype(&mj_deleteModel)>
      model_;  // without contacts, couplings, limits
  MotionPriorConfig config_;
  IndependentJoints joints_;
  MuscleTorque muscles_;
  MuscleForce force_;
  std::vector<Sphere> spheres_;
  std::unique_ptr<MuscleEffort> effort_;
};

}  // namespace kinesis
