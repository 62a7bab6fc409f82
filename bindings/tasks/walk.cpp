// The task walk.
#include "kinesis/task/walk.hpp"

#include <pybind11/stl.h>

#include <cstdint>
#include <memory>

#include "../arrays.hpp"
#include "../task_binding.hpp"
#include "kinesis/motion/motion_table.hpp"

namespace kinesis::bindings {
namespace {

void register_walk(py::module_& module) {
  py::class_<FibreTissue>(module, "FibreTissue")
      .def(py::init<>())
      .def_readwrite("mass", &FibreTissue::mass)
      .def_readwrite("slow", &FibreTissue::slow)
      .def_readwrite("optimal_length", &FibreTissue::optimal_length)
      .def_readwrite("shift", &FibreTissue::shift)
      .def_readwrite("stretches", &FibreTissue::stretches);
  py::class_<WalkConfig>(module, "WalkConfig")
      .def(py::init<>())
      .def_readwrite("steer", &WalkConfig::steer)
      .def_readwrite("tissue", &WalkConfig::tissue)
      .def_readwrite("alive_weight", &WalkConfig::alive_weight)
      .def_readwrite("metabolic_weight", &WalkConfig::metabolic_weight)
      .def_readwrite("drive_weight", &WalkConfig::drive_weight)
      .def_readwrite("limits_weight", &WalkConfig::limits_weight)
      .def_readwrite("limits_margin", &WalkConfig::limits_margin)
      .def_readwrite("head_weight", &WalkConfig::head_weight);
  py::class_<WalkTask, Task, std::shared_ptr<WalkTask>>(module, "WalkTask")
      .def(py::init([](std::uintptr_t model, const MotionTable& clips, const WalkConfig& config) {
             return std::make_shared<WalkTask>(reinterpret_cast<const mjModel*>(model), &clips,
                                               config);
           }),
           py::arg("model_address"), py::arg("clips"), py::arg("config"), py::keep_alive<1, 3>());
}

const bool walk_added = TaskBinding::add("walk", &register_walk);

}  // namespace
}  // namespace kinesis::bindings
