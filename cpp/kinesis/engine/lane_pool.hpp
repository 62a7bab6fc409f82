// Blocks of lanes for the threads of an engine.
#pragma once

#include <mujoco/mujoco.h>

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "kinesis/control/muscle_control.hpp"
#include "kinesis/lanes/block.hpp"

namespace kinesis {

// Lends a block to each thread that asks; as many are made as ever work at once. What a block holds
// belongs to whom it is lent to.
class LanePool {
 public:
  // Null where a model, or this build, has no lanes. ground: borrowed; may be null.
  static std::unique_ptr<LanePool> make(const mjModel* model, const MuscleControl& control,
                                        const GroundField* ground);

  class Loan {
   public:
    explicit Loan(LanePool* pool) : pool_(pool), block_(pool->take()) {}
    ~Loan() { pool_->give_back(std::move(block_)); }
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    LaneBlock* get() const { return block_.get(); }

   private:
    LanePool* pool_;
    std::unique_ptr<LaneBlock> block_;
  };

  LanePool(const mjModel* model, LaneControl control, const GroundField* ground)
      : physics_(model, std::move(control), ground) {}
  const LaneFields& fields() const { return physics_.fields(); }
  int width() const { return physics_.width(); }

 private:
  std::unique_ptr<LaneBlock> take();
  void give_back(std::unique_ptr<LaneBlock> block);

  LanePhysics physics_;
  std::mutex lock_;  // of idle_
  std::vector<std::unique_ptr<LaneBlock>> idle_;
};

}  // namespace kinesis
