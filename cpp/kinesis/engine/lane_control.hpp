// Control in lanes: what it takes from an environment's row and its motion, and puts back.
#pragma once

#include <mujoco/mujoco.h>

#include "kinesis/control/muscle_control.hpp"
#include "kinesis/lanes/block.hpp"

namespace kinesis {

// Borrows control and reference. Immutable after construction.
class LaneControlRows {
 public:
  LaneControlRows(const mjModel* model, const MuscleControl* control, const Reference* reference);

  // Whether lanes know a mode; others are worked out body by body.
  static bool covers(ControlMode mode);
  // The lanes' own tables of a control.
  static LaneControl tables(const mjModel* model, const MuscleControl& control);

  // At the beginning of a control step: what an environment keeps (control's columns), its actions,
  // and its muscles' capacity, null for all of it.
  void load(const double* kept, const float* actions, const double* capacity,
            const LaneFields& fields, int lane, LaneBlock* block) const;
  // Before each physics step: what of the motion is followed. Scratch memory is on data's stack.
  void aim(const ControlState& state, const LaneFields& fields, int lane, LaneBlock* block,
           mjData* data) const;
  // At the end: what the environment keeps.
  void store(const LaneFields& fields, int lane, const LaneBlock& block, double* kept) const;

 private:
  const mjModel* model_;
  const MuscleControl* control_;
  const Reference* reference_;
  int muscles_, rows_;
  int length_, velocity_, arm_, multiplier_, offset_, load_;  // columns, -1: not kept
};

}  // namespace kinesis
