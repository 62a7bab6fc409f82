// The yardstick of the benchmarks: MuJoCo's own step in a plain loop.
#pragma once

#include <mujoco/mujoco.h>

namespace kinesis {

// From each of count states (count x mjSTATE_INTEGRATION row, in mj_getState's order), takes
// steps calls of mj_step, the states shared out among threads that have one mjData each.
// Returns the seconds that the loops took, threads and mjData made before.
double time_raw_steps(const mjModel* model, const mjtNum* states, int count, int steps,
                      int threads);

}  // namespace kinesis
