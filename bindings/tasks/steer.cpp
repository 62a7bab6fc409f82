// The task steer.
#include "kinesis/task/steer.hpp"

#include <pybind11/stl.h>

#include <memory>

#include "../arrays.hpp"
#include "../task_binding.hpp"
#include "kinesis/motion/motion_table.hpp"

namespace kinesis::bindings {
namespace {

void register_steer(py::module_& module) {
  py::class_<SteerCommand>(module, "SteerCommand")
      .def(py::init([](double time, double speed, double direction, double facing) {
             return SteerCommand{time, speed, direction, facing};
           }),
           py::arg("time"), py::arg("speed"), py::arg("direction"), py::arg("facing"));
  py::class_<SteerConfig>(module, "SteerConfig")
      .def(py::init<>())
      .def_readwrite("guided", &SteerConfig::guided)
      .def_readwrite("schedule", &SteerConfig::schedule)
      .def_readwrite("interval", &SteerConfig::interval)
      .def_readwrite("least_speed", &SteerConfig::least_speed)
      .def_readwrite("top_speed", &SteerConfig::top_speed)
      .def_readwrite("top_sideways_speed", &SteerConfig::top_sideways_speed)
      .def_readwrite("standing", &SteerConfig::standing)
      .def_readwrite("sideways", &SteerConfig::sideways)
      .def_readwrite("turn", &SteerConfig::turn)
      .def_readwrite("follow_weight", &SteerConfig::follow_weight)
      .def_readwrite("velocity_weight", &SteerConfig::velocity_weight)
      .def_readwrite("velocity_scale", &SteerConfig::velocity_scale)
      .def_readwrite("facing_weight", &SteerConfig::facing_weight)
      .def_readwrite("facing_scale", &SteerConfig::facing_scale)
      .def_readwrite("stride", &SteerConfig::stride);
  py::class_<SteerTask, Task, std::shared_ptr<SteerTask>>(module, "SteerTask")
      .def(py::init([](const MotionTable& clips, const SteerConfig& config) {
             return std::make_shared<SteerTask>(&clips, config);
           }),
           py::arg("clips"), py::arg("config"), py::keep_alive<1, 2>());
}

const bool steer_added = TaskBinding::add("steer", &register_steer);

}  // namespace
}  // namespace kinesis::bindings
