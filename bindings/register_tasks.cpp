// Tasks: what the engine's environments are for.
#include <pybind11/stl.h>

#include <memory>

#include "arrays.hpp"
#include "kinesis/motion/motion_table.hpp"
#include "kinesis/task/imitation.hpp"

namespace kinesis::bindings {
namespace {

py::list figures(const Task& task) {
  py::list out;
  for (const Figure& figure : task.figures()) {
    out.append(py::make_tuple(figure.name, figure.is_reward_term));
  }
  return out;
}

void register_imitation(py::module_& module) {
  py::enum_<TerminationRule>(module, "TerminationRule")
      .value("any_body", TerminationRule::kAnyBody)
      .value("mean_body", TerminationRule::kMeanBody);
  py::class_<RewardConfig>(module, "RewardConfig")
      .def(py::init<>())
      .def_readwrite("weight", &RewardConfig::weight)
      .def_readwrite("scale", &RewardConfig::scale);
  py::class_<ImitationConfig>(module, "ImitationConfig")
      .def(py::init<>())
      .def_readwrite("root_body", &ImitationConfig::root_body)
      .def_readwrite("tracked_bodies", &ImitationConfig::tracked_bodies)
      .def_readwrite("linear_velocity_sensors", &ImitationConfig::linear_velocity_sensors)
      .def_readwrite("preview", &ImitationConfig::preview)
      .def_readwrite("reward", &ImitationConfig::reward)
      .def_readwrite("termination", &ImitationConfig::termination)
      .def_readwrite("termination_distance", &ImitationConfig::termination_distance);
  py::class_<ImitationTask, Task, std::shared_ptr<ImitationTask>>(module, "ImitationTask")
      .def(py::init([](const MotionTable& motions, const ImitationConfig& config) {
             return std::make_shared<ImitationTask>(&motions, config);
           }),
           py::arg("motions"), py::arg("config"), py::keep_alive<1, 2>());
}

}  // namespace

void register_tasks(py::module_& module) {
  py::class_<Task, std::shared_ptr<Task>>(module, "Task")
      .def_property_readonly("figures", &figures,
                             "What a step reports: names, and whether each is a reward term.");
  register_imitation(module);
}

}  // namespace kinesis::bindings
