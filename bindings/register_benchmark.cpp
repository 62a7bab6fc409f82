// The raw mj_step loop that the benchmarks compare with.
#include "arrays.hpp"
#include "kinesis/raw_step.hpp"

namespace kinesis::bindings {

void register_benchmark(py::module_& module) {
  module.def(
      "time_raw_steps",
      [](std::uintptr_t model_address, const Array<double>& states, int steps, int threads) {
        const auto* model = reinterpret_cast<const mjModel*>(model_address);
        const py::ssize_t count = states.shape(0);
        const double* rows =
            checked(states, {count, mj_stateSize(model, mjSTATE_INTEGRATION)}, "states");
        // Safe: the arguments hold references to the arrays, and no Python object is touched.
        const py::gil_scoped_release release;
        return time_raw_steps(model, rows, static_cast<int>(count), steps, threads);
      },
      py::arg("model_address"), py::arg("states").noconvert(), py::arg("steps"), py::arg("threads"),
      "Seconds that a C++ loop of `steps` mj_step calls from each state takes. states: (count, "
      "state size) rows of mjSTATE_INTEGRATION.");
}

}  // namespace kinesis::bindings
