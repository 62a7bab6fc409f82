#include "kinesis/physics/step_timing.hpp"

#include <barrier>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

namespace kinesis {

double time_steps(const mjModel* model, Physics physics, const mjtNum* states, int count, int steps,
                  int threads) {
  const PhysicsStep stepper(model, physics);
  using Clock = std::chrono::steady_clock;
  const auto width = static_cast<std::size_t>(mj_stateSize(model, mjSTATE_INTEGRATION));
  std::barrier gate(threads + 1);
  std::vector<std::thread> workers;
  for (int worker = 0; worker < threads; ++worker) {
    workers.emplace_back([=, &gate, &stepper] {
      const std::unique_ptr<mjData, decltype(&mj_deleteData)> data(mj_makeData(model),
                                                                   mj_deleteData);
      gate.arrive_and_wait();
      for (int state = worker; state < count; state += threads) {
        mj_setState(model, data.get(), states + state * width, mjSTATE_INTEGRATION);
        for (int step = 0; step < steps; ++step) {
          stepper.step(model, data.get());
        }
      }
      gate.arrive_and_wait();
    });
  }
  gate.arrive_and_wait();
  const auto begin = Clock::now();
  gate.arrive_and_wait();
  const std::chrono::duration<double> seconds = Clock::now() - begin;
  for (std::thread& worker : workers) {
    worker.join();
  }
  return seconds.count();
}

}  // namespace kinesis
