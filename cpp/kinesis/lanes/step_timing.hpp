// The yardstick of the benchmarks: physics steps in a plain loop.
#pragma once

#include <mujoco/mujoco.h>

#include "kinesis/physics/physics_step.hpp"

namespace kinesis {

// From each of count states (count x mjSTATE_INTEGRATION row, in mj_getState's order), takes so
// many steps, the states shared out among threads that have one mjData each. Returns the seconds
// that the loops took, threads and mjData made before.
double time_steps(const mjModel* model, Physics physics, const mjtNum* states, int count, int steps,
                  int threads);

}  // namespace kinesis
