#include "kinesis/lanes/step_timing.hpp"

#include <algorithm>
#include <barrier>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "kinesis/lanes/block.hpp"

namespace kinesis {
namespace {

// The states of one worker, one after the other.
class Loop {
 public:
  Loop(const mjModel* model, const PhysicsStep& stepper)
      : model_(model), stepper_(stepper), data_(mj_makeData(model), mj_deleteData) {}

  void run(const mjtNum* states, std::size_t width, int count, int steps) {
    for (int state = 0; state < count; ++state) {
      mj_setState(model_, data_.get(), states + state * width, mjSTATE_INTEGRATION);
      for (int step = 0; step < steps; ++step) {
        stepper_.step(model_, data_.get());
      }
    }
  }

 private:
  const mjModel* model_;
  const PhysicsStep& stepper_;
  std::unique_ptr<mjData, decltype(&mj_deleteData)> data_;
};

// The states of one worker, a vector of them at a time.
class LaneLoop {
 public:
  LaneLoop(const mjModel* model, const PhysicsStep& exact, const LanePhysics* lanes)
      : model_(model), exact_(exact), block_(lanes), data_(mj_makeData(model), mj_deleteData) {}

  void run(const mjtNum* states, std::size_t width, int count, int steps) {
    for (int first = 0; first < count; first += block_.width()) {
      for (int lane = 0; lane < block_.width(); ++lane) {
        const int state = std::min(first + lane, count - 1);
        mj_setState(model_, data_.get(), states + state * width, mjSTATE_INTEGRATION);
        block_.load(lane, data_.get());
      }
      for (int step = 0; step < steps; ++step) {
        block_.step(~0u, exact_, model_, data_.get());
      }
    }
  }

 private:
  const mjModel* model_;
  const PhysicsStep& exact_;
  LaneBlock block_;
  std::unique_ptr<mjData, decltype(&mj_deleteData)> data_;
};

}  // namespace

double time_steps(const mjModel* model, Physics physics, const mjtNum* states, int count, int steps,
                  int threads) {
  const bool in_lanes = physics == Physics::kLanes;
  const PhysicsStep stepper(model, in_lanes ? Physics::kFused : physics);
  const auto lanes = in_lanes ? std::make_unique<LanePhysics>(model) : nullptr;
  using Clock = std::chrono::steady_clock;
  const auto width = static_cast<std::size_t>(mj_stateSize(model, mjSTATE_INTEGRATION));
  std::barrier gate(threads + 1);
  std::vector<std::thread> workers;
  workers.reserve(static_cast<std::size_t>(threads));
  for (int worker = 0; worker < threads; ++worker) {
    workers.emplace_back([=, &gate, &stepper, &lanes] {
      const int begin = count * worker / threads, end = count * (worker + 1) / threads;
      const auto run = [&](auto&& loop) {
        gate.arrive_and_wait();
        loop.run(states + begin * width, width, end - begin, steps);
        gate.arrive_and_wait();
      };
      if (lanes != nullptr) {
        run(LaneLoop(model, stepper, lanes.get()));
      } else {
        run(Loop(model, stepper));
      }
    });
  }
  gate.arrive_and_wait();
  const auto start = Clock::now();
  gate.arrive_and_wait();
  const std::chrono::duration<double> seconds = Clock::now() - start;
  for (std::thread& worker : workers) {
    worker.join();
  }
  return seconds.count();
}

}  // namespace kinesis
