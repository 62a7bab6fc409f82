// What a library of lanes gives: the same source, compiled for one set of instructions each.
#pragma once

#include <cstddef>

#include "kinesis/lanes/model.hpp"

#if defined(_WIN32)
#define KINESIS_LANES_EXPORT __declspec(dllexport)
#else
#define KINESIS_LANES_EXPORT __attribute__((visibility("default")))
#endif

namespace kinesis {

inline constexpr int kLaneKernelVersion = 7;  // of this struct and of LaneModel

struct LaneKernel {
  int version;
  int width;              // bodies a block
  std::size_t alignment;  // of a block's memory
  // How much memory a block needs. Its first numbers are LaneFields', width floats each.
  std::size_t (*bytes)(const LaneModel& model);
  // Excitations of the physics step that comes, where lanes do control: from actions, what of the
  // motion is followed, and what keep and the last steps left. substeps_left: of the control step.
  void (*excite)(const LaneModel& model, void* memory, int substeps_left);
  // After a physics step: what control starts from next.
  void (*keep)(const LaneModel& model, void* memory);
  // Poses of the nodes in the state that a block is in.
  void (*pose)(const LaneModel& model, void* memory);
  // All of a physics step but its end, which moves the bodies; returns as step does.
  unsigned (*forward)(const LaneModel& model, void* memory, int* iterations);
  // One physics step of a block. Returns the lanes, a bit each, whose step is to be done again in
  // double precision: what they hold now means nothing. iterations: of the slowest lane's solver.
  unsigned (*step)(const LaneModel& model, void* memory, int* iterations);
};

}  // namespace kinesis
