// The walking task: go as commanded, with as little effort as that takes. How is left open: what is
// planned is a pattern for control, and may count in the reward or not.
#pragma once

#include <vector>

#include "kinesis/muscle/metabolic_power.hpp"
#include "kinesis/task/steer.hpp"

namespace kinesis {

struct WalkConfig {
  SteerConfig steer;
  FibreTissue tissue;
  double alive_weight = 0.5;       // of every control step: without it, a fall may pay
  double metabolic_weight = 0.05;  // of minus the muscles' power, W a kg of the body
  double drive_weight = 0.0;       // of minus the muscles' mean cubed neural drive
  double limits_weight = 2.0;      // of minus what joints are beyond their margin, rad^2
  double limits_margin = 0.05;     // rad inside a joint's range
  double head_weight = 0.005;      // of minus the root's squared acceleration, (m/s^2)^2
};

// Observes, after what steering observes, in the heading frame: the commanded velocity and the mean
// velocity, m/s, and what turns the root to the commanded facing, rad, a vector each.
//
// Reports, after steering's figures, the terms metabolic_power (W/kg), muscle_drive (the mean cube
// of activations over what muscles can make), joint_limits (rad^2, a sum over joints that have a
// range) and head_acceleration ((m/s^2)^2, of the root, to which the head is fixed, over the last
// control step). Keeps, after steering's columns, the root's last velocity.
class WalkTask final : public SteerTask {
 public:
  WalkTask(const mjModel* model, const MotionTable* clips, const WalkConfig& config);

  const Layout& observation() const override { return observation_; }
  void observe(const Body& body, const Moment& next, const double* kept, float* out) const override;

 protected:
  void begin_own(const Body& body, EpisodeRandom& random, double* own) const override;
  void judge_own(const Body& body, double* own, Outcome* outcome, double* figures) const override;

 private:
  struct Walked {  // this task's columns, after steering's
    double last_velocity[3];
  };
  double muscle_drive(const Body& body) const;
  double beyond_limits(const Body& body) const;
  const mjtNum* root_velocity(const Body& body) const;

  WalkConfig config_;
  MetabolicPower metabolic_;
  Layout observation_;
  std::vector<int> muscles_;  // actuators that are muscles
  std::vector<int> limited_;  // joints with a range, that follow no other
  double body_mass_;
};

}  // namespace kinesis
