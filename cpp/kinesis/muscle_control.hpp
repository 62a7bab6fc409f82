// From a policy's actions to muscle excitations.
#pragma once

#include <mujoco/mujoco.h>

#include <vector>

namespace kinesis {

enum class ControlMode {
  kLength,  // actions are target muscle lengths, followed by a proportional-derivative force
  kDirect,  // actions are excitations
};

// Gains of the length mode, relative to each muscle's peak force (KINESIS, Simos et al. 2025).
struct LengthGains {
  double stiffness = 5.0;  // kp = stiffness * peak force, N/m
  double damping = 0.1;    // kd = damping * kp, N s/m
};

// One control mode for all muscles of a model. Stateless after construction.
class MuscleControl {
 public:
  MuscleControl(const mjModel* model, ControlMode mode, const LengthGains& gains);

  // Actions that a policy gives each control step.
  int num_actions() const { return num_muscles_; }

  // Writes excitations in [0, 1] to data->ctrl from actions (num_actions), clipped to [-1, 1].
  // Length mode reads the actuator lengths and velocities that data holds.
  void apply(const mjModel* model, mjData* data, const float* actions) const;

 private:
  void follow_lengths(const mjModel* model, mjData* data, const float* actions) const;

  ControlMode mode_;
  int num_muscles_;
  std::vector<double> longest_;     // (num_muscles) upper end of the length range, m
  std::vector<double> peak_force_;  // (num_muscles) N
  std::vector<double> kp_;          // (num_muscles) N/m
  std::vector<double> kd_;          // (num_muscles) N s/m
  bool passive_forces_pull_;        // no muscle's passive force pushes, as in any real muscle
};

}  // namespace kinesis
