// A motion of the level floor, laid on slopes and uneven ground.
#pragma once

#include <memory>

#include "kinesis/body/ground.hpp"
#include "kinesis/body/planted_legs.hpp"
#include "kinesis/motion/reference.hpp"

namespace kinesis {

// Reads another motion. Where an environment's floor rises (BodyVariation::slope: a flat floor on
// which weight pulls aslant), the root leans against gravity over the same places, each point moved
// by its height along what rises. Where it is uneven (Ground), feet are as high over the ground
// under them as they were over the floor, and the root over what is about it. The legs between are
// solved to reach. Other joints, torques, activations and excitations are the motion's own.
//
// Plan: the footing, then the other motion's.
class LaidMotion final : public Reference {
 public:
  // Borrows the motion. legs: of its model; its first free joint is the root. field: of uneven
  // ground; may be null.
  LaidMotion(const Reference* level, std::shared_ptr<const PlantedLegs> legs,
             std::shared_ptr<const GroundField> field = nullptr);

  // Where on the level floor a point would be that is at place (2) and so high.
  void upright_place(const double* plan, double height, double* place) const {
    place[0] -= plan[0] * height;
    place[1] -= plan[1] * height;
  }

  const Layout& plan() const override { return layout_; }
  void begin(const Moment& start, EpisodeRandom& random, double* plan) const override;
  void stand(const Footing& footing, double* plan) const override;
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
  static constexpr int kFooting = static_cast<int>(Footing{}.size());
  static bool slopes(const double* plan) { return plan[0] != 0.0 || plan[1] != 0.0; }
  Ground ground(const double* plan) const { return Ground::of(field_.get(), plan + kRiseColumns); }
  bool level(const double* plan) const { return !slopes(plan) && !ground(plan).uneven(); }
  void lay_root(const double* plan, double* qpos, double* qvel) const;

  const Reference* level_;
  std::shared_ptr<const PlantedLegs> legs_;
  std::shared_ptr<const GroundField> field_;
  Layout layout_;
};

}  // namespace kinesis
