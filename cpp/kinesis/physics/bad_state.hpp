// Whether MuJoCo found a state bad while it stepped.
#pragma once

#include <mujoco/mujoco.h>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace kinesis {

// MuJoCo prints a warning the first time that a counter leaves zero and, on a bad state, resets the
// simulation silently. Counters primed at a value that no path leads back to keep it quiet and
// show that it happened (a reset sets a counter to zero, then to one).
constexpr int kPrimed = 2;
constexpr mjtWarning kBadState[] = {mjWARN_BADQPOS, mjWARN_BADQVEL, mjWARN_BADQACC};

inline void prime_warnings(mjData* data) {
  for (const mjtWarning warning : kBadState) {
    data->warning[warning].number = kPrimed;
  }
}

inline bool raised_warning(const mjData* data) {
  return std::any_of(std::begin(kBadState), std::end(kBadState), [data](mjtWarning warning) {
    return data->warning[warning].number != kPrimed;
  });
}

inline bool finite_state(const mjModel* model, const mjData* data) {
  const auto all_finite = [](const mjtNum* values, mjtSize count) {
    return std::all_of(values, values + count, [](mjtNum value) { return std::isfinite(value); });
  };
  return all_finite(data->qpos, model->nq) && all_finite(data->qvel, model->nv) &&
         all_finite(data->act, model->na) && all_finite(data->sensordata, model->nsensordata);
}

}  // namespace kinesis
