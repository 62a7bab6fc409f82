#include "kinesis/engine/lane_pool.hpp"

#include "kinesis/engine/lane_control.hpp"
#include "kinesis/lanes/build.hpp"
#include "kinesis/lanes/library.hpp"

namespace kinesis {

std::unique_ptr<LanePool> LanePool::make(const mjModel* model, const MuscleControl& control,
                                         const GroundField* ground) {
  if (lane_libraries().empty() || !beyond_lanes(model).empty()) {
    return nullptr;
  }
  return std::make_unique<LanePool>(model, LaneControlRows::tables(model, control), ground);
}

std::unique_ptr<LaneBlock> LanePool::take() {
  {
    const std::lock_guard lock(lock_);
    if (!idle_.empty()) {
      std::unique_ptr<LaneBlock> block = std::move(idle_.back());
      idle_.pop_back();
      return block;
    }
  }
  return std::make_unique<LaneBlock>(&physics_);
}

void LanePool::give_back(std::unique_ptr<LaneBlock> block) {
  const std::lock_guard lock(lock_);
  idle_.push_back(std::move(block));
}

}  // namespace kinesis
