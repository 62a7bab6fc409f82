// A force from outside on one body of an environment, for a while.
#pragma once

#include <mujoco/mujoco.h>

#include "kinesis/base/typed_columns.hpp"

namespace kinesis {

// What is kept of an environment's push: written from outside, counted down by the engine.
struct Push {
  double body;       // id
  double force[3];   // N, world axes, at the body's centre of mass
  double time_left;  // s, 0: nobody pushes

  static void describe(Layout& kept) {
    append_columns<Push>(kept, {{"push_body", 1}, {"push_force", 3}, {"push_time_left", 1}});
  }

  // Rows are anyone's to write: a body that does not exist is not pushed.
  bool goes_on(const mjModel* model) const {
    return time_left > 0.0 && body >= 0.0 && body < static_cast<double>(model->nbody);
  }

  // What pushes in the physics step that comes: writes the force, its last part as a share of it,
  // and returns the body; -1 where nobody pushes.
  int in_step(const mjModel* model, double* out) const {
    if (!goes_on(model)) {
      return -1;
    }
    const double share = time_left < model->opt.timestep ? time_left / model->opt.timestep : 1.0;
    for (int axis = 0; axis < 3; ++axis) {
      out[axis] = share * force[axis];
    }
    return static_cast<int>(body);
  }

  void apply(const mjModel* model, mjData* data) const {
    double now[3];
    const int pushed = in_step(model, now);
    if (pushed >= 0) {
      mju_copy3(data->xfrc_applied + 6 * pushed, now);
    }
  }

  // After that step: mjData serves another environment next.
  void count_down(const mjModel* model, mjData* data) {
    if (goes_on(model)) {
      mju_zero(data->xfrc_applied + 6 * static_cast<int>(body), 6);
      time_left = time_left > model->opt.timestep ? time_left - model->opt.timestep : 0.0;
    }
  }
};

}  // namespace kinesis
