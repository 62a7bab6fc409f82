// Tasks: what the engine's environments are for. Imitation, what planned motions share, and then
// all of bindings/tasks/, which register themselves.
#include <pybind11/stl.h>

#include <algorithm>
#include <memory>

#include "arrays.hpp"
#include "kinesis/motion/motion_table.hpp"
#include "kinesis/task/guided.hpp"
#include "kinesis/task/imitation.hpp"
#include "kinesis/task/rewarded.hpp"
#include "task_binding.hpp"

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
      .def_readwrite("observe_root_rotation", &ImitationConfig::observe_root_rotation)
      .def_readwrite("reward", &ImitationConfig::reward)
      .def_readwrite("termination", &ImitationConfig::termination)
      .def_readwrite("termination_distance", &ImitationConfig::termination_distance);
  py::class_<ImitationTask, Task, std::shared_ptr<ImitationTask>>(module, "ImitationTask")
      .def(py::init([](const Reference& motions, const ImitationConfig& config,
                       const Reference* judged) {
             return std::make_shared<ImitationTask>(&motions, config, judged);
           }),
           py::arg("motions"), py::arg("config"), py::arg("judged") = nullptr,
           py::keep_alive<1, 2>(), py::keep_alive<1, 4>());
}

void register_rewarded(py::module_& module) {
  py::class_<RewardedTask, Task, std::shared_ptr<RewardedTask>>(module, "RewardedTask")
      .def(py::init([](std::shared_ptr<Task> task,
                       const std::vector<std::pair<std::string, double>>& weights) {
             return std::make_shared<RewardedTask>(std::move(task), weights);
           }),
           py::arg("task"), py::arg("weights"), py::keep_alive<1, 2>());
  module.def(
      "reward_terms",
      [] {
        std::vector<std::string> names;
        for (const RewardTerm& term : RewardTerm::all()) {
          names.push_back(term.name);
        }
        return names;
      },
      "Names of the reward terms that any task can be paid with.");
}

void register_guided(py::module_& module) {
  py::class_<GuidedConfig>(module, "GuidedConfig")
      .def(py::init<>())
      .def_readwrite("imitation", &GuidedConfig::imitation)
      .def_readwrite("matching", &GuidedConfig::matching)
      .def_readwrite("planner", &GuidedConfig::planner)
      .def_property(
          "legs", [](const GuidedConfig& config) { return config.legs; },
          [](GuidedConfig& config, std::shared_ptr<PlantedLegs> legs) {
            config.legs = std::move(legs);
          })
      .def_property(
          "ground", [](const GuidedConfig& config) { return config.ground; },
          [](GuidedConfig& config, std::shared_ptr<GroundField> ground) {
            config.ground = std::move(ground);
          })
      .def_readwrite("blend_time", &GuidedConfig::blend_time)
      .def_readwrite("fall_height", &GuidedConfig::fall_height)
      .def_readwrite("control_timestep", &GuidedConfig::control_timestep);
}

}  // namespace

std::vector<TaskBinding>& TaskBinding::all() {
  static std::vector<TaskBinding> found;
  return found;
}

void register_tasks(py::module_& module) {
  py::class_<Task, std::shared_ptr<Task>>(module, "Task")
      .def_property_readonly("figures", &figures,
                             "What a step reports: names, and whether each is a reward term.");
  register_imitation(module);
  register_rewarded(module);
  register_guided(module);
  std::vector<TaskBinding> others = TaskBinding::all();
  std::sort(others.begin(), others.end(),
            [](const TaskBinding& a, const TaskBinding& b) { return a.name < b.name; });
  for (const TaskBinding& task : others) task.registers(module);
}

}  // namespace kinesis::bindings
