// Joint angles followed by muscles that share the torque with least effort.
#pragma once

#include <mujoco/mujoco.h>

#include <memory>
#include <vector>

#include "kinesis/body/independent_joints.hpp"
#include "kinesis/control/joint_law.hpp"
#include "kinesis/motion/reference.hpp"
#include "kinesis/muscle/torque.hpp"

namespace kinesis {

// Rows are those of IndependentJoints without the root.
struct JointControlConfig {
  std::vector<double> stiffness;      // (rows) kp of a limb that stands, N m/rad
  std::vector<double> damping;        // (rows) kd, N m s/rad
  double free_frequency = 80.0;       // rad/s, highest natural frequency of a limb that swings
  double free_damping = 0.5;          // its damping ratio
  double standing_load = 200.0;       // N under a limb from which it stands
  std::vector<int> touch_sensors;     // ids; of load under the feet
  double lead = 0.02;                 // s ahead at which the clip's joint angles are read,
  double torque_lead = 0.02;          // s, and its torques: muscles answer late
  double reach = 0.3;                 // rad (m of slides) that an action of 1 offsets a joint by
  bool ramp = true;                   // offsets change evenly over a control step, not at once
  double torque_weight = 2.0;         // lambda of MuscleEffort, 1/(N m)^2
  std::vector<double> effort_weight;  // (muscles) w of MuscleEffort
};

// What an environment's joint control starts from.
struct JointControlState {
  const double* length = nullptr;    // (nu) of the muscles at the last physics step, m
  const double* velocity = nullptr;  // (nu) m/s
  const double* arm = nullptr;       // (num_arms)
  double* multiplier = nullptr;      // (num_actions) of the last effort problem, zeros at first
  double* offset = nullptr;          // (num_actions) in effect, zeros at first
  const double* load = nullptr;      // (num_loads) of the touch sensors, N
  const double* capacity = nullptr;  // (muscles) share of its active force that each can make
};

// The policy offsets the clip's joint angles. At every substep, with q, v of the joints now, q_ref
// and v_ref of the clip lead from now, and its torque torque_lead from now,
//
//   torque = clip's torque + kp (q_ref + offset - q) + kd (v_ref - v) - passive muscle torque
//
// is shared among the muscles (MuscleEffort), with the moment arms, lengths and velocities that
// the muscles had at the last physics step, and the activations found are turned into excitations
// that reach them within one substep where the muscles' activation dynamics allow it. The offset
// is reach times the action, at once or along a ramp from the one in effect.
//
// Immutable after construction; scratch memory is on the stack of mjData.
class JointControl {
 public:
  // Borrows the reference, which must have torques. A weak muscle is asked for no more than it can
  // do, and its effort counted for what it is to the muscle.
  // Throws std::invalid_argument where sizes differ.
  JointControl(const mjModel* model, const Reference* reference, const JointControlConfig& config);

  const JointLaw<double>& law() const { return law_; }
  const JointControlConfig& config() const { return config_; }
  const IndependentJoints& joints() const { return *joints_; }
  const MuscleTorque& muscle_torque() const { return *torque_; }
  int num_actions() const { return joints_->rows(); }
  int num_arms() const { return torque_->values(); }
  int num_loads() const { return static_cast<int>(config_.touch_sensors.size()); }
  void read_arms(mjData* data, double* arm) const;
  void read_loads(const mjModel* model, const mjData* data, double* load) const;

  // Writes neural excitations (nu) to data->ctrl. actions (num_actions), clipped to [-1, 1]; at:
  // where data's state belongs, in a reference with this plan; substeps_left: of the control step,
  // this one included.
  void apply(const mjModel* model, mjData* data, const float* actions, const Moment& at,
             const double* plan, int substeps_left, const JointControlState& state) const;

 private:
  void set_gains(const mjModel* model);

  const Reference* reference_;
  JointControlConfig config_;
  std::unique_ptr<IndependentJoints> joints_;
  std::unique_ptr<MuscleTorque> torque_;
  JointLaw<double> law_;
};

}  // namespace kinesis
