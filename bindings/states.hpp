// Models and states as arguments of functions that step physics outside the engine.
#pragma once

#include <mujoco/mujoco.h>

#include "arrays.hpp"

namespace kinesis::bindings {

struct States {
  const double* rows;
  py::ssize_t count, width;

  States(const mjModel* model, const Array<double>& states)
      : count(states.shape(0)), width(mj_stateSize(model, mjSTATE_INTEGRATION)) {
    rows = checked(states, {count, width}, "states");
  }
};

inline const mjModel* model_at(std::uintptr_t address) {
  return reinterpret_cast<const mjModel*>(address);
}

}  // namespace kinesis::bindings
