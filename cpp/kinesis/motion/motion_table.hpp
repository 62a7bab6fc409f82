// Reference motions as flat arrays, and their lookup at a time.
#pragma once

#include <cstdint>
#include <vector>

namespace kinesis {

// Arrays of all clips, frame after frame; borrowed, they must outlive every user.
struct MotionArrays {
  int num_clips = 0;
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

// Looks motions up, linear in time and held at both ends of a clip.
class MotionTable {
 public:
  // quaternion_addresses: where unit quaternions begin in qpos; they are normalised after the
  // interpolation (their signs must already agree from frame to frame).
  MotionTable(const MotionArrays& arrays, std::vector<int> quaternion_addresses)
      : arrays_(arrays), quaternion_addresses_(std::move(quaternion_addresses)) {}

  int num_clips() const { return arrays_.num_clips; }
  int num_tracked() const { return arrays_.num_tracked; }
  int nq() const { return arrays_.nq; }
  int nv() const { return arrays_.nv; }
  int num_torques() const { return arrays_.num_torques; }  // 0 without a prior
  int num_muscles() const { return arrays_.num_muscles; }  // 0 without a prior

  // Seconds between a clip's first and last frame.
  double duration(int clip) const;

  // Joint state at a time: qpos (nq), qvel (nv).
  void joint_state(int clip, double time, double* qpos, double* qvel) const;

  // The prior at a time: torque (num_torques), activation and excitation (num_muscles).
  void torque(int clip, double time, double* out) const;
  void activation(int clip, double time, double* out) const;
  void excitation(int clip, double time, double* out) const;

  // Asks the processor for what tracked_state will read at a time: in a library of hours it lies
  // in main memory, and a physics step is time enough to fetch it.
  void prefetch_tracked(int clip, double time) const;

  // Tracked bodies at a time: pos (num_tracked x 3), vel (num_tracked x 3), world frame. Past the
  // clip's end they go on at their last velocity: the step that passes it is compared fairly.
  void tracked_state(int clip, double time, double* pos, double* vel) const;

 private:
  struct Bracket {  // the two frames around a time and the weight of the later one
    std::int64_t before;
    std::int64_t after;
    double weight;
  };
  Bracket bracket(int clip, double time) const;

  MotionArrays arrays_;
  std::vector<int> quaternion_addresses_;
};

}  // namespace kinesis
