// From the joints of a recorded person to the joint positions of a model whose feet do not slide.
#pragma once

#include <mujoco/mujoco.h>

#include <cstdint>
#include <vector>

#include "kinesis/base/capsule.hpp"
#include "kinesis/body/chain_kinematics.hpp"
#include "kinesis/retarget/foot_contact.hpp"
#include "kinesis/retarget/foot_tracks.hpp"

namespace kinesis {

struct RetargetConfig {
  std::vector<int> bodies;  // tracked, the root first
  std::vector<Foot> feet;   // none: no contact pass
  ContactSettings contact;
  std::vector<Capsule> right, left;  // shapes of the legs, kept apart in the contact pass

  double root_weight = 1.0;        // of a metre off the root's target
  double root_turn_weight = 0.2;   // m a radian off the root's orientation
  double path_weight = 15.0;       // root_weight in the contact pass: legs give way, not the root
  double path_turn_weight = 3.0;   // root_turn_weight there
  double body_weight = 1.0;        // of a metre off the other bodies' targets
  double neutral_weight = 0.01;    // m a radian off the neutral posture, where none is given
  double posture_weight = 0.25;    // m a radian off a given posture
  std::vector<int> free_joints;    // ids of joints that a given posture does not speak of
  double smooth_weight = 0.06;     // m a radian off the smoothed motion
  double hold_weight = 8.0;        // of a metre off the place where a foot stands
  double floor_weight = 15.0;      // of a metre below the floor
  double stand_weight = 4.0;       // of a metre that a standing part is off it
  double flat_weight = 1.0;        // of a metre that the rest of a standing part is off it
  double touch_weight = 0.5;       // of a metre below the floor, before: it bends toes alone
  double smooth_frequency = 7.0;   // Hz, above which the motion is smoothed
  double root_frequency = 3.0;     // Hz, below which the root's path follows the feet
  double turn_frequency = 2.0;     // Hz, above which the root's turning is smoothed
  double clearance = 0.025;        // m, of feet in swing
  double rise = 0.3;               // m/s, at which they reach and leave it
  double relaxation = 0.2;         // s, in which a foot returns to its source's path
  double separation = 0.012;       // m, between right and left leg
  double separation_weight = 4.0;  // of a metre closer than that
  double longest_wander = 0.06;    // m, of a point that counts as standing
  int first_iterations = 30;       // in a clip's first frame
  int iterations = 4;              // in later ones
  int smooth_sweeps = 2;           // over the whole clip before the contact pass
  int contact_sweeps = 4;          // in the contact pass
};

// One clip for the model: where its bodies should be. Borrowed arrays.
struct RetargetInput {
  int frames = 0;
  double frame_rate = 0.0;            // Hz
  const double* targets = nullptr;    // (frames x bodies x 3) m, world, z up, any floor height
  const double* root_quat = nullptr;  // (frames x 4) w-x-y-z
  const double* posture = nullptr;    // (frames x nq) joint positions wished for; or null
};

struct RetargetResult {
  std::vector<double> qpos;           // (frames x nq)
  std::vector<double> targets;        // (frames x bodies x 3) moved with the root's path and floor
  std::vector<double> reached;        // (frames x nq) before the contact pass
  std::vector<double> fit;            // (frames x bodies) m, off the targets there
  std::vector<double> error;          // (frames x bodies) m, off the moved targets after it
  std::vector<double> sole;           // (frames x feet) m, height of the lowest sphere
  std::vector<double> slide;          // (frames x feet) m/s, of what stands; NaN where nothing does
  std::vector<std::uint8_t> contact;  // (frames x feet x 2) heel and toes stand
  double limit_share = 0.0;           // of joint values at the end of their range
};

// Inverse kinematics of whole clips, then a contact pass.
//
// First every frame is solved from the one before (damped Gauss-Newton within joint ranges), then
// sweeps over the clip pull each frame to its targets and to the smoothed motion. The contact pass
// smooths how the root turns (in the model it carries the trunk, with no spine between them), finds
// when heels and toes stand, shifts the whole body smoothly so that they stand still and on
// the floor, holds them in place exactly, keeps swinging feet clear of the floor, and sweeps on.
class Retargeter {
 public:
  Retargeter(const mjModel* model, const RetargetConfig& config);

  int nq() const { return chain_.nq(); }
  int num_bodies() const { return static_cast<int>(config_.bodies.size()); }
  int num_feet() const { return static_cast<int>(config_.feet.size()); }

  // Solves one clip; safe from several threads at once.
  RetargetResult solve(const RetargetInput& input) const;

 private:
  class Run;

  RetargetConfig config_;
  ChainKinematics chain_;
  std::vector<double> neutral_;  // (nq)
  std::vector<char> is_free_;    // (nq) of free_joints
};

}  // namespace kinesis
