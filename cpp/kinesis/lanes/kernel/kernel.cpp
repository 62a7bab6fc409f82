// The door of this library: one step of a block, for one set of instructions.
#include "kinesis/lanes/kernel.hpp"

#include "kinesis/lanes/kernel/stages.hpp"

namespace kinesis::lanes {
namespace {

unsigned lanes_of(const Mask& mask) {
  unsigned bits = 0;
  const Floats flags = select(mask, Floats(1.0f), Floats(0.0f));
  for (int lane = 0; lane < kWidth; ++lane) {
    bits |= (flags[lane] != 0.0f ? 1u : 0u) << lane;
  }
  return bits;
}

// Lanes whose state is a number.
Mask finite(const LaneModel& model, const Workspace& w) {
  Floats sum(0.0f);
  for (int i = 0; i < model.nq; ++i) {
    sum += w.qpos[i] * 0.0f;
  }
  for (int i = 0; i < model.nv; ++i) {
    sum += (w.qvel[i] + w.qacc[i]) * 0.0f;
  }
  for (int i = 0; i < model.na; ++i) {
    sum += w.act[i] * 0.0f;
  }
  return sum == 0.0f;
}

std::size_t bytes(const LaneModel& model) { return Workspace(model, nullptr).bytes; }

void excite(const LaneModel& model, void* memory, int substeps_left) {
  Workspace w(model, memory);
  excite_muscles(model, w, substeps_left);
}

void keep(const LaneModel& model, void* memory) {
  Workspace w(model, memory);
  keep_arms(model, w);
}

void pose_nodes(const LaneModel& model, void* memory) {
  Workspace w(model, memory);
  pose(model, w);
}

void run_stages(const LaneModel& model, Workspace& w) {
  pose(model, w);
  weigh(model, w);
  balance(model, w);
  run_paths(model, w);
  pull_muscles(model, w);
  touch(model, w);
  constrain(model, w);
  solve(model, w);
  sense(model, w);
}

unsigned forward(const LaneModel& model, void* memory, int* iterations) {
  Workspace w(model, memory);
  run_stages(model, w);
  *iterations = w.iterations;
  return lanes_of(w.redo | !finite(model, w));
}

unsigned step(const LaneModel& model, void* memory, int* iterations) {
  Workspace w(model, memory);
  run_stages(model, w);
  integrate(model, w);
  *iterations = w.iterations;
  return lanes_of(w.redo | !finite(model, w));
}

}  // namespace
}  // namespace kinesis::lanes

extern "C" KINESIS_LANES_EXPORT const kinesis::LaneKernel* kinesis_lane_kernel() {
  using namespace kinesis::lanes;
  static const kinesis::LaneKernel kernel{kinesis::kLaneKernelVersion,
                                          kWidth,
                                          alignof(Floats),
                                          bytes,
                                          excite,
                                          keep,
                                          pose_nodes,
                                          forward,
                                          step};
  return &kernel;
}
