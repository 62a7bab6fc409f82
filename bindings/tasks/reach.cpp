// The task reach.
#include "kinesis/task/reach.hpp"

#include <pybind11/stl.h>

#include <memory>

#include "../arrays.hpp"
#include "../task_binding.hpp"
#include "kinesis/motion/motion_table.hpp"

namespace kinesis::bindings {
namespace {

void register_reach(py::module_& module) {
  py::class_<Place>(module, "Place")
      .def(py::init([](double ahead, double left) { return Place{ahead, left}; }), py::arg("ahead"),
           py::arg("left"));
  py::enum_<GoalObservation>(module, "GoalObservation")
      .value("plan", GoalObservation::kPlan)
      .value("kinesis", GoalObservation::kKinesis);
  py::class_<ReachConfig>(module, "ReachConfig")
      .def(py::init<>())
      .def_readwrite("guided", &ReachConfig::guided)
      .def_readwrite("places", &ReachConfig::places)
      .def_readwrite("waypoints", &ReachConfig::waypoints)
      .def_readwrite("half_width", &ReachConfig::half_width)
      .def_readwrite("centre", &ReachConfig::centre)
      .def_readwrite("height", &ReachConfig::height)
      .def_readwrite("radius", &ReachConfig::radius)
      .def_readwrite("hold", &ReachConfig::hold)
      .def_readwrite("top_speed", &ReachConfig::top_speed)
      .def_readwrite("arrival_time", &ReachConfig::arrival_time)
      .def_readwrite("top_speed_aside", &ReachConfig::top_speed_aside)
      .def_readwrite("turning_distance_behind", &ReachConfig::turning_distance_behind)
      .def_readwrite("turning_distance", &ReachConfig::turning_distance)
      .def_readwrite("observation", &ReachConfig::observation)
      .def_readwrite("follow_weight", &ReachConfig::follow_weight)
      .def_readwrite("progress_weight", &ReachConfig::progress_weight)
      .def_readwrite("energy_weight", &ReachConfig::energy_weight)
      .def_readwrite("upright_weight", &ReachConfig::upright_weight)
      .def_readwrite("arrived_weight", &ReachConfig::arrived_weight);
  py::class_<ReachTask, Task, std::shared_ptr<ReachTask>>(module, "ReachTask")
      .def(py::init([](const MotionTable& clips, const ReachConfig& config) {
             return std::make_shared<ReachTask>(&clips, config);
           }),
           py::arg("clips"), py::arg("config"), py::keep_alive<1, 2>());
}

const bool reach_added = TaskBinding::add("reach", &register_reach);

}  // namespace
}  // namespace kinesis::bindings
