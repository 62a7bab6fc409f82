// Clips of motion as flat arrays, and their lookup at a moment.
#pragma once

#include <cstdint>
#include <vector>

#include "kinesis/motion/reference.hpp"

namespace kinesis {

// Arrays of all clips, frame after frame; borrowed, they must outlive every user.
struct MotionArrays {
  int num_clips = 0;
  std::int64_t num_frames = 0;                // of all clips
  int nq = 0;                                 // positions a frame
  int nv = 0;                                 // velocities a frame
  int num_tracked = 0;                        // tracked bodies a frame
  const std::int64_t* first_frame = nullptr;  // (num_clips + 1) first frame of each clip, then end
  const double* frame_rate = nullptr;         // (num_clips) Hz
  const float* qpos = nullptr;                // (frames x nq)
  const float* qvel = nullptr;                // (frames x nv)
  const float* tracked_pos = nullptr;         // (frames x num_tracked x 3) m, world
  const float* tracked_vel = nullptr;         // (frames x num_tracked x 3) m/s, world

  // The muscle prior, where the motions have one; see MotionPrior.
  int num_torques = 0;                // independent joints a frame
  int num_muscles = 0;                // muscles a frame
  const float* torque = nullptr;      // (frames x num_torques) N m
  const float* activation = nullptr;  // (frames x num_muscles)
  const float* excitation = nullptr;  // (frames x num_muscles)
};

// Motions of clips, linear in time and held at both ends of a clip.
class MotionTable final : public Reference {
 public:
  // quaternion_addresses: where unit quaternions begin in qpos; they are normalised after the
  // interpolation (their signs must already agree from frame to frame).
  // Throws std::invalid_argument where frames lie outside the arrays or quaternions outside qpos.
  MotionTable(const MotionArrays& arrays, std::vector<int> quaternion_addresses);

  int num_clips() const { return arrays_.num_clips; }
  int num_tracked() const override { return arrays_.num_tracked; }
  int nq() const override { return arrays_.nq; }
  int nv() const override { return arrays_.nv; }
  int num_torques() const override { return arrays_.num_torques; }
  int num_muscles() const override { return arrays_.num_muscles; }

  // Seconds between a clip's first and last frame.
  double duration(int clip) const override;

  void joint_state(const Moment& at, const double* plan, double* qpos, double* qvel) const override;
  void tracked_state(const Moment& at, const double* plan, double* pos, double* vel) const override;
  void torque(const Moment& at, const double* plan, double* out) const override;
  void activation(const Moment& at, const double* plan, double* out) const override;
  void excitation(const Moment& at, const double* plan, double* out) const override;

  // In a library of hours it lies in main memory, and a physics step is time enough to fetch it.
  void prefetch_tracked(const Moment& at, const double* plan) const override;

 private:
  struct Bracket {  // the two frames around a time and the weight of the later one
    std::int64_t before;
    std::int64_t after;
    double weight;
  };
  Bracket bracket(const Moment& at) const;

  MotionArrays arrays_;
  std::vector<int> quaternion_addresses_;
};

}  // namespace kinesis
