// What a policy senses of its own body.
#pragma once

#include <mujoco/mujoco.h>

#include <string>
#include <vector>

#include "kinesis/base/layout.hpp"

namespace kinesis {

// What to observe. Bodies and sensors are ids of the model; the root comes first among the bodies.
struct ObservationConfig {
  std::vector<int> bodies;                    // (B) observed bodies, the root first
  std::vector<int> linear_velocity_sensors;   // (B) frame sensors at the body origins, world axes
  std::vector<int> angular_velocity_sensors;  // (B)
  std::vector<int> touch_sensors;             // any number
  bool muscle_length = false;
  bool muscle_velocity = false;
  bool muscle_force = false;
  bool muscle_activation = false;
  std::vector<std::string> conditions;  // kept columns of the body's condition, in this order
};

// Writes the body's part of an observation. Stateless after construction.
class Proprioception {
 public:
  Proprioception(const mjModel* model, const ObservationConfig& config);

  const Layout& layout() const { return layout_; }

  // out (layout().size()). Positions and orientations are those data holds now; velocities, touch
  // and muscle quantities are those of its last forward pass.
  void write(const mjModel* model, const mjData* data, float* out) const;

 private:
  ObservationConfig config_;
  Layout layout_;
};

}  // namespace kinesis
