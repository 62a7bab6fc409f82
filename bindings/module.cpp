// Index of the extension module: one register function a concept.
#include <mujoco/mujoco.h>
#include <pybind11/pybind11.h>

namespace kinesis::bindings {
void register_effort(pybind11::module_& module);
void register_motions(pybind11::module_& module);
void register_muscles(pybind11::module_& module);
void register_lanes(pybind11::module_& module);
void register_physics(pybind11::module_& module);
void register_planning(pybind11::module_& module);
void register_engine(pybind11::module_& module);
void register_retargeting(pybind11::module_& module);
void register_tasks(pybind11::module_& module);
}  // namespace kinesis::bindings

PYBIND11_MODULE(_engine, module) {
  module.doc() = "Native engine of kinesis_fast; use it through kinesis_fast.envs.";
  kinesis::bindings::register_retargeting(module);  // whose soles the prior of motions has
  kinesis::bindings::register_muscles(module);
  kinesis::bindings::register_effort(module);
  kinesis::bindings::register_motions(module);
  kinesis::bindings::register_lanes(module);
  kinesis::bindings::register_physics(module);
  kinesis::bindings::register_planning(module);
  kinesis::bindings::register_tasks(module);
  kinesis::bindings::register_engine(module);
  module.def(
      "mujoco_version", [] { return mj_versionString(); },
      "Version of the MuJoCo library that this extension runs on.");
}
