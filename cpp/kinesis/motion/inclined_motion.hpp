// A motion of the level floor, laid on slopes.
#pragma once

#include <memory>

#include "kinesis/body/planted_legs.hpp"
#include "kinesis/motion/reference.hpp"

namespace kinesis {

// Reads another motion; where an environment's floor rises (BodyVariation::slope: a flat floor on
// which weight pulls aslant), the root leans against gravity over the same places, each point moved
// by its height along what rises; and the feet stay on the floor as they are, their legs reaching
// them. Other joints, torques, activations and excitations are the motion's own.
//
// Plan: by how much the floor rises a m along x and along y, then the other motion's.
class InclinedMotion final : public Reference {
 public:
  // Borrows the motion. legs: of its model; its first free joint is the root.
  InclinedMotion(const Reference* level, std::shared_ptr<const PlantedLegs> legs);

  // Where on the level floor a point would be that is at place (2) and so high.
  void upright_place(const double* plan, double height, double* place) const {
    place[0] -= plan[0] * height;
    place[1] -= plan[1] * height;
  }

  const Layout& plan() const override { return layout_; }
  void begin(const Moment& start, EpisodeRandom& random, double* plan) const override;
  void incline(const double* rise, double* plan) const override;
  void lay(const double* plan, double* qpos, double* qvel) const override;
  int nq() const override { return level_->nq(); }
  int nv() const override { return level_->nv(); }
  int num_tracked() const override { return level_->num_tracked(); }
  int num_torques() const override { return level_->num_torques(); }
  int num_muscles() const override { return level_->num_muscles(); }
  double duration(int clip) const override { return level_->duration(clip); }

  void joint_state(const Moment& at, const double* plan, double* qpos, double* qvel) const override;
  void root_state(const Moment& at, const double* plan, double* qpos, double* qvel) const override;
  void tracked_state(const Moment& at, const double* plan, double* pos, double* vel) const override;
  void torque(const Moment& at, const double* plan, double* out) const override;
  void activation(const Moment& at, const double* plan, double* out) const override;
  void excitation(const Moment& at, const double* plan, double* out) const override;
  void prefetch_tracked(const Moment& at, const double* plan) const override;

 private:
  static constexpr int kRise = 2;
  static bool level(const double* plan) { return plan[0] == 0.0 && plan[1] == 0.0; }
  void lean_root(const double* rise, double* qpos, double* qvel) const;

  const Reference* level_;
  std::shared_ptr<const PlantedLegs> legs_;
  Layout layout_;
};

}  // namespace kinesis
