// One physics step of a muscle-driven model.
#pragma once

#include <mujoco/mujoco.h>

#include "kinesis/muscle/actuation.hpp"
#include "kinesis/muscle/path.hpp"
#include "kinesis/physics/lean_kinematics.hpp"
#include "kinesis/physics/variation.hpp"

namespace kinesis {

enum class Physics {
  kFused,   // mj_step's stages, some of them by our own
  kMujoco,  // mj_step
  kLanes,   // many bodies at once, in single precision: see LaneBlock
};

// Steps a model as mj_step does. The fused step differs by rounding alone (1e-12 of a step's
// result) and leaves fields that no later stage reads (see MusclePath and LeanKinematics) as they
// are.
//
// It calls MuJoCo's public stages in the order of MuJoCo 3.17; models that use more than these
// (tendons along joints, flexes, sleeping, the integrators RK4 and discrete, forward-inverse
// comparison) are stepped by mj_step.
class PhysicsStep {
 public:
  // Throws std::invalid_argument for a model whose tendons stretch (see MuscleForce) where it would
  // be stepped by mj_step, which keeps them rigid.
  PhysicsStep(const mjModel* model, Physics wanted);

  // How it steps, which is kMujoco for models that the fused step does not cover.
  Physics physics() const { return physics_; }

  // varied: what is different about the body, null for nothing. mj_step has no place for it:
  // where physics() is kMujoco it counts for nothing.
  void step(const mjModel* model, mjData* data, const BodyVariation* varied = nullptr) const;

  // In the place of mj_forward.
  void forward(const mjModel* model, mjData* data, const BodyVariation* varied = nullptr) const;

 private:
  mjModel lean(const mjModel* model, const BodyVariation* varied) const;
  void run_stages(const mjModel* lean, mjData* data, const BodyVariation* varied) const;

  MusclePath path_;
  LeanKinematics kinematics_;
  MuscleActuation actuation_;
  Physics physics_;
  int needless_;  // flags that disable what costs time and changes nothing
};

}  // namespace kinesis
