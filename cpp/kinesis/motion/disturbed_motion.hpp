// Clips as other people's recordings come: with errors, drawn anew in every episode.
#pragma once

#include <vector>

#include "kinesis/body/chain_kinematics.hpp"
#include "kinesis/motion/motion_table.hpp"

namespace kinesis {

// What a number is drawn from, evenly.
struct Span {
  double low = 0.0;
  double high = 0.0;
};

// A constant error of joints that err together, as where a skeleton has its joint centres
// elsewhere.
struct JointError {
  std::vector<int> joints;          // hinges
  std::vector<double> coefficient;  // of each: rad a unit of what is drawn
  Span span;
};

// Kinds of errors. What is drawn of a kind holds for the episode.
struct MotionErrors {
  double share = 0.0;  // of episodes that have errors
  double each = 0.5;   // probability of each kind in them
  Span height;         // m
  Span slope;          // rad, of the floor about both of its axes, through where the episode starts
  Span drift;          // m/s along both axes of the floor
  Span shake, shake_frequency;    // m along all axes, Hz: a sine of the root
  Span timing, timing_frequency;  // s, Hz: a sine by which the clip is early or late
  Span smoothing;    // s: means are read of the moments so much before, at and so much after
  Span joint_noise;  // rad, standard deviation, of independent joints
  Span root_noise;   // m, standard deviation
  Span dropped;      // share of half seconds in which the first frames stand still
  double noise_rate = 15.0;  // Hz at which noise is drawn, and joined by straight lines
  double drop_time = 0.13;   // s for which dropped frames stand still
  std::vector<JointError> joints;
};

// Reads a table's clips with errors. Joints keep their couplings, and tracked bodies are where the
// joints put them; where joints err, the root is raised or lowered so that the lowest tracked body
// stays as high, in the mean of the second and a half from the start. Torques, activations and
// excitations are the clip's own, at the moment that is read.
class DisturbedMotion final : public Reference {
 public:
  // Borrows the clips. tracked: the bodies whose positions they hold. Throws std::invalid_argument
  // for what ChainKinematics does, and for joints that are no independent hinges.
  DisturbedMotion(const MotionTable* clips, const mjModel* model, const std::vector<int>& tracked,
                  const MotionErrors& errors);

  const Layout& plan() const override { return layout_; }
  void begin(const Moment& start, EpisodeRandom& random, double* plan) const override;
  int nq() const override { return clips_->nq(); }
  int nv() const override { return clips_->nv(); }
  int num_tracked() const override { return clips_->num_tracked(); }
  int num_torques() const override { return clips_->num_torques(); }
  int num_muscles() const override { return clips_->num_muscles(); }
  double duration(int clip) const override { return clips_->duration(clip); }

  void joint_state(const Moment& at, const double* plan, double* qpos, double* qvel) const override;
  void tracked_state(const Moment& at, const double* plan, double* pos, double* vel) const override;
  void torque(const Moment& at, const double* plan, double* out) const override;
  void activation(const Moment& at, const double* plan, double* out) const override;
  void excitation(const Moment& at, const double* plan, double* out) const override;
  void prefetch_tracked(const Moment& at, const double* plan) const override;

 private:
  // Columns of plan, in order; the first is 0 in an episode without errors.
  enum Column {
    kSeed,
    kStart,  // 4: s into the clip, and where the root is, m
    kHeight,
    kSlope,   // 2
    kDrift,   // 2
    kShake,   // 5: m, Hz, and three phases
    kTiming,  // 3: s, Hz, phase
    kSmoothing,
    kNoise,  // 2: joints, root
    kDropped,
    kJoints,
  };
  struct Read {
    Moment at;
    double rate;  // of the clip's time
  };
  struct Independent {  // joint
    int qpos, qvel;
  };
  const double* column(Column which, const double* plan) const {
    return plan + layout_[which].begin;
  }
  Read read_at(const Moment& at, const double* plan) const;
  // Noise of deviation 1, and how fast it changes, of three axes of the root and of the joints.
  void fill_noise(const double* plan, double time, double* value, double* rate) const;
  int num_noisy() const { return 3 + static_cast<int>(independent_.size()); }
  void offset_joints(const double* plan, double* qpos) const;
  double lowest(const double* qpos) const;

  const MotionTable* clips_;
  ChainKinematics chain_;
  JointCouplings couplings_;
  MotionErrors errors_;
  std::vector<int> links_;       // of the tracked bodies
  std::vector<int> joint_qpos_;  // (joints of the model)
  std::vector<int> joint_qvel_;  // (joints of the model)
  std::vector<Independent> independent_;
  int root_qpos_, root_qvel_;
  Layout layout_;
};

}  // namespace kinesis
