// Physics steps outside the engine: for comparing and timing them.
#include <memory>
#include <stdexcept>
#include <string>

#include "arrays.hpp"
#include "kinesis/lanes/build.hpp"
#include "kinesis/lanes/step_timing.hpp"
#include "kinesis/physics/physics_step.hpp"
#include "states.hpp"

namespace kinesis::bindings {
namespace {

py::dict step_each(std::uintptr_t model_address, const Array<double>& states, int steps,
                   Physics wanted) {
  const mjModel* model = model_at(model_address);
  const States given(model, states);
  const auto count = static_cast<std::size_t>(given.count);
  std::vector<double> after(count * given.width), length(count * model->ntendon),
      jacobian(count * model->nJten);
  const PhysicsStep stepper(model, wanted);
  {
    // Safe: the arguments hold references to the arrays, and no Python object is touched.
    const py::gil_scoped_release release;
    const std::unique_ptr<mjData, decltype(&mj_deleteData)> data(mj_makeData(model), mj_deleteData);
    for (std::size_t i = 0; i < count; ++i) {
      mj_setState(model, data.get(), given.rows + i * given.width, mjSTATE_INTEGRATION);
      for (int step = 0; step < steps; ++step) {
        stepper.step(model, data.get());
      }
      mj_getState(model, data.get(), after.data() + i * given.width, mjSTATE_INTEGRATION);
      std::copy_n(data->ten_length, model->ntendon, length.data() + i * model->ntendon);
      std::copy_n(data->ten_J, model->nJten, jacobian.data() + i * model->nJten);
    }
  }
  py::dict out;
  out["states"] = owned(std::move(after), {given.count, given.width});
  out["ten_length"] =
      owned(std::move(length), {given.count, static_cast<py::ssize_t>(model->ntendon)});
  out["ten_J"] = owned(std::move(jacobian), {given.count, static_cast<py::ssize_t>(model->nJten)});
  out["physics"] = stepper.physics();
  return out;
}

double time_each(std::uintptr_t model_address, const Array<double>& states, int steps, int threads,
                 Physics wanted) {
  const mjModel* model = model_at(model_address);
  const States given(model, states);
  const std::string beyond = wanted == Physics::kLanes ? beyond_lanes(model) : "";
  if (!beyond.empty()) {
    throw std::invalid_argument("lanes do not step " + beyond);
  }
  // Safe: the arguments hold references to the arrays, and no Python object is touched.
  const py::gil_scoped_release release;
  return time_steps(model, wanted, given.rows, static_cast<int>(given.count), steps, threads);
}

}  // namespace

void register_physics(py::module_& module) {
  py::enum_<Physics>(module, "Physics")
      .value("fused", Physics::kFused)
      .value("mujoco", Physics::kMujoco)
      .value("lanes", Physics::kLanes);
  module.def("step_each", &step_each, py::arg("model_address"), py::arg("states").noconvert(),
             py::arg("steps"), py::arg("physics"),
             "States after `steps` steps from each of states, (count, state size) rows of "
             "mjSTATE_INTEGRATION, with the last step's ten_length and ten_J, and the physics "
             "that the model allowed.");
  module.def("time_steps", &time_each, py::arg("model_address"), py::arg("states").noconvert(),
             py::arg("steps"), py::arg("threads"), py::arg("physics"),
             "Seconds that a C++ loop of `steps` physics steps from each state takes.");
}

}  // namespace kinesis::bindings
