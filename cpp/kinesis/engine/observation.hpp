// What a policy senses of its own body.
#pragma once

#include <mujoco/mujoco.h>

#include <string>
#include <vector>

#include "kinesis/base/layout.hpp"
#include "kinesis/body/heading_frame.hpp"

namespace kinesis {

// What to observe. Bodies and sensors are ids of the model; the root comes first among the bodies.
struct ObservationConfig {
  std::vector<int> bodies;                    // (B) observed bodies, the root first
  std::vector<int> linear_velocity_sensors;   // (B) frame sensors at the body origins, world axes
  std::vector<int> angular_velocity_sensors;  // (B)
  std::vector<int> touch_sensors;             // any number
  std::vector<int> feet;  // bodies that stand on the floor; what is over them stands upright
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
  // and muscle quantities are those of its last forward pass. Where the floor rises, what would be
  // seen on a level one (HeadingFrame). ground: m, how high it is about the root, which counts from
  // there.
  void write(const mjModel* model, const mjData* data, const Rise& rise, double ground,
             float* out) const;

 private:
  void stands(const HeadingFrame& heading, std::size_t body, double x, double y, double z,
              float* out) const;

  ObservationConfig config_;
  std::vector<bool> on_floor_;  // of config_.bodies
  Layout layout_;
};

}  // namespace kinesis
