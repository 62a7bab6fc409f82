// Tasks: what the engine's environments are for.
#include <pybind11/stl.h>

#include <memory>

#include "arrays.hpp"
#include "kinesis/motion/motion_table.hpp"
#include "kinesis/task/imitation.hpp"
#include "kinesis/task/reach.hpp"
#include "kinesis/task/steer.hpp"

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

void register_guided(py::module_& module) {
  py::class_<GuidedConfig>(module, "GuidedConfig")
      .def(py::init<>())
      .def_readwrite("imitation", &GuidedConfig::imitation)
      .def_readwrite("matching", &GuidedConfig::matching)
      .def_readwrite("planner", &GuidedConfig::planner)
      .def_readwrite("blend_time", &GuidedConfig::blend_time)
      .def_readwrite("fall_height", &GuidedConfig::fall_height)
      .def_readwrite("control_timestep", &GuidedConfig::control_timestep);
}

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
      .def_readwrite("top_speed", &SteerConfig::top_speed)
      .def_readwrite("top_sideways_speed", &SteerConfig::top_sideways_speed)
      .def_readwrite("standing", &SteerConfig::standing)
      .def_readwrite("sideways", &SteerConfig::sideways)
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

}  // namespace

void register_tasks(py::module_& module) {
  py::class_<Task, std::shared_ptr<Task>>(module, "Task")
      .def_property_readonly("figures", &figures,
                             "What a step reports: names, and whether each is a reward term.");
  register_imitation(module);
  register_guided(module);
  register_steer(module);
  register_reach(module);
}

}  // namespace kinesis::bindings
