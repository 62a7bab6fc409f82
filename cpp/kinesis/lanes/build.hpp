// From mjModel to the lanes' tables.
#pragma once

#include <mujoco/mujoco.h>

#include <string>

#include "kinesis/lanes/model.hpp"

namespace kinesis {

// What of a model the lanes do not step, in one line; empty where they step all of it.
std::string beyond_lanes(const mjModel* model);

// The tables of a model that nothing of is beyond the lanes, and of its control.
LaneModel make_lane_model(const mjModel* model, LaneControl control = {},
                          const GroundField* ground = nullptr);

// Parts of it, in the order in which they need each other.
namespace lanes {

inline float single(mjtNum value) { return static_cast<float>(value); }

// The rest pose, from which all that is constant is measured.
class RestPose {
 public:
  explicit RestPose(const mjModel* model);
  ~RestPose() { mj_deleteData(data_); }
  RestPose(const RestPose&) = delete;
  RestPose& operator=(const RestPose&) = delete;

  // A point, or the axes of a frame (3 x 3), given in the world, as its node's frame has them.
  void point(int body, const mjtNum* world, float* local) const;
  void axes(int body, const mjtNum* world, float* local) const;
  const mjData* data() const { return data_; }
  const mjModel* model() const { return model_; }

 private:
  const mjModel* model_;
  mjData* data_;
};

void build_tree(const RestPose& rest, LaneModel* lanes);
void build_paths(const RestPose& rest, LaneModel* lanes);
void build_contacts(const RestPose& rest, LaneModel* lanes);
void build_constraints(const RestPose& rest, LaneModel* lanes);  // with the patterns of M and H
void build_sensors(const RestPose& rest, LaneModel* lanes);

// Whether lanes have a sensor.
bool covers_sensor(const mjModel* model, int sensor);

// Whether what moves one node moves another too.
bool is_on(const LaneModel& lanes, int node, int upper);

// Impedance and reference of a constraint.
LaneStiffness stiffness_of(const mjModel* model, const mjtNum* solref, const mjtNum* solimp);

}  // namespace lanes
}  // namespace kinesis
