// Joints of legs whose feet take given poses.
#pragma once

#include <mujoco/mujoco.h>

#include <vector>

#include "kinesis/body/chain_kinematics.hpp"

namespace kinesis {

struct PlantedLegsConfig {
  std::vector<int> feet;      // bodies, each at the end of a leg that shares no joint with others
  double turn_weight = 0.05;  // m that a radian of a foot's orientation counts for
  double posture_weight = 0.004;  // m that a radian off the posture wished for counts for
  double longest_step = 0.3;      // rad, of a joint in an iteration
  int iterations = 7;             // at most: until no joint moves any more
};

// Moves the joints between root and feet, frame by frame, by damped Gauss-Newton steps within the
// joints' ranges. The root stays where it is; coupled joints follow. Immutable after construction.
class PlantedLegs {
 public:
  // Throws std::invalid_argument as ChainKinematics does.
  PlantedLegs(const mjModel* model, const PlantedLegsConfig& config);

  int nq() const { return chain_.nq(); }
  int num_feet() const { return static_cast<int>(feet_.size()); }

  // Changes qpos (frames x nq), which is start and posture wished for. foot_pos (frames x feet x 3)
  // m and foot_rot (frames x feet x 9), of the feet's bodies in the world.
  void solve(int frames, const double* foot_pos, const double* foot_rot, double* qpos) const;

 private:
  // Returns by how much it moves a joint at most, rad.
  double step(const ChainPose& pose, int link, const double* wished, const double* foot_pos,
              const double* foot_rot, double* qpos) const;

  PlantedLegsConfig config_;
  ChainKinematics chain_;
  std::vector<int> feet_;  // links
};

}  // namespace kinesis
