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
  double rate_weight = 0.05;      // m/s that a rad/s off the rate wished for counts for
  int iterations = 7;             // at most: until no joint moves any more
};

// What PlantedLegs works in; its buffers are reused.
struct PlantedLegsWork {
  ChainPose pose;
  std::vector<double> wished;  // (nq) posture
};

// Moves the joints between root and feet, frame by frame, within the joints' ranges: bends the
// joint in the middle of each leg (a knee) until the leg is as long as it must be, and then takes
// damped Gauss-Newton steps, which alone would find no way to bend what is straight. The root stays
// where it is; coupled joints follow. Immutable after construction.
class PlantedLegs {
 public:
  // Throws std::invalid_argument as ChainKinematics does.
  PlantedLegs(const mjModel* model, const PlantedLegsConfig& config);

  int nq() const { return chain_.nq(); }
  int num_feet() const { return static_cast<int>(legs_.size()); }
  int foot_link(int foot) const { return legs_[foot].link; }  // of chain()
  const ChainKinematics& chain() const { return chain_; }

  // Changes qpos (frames x nq), which is start and posture wished for. foot_pos (frames x feet x 3)
  // m and foot_rot (frames x feet x 9), of the feet's bodies in the world.
  void solve(int frames, const double* foot_pos, const double* foot_rot, double* qpos) const;
  // Likewise, of one frame.
  void solve_frame(const double* foot_pos, const double* foot_rot, double* qpos,
                   PlantedLegsWork* work) const;
  // By how many m the root must sink for legs to reach, straight at most: 0 where they do. pose: of
  // chain(), before that.
  double too_high(const ChainPose& pose, const double* foot_pos, const double* foot_rot) const;
  // Changes qvel (nv), which is start and wished for, so that the feet move by foot_move (feet x 3)
  // m/s and turn by foot_turn (feet x 3) rad/s, world axes, at qpos.
  void match_rates(const double* foot_move, const double* foot_turn, const double* qpos,
                   double* qvel, PlantedLegsWork* work) const;

 private:
  static constexpr int kMost = 16;  // degrees of freedom of a leg
  struct Leg {
    int link;       // of the foot
    int hip, knee;  // joints of the chain: the first that moves it, and the one in the middle
    int ankle;      // the first after the knee; -1: the foot hangs on the knee
    double bends;   // 1 or -1: which way of the knee's makes the leg shorter
  };
  // Of a leg as it stands: m from hip to knee, from there to the ankle, from hip to ankle.
  struct Triangle {
    double thigh, shank, whole;
  };
  Triangle triangle(const ChainPose& pose, const Leg& leg) const;
  Leg find_leg(const mjModel* model, int link) const;
  const double* ankle(const ChainPose& pose, const Leg& leg) const;
  // Where the ankle must be (3) for the foot to take a pose.
  void ankle_for(const ChainPose& pose, const Leg& leg, const double* foot_pos,
                 const double* foot_rot, double* out) const;
  void bend(const ChainPose& pose, const Leg& leg, const double* target, double* qpos) const;
  // By how much the joints of a leg change, damped, where its foot is off by error: m and rad, or
  // those a second. change starts as what joints are pulled back by, with a weight.
  void correct(const ChainPose& pose, int link, const double* error, double weight,
               double* change) const;
  // Returns by how much it moves a joint at most, rad.
  double step(const ChainPose& pose, int link, const double* wished, const double* foot_pos,
              const double* foot_rot, double* qpos) const;

  PlantedLegsConfig config_;
  ChainKinematics chain_;
  std::vector<Leg> legs_;
};

}  // namespace kinesis
