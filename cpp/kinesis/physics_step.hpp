// One physics step of a muscle-driven model.
#pragma once

#include <mujoco/mujoco.h>

#include "kinesis/muscle_path.hpp"

namespace kinesis {

enum class Physics {
  kFused,   // mj_step's stages, with MusclePath in the place of mj_tendon
  kMujoco,  // mj_step
};

// Steps a model as mj_step does. The fused step differs by rounding alone (1e-12 of a step's
// result) and leaves the fields that only drawing reads (see MusclePath::update) as they are.
//
// It calls MuJoCo's public stages in the order of MuJoCo 3.17; models that use more than these
// (tendons along joints, flexes, sleeping, the integrators RK4 and discrete, forward-inverse
// comparison) are stepped by mj_step.
class PhysicsStep {
 public:
  PhysicsStep(const mjModel* model, Physics wanted);

  // How it steps, which is kMujoco for models that the fused step does not cover.
  Physics physics() const { return physics_; }

  void step(const mjModel* model, mjData* data) const;

 private:
  void forward(const mjModel* model, mjData* data) const;

  MusclePath path_;
  Physics physics_;
};

}  // namespace kinesis
