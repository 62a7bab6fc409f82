// How a task's classes come into the module: a file of bindings/tasks/ adds itself.
//
//   const bool added = TaskBinding::add("steer", &register_steer);
#pragma once

#include <pybind11/pybind11.h>

#include <string>
#include <vector>

namespace kinesis::bindings {

struct TaskBinding {
  using Register = void (*)(pybind11::module_&);

  std::string name;  // they are registered in the order of their names
  Register registers;

  static std::vector<TaskBinding>& all();
  static bool add(const char* name, Register registers) {
    all().push_back({name, registers});
    return true;
  }
};

}  // namespace kinesis::bindings
