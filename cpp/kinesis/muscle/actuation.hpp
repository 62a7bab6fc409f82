// Muscles in the place of mj_fwdActuation.
#pragma once

#include <mujoco/mujoco.h>

#include "kinesis/muscle/force.hpp"

namespace kinesis {

// From excitations and activations to how activations change and what forces act on the joints, for
// models that are driven by muscles alone.
class MuscleActuation {
 public:
  explicit MuscleActuation(const mjModel* model);

  // Whether all actuators are muscles, without what MuJoCo offers beside: limits of forces, delays,
  // damping, activations stepped ahead, plugins. Otherwise mj_fwdActuation has to be called.
  bool covers_model() const { return covers_model_; }

  // Needs lengths, velocities and moments of the actuators. Fills act_dot, actuator_force and
  // qfrc_actuator. Excitations that are no numbers, and models whose actuation is disabled, are
  // left to mj_fwdActuation, which keeps tendons rigid.
  void update(const mjModel* model, mjData* data) const;

  // Whether any tendon stretches: see MuscleForce.
  bool stretches() const { return force_.stretches(); }
  // A step is over: the unstretched lengths of what was worked out are where the next one starts.
  void keep(const mjModel* model, mjData* data) const;

 private:
  bool covers_model_;
  MuscleForce force_;
};

}  // namespace kinesis
