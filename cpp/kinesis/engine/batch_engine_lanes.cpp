// How the engine steps environments in lanes: block by block.
#include <algorithm>
#include <bit>
#include <numeric>

#include "kinesis/base/pool_handover.hpp"
#include "kinesis/engine/batch_engine.hpp"
#include "kinesis/physics/bad_state.hpp"

namespace kinesis {

Physics BatchEngine::physics() const {
  return lanes_ != nullptr ? Physics::kLanes : physics_.physics();
}

int BatchEngine::lane_width() const { return lanes_ != nullptr ? lanes_->width() : 1; }

std::int64_t BatchEngine::redone_steps() const {
  return std::accumulate(redone_.begin(), redone_.end(), std::int64_t{0});
}

// Environment e is lane e mod width of block e / width, whichever others step: a task of the pool
// is a block, called by the first of its environments that does.
void BatchEngine::step_lanes(StepCall* call) {
  const int width = lanes_->width();
  chosen_.clear();
  for (int env = call->first; env < call->first + call->count; env += width - env % width) {
    chosen_.push_back(env);
  }
  run(step_block, &chosen_, call, false);
  if (!failed_.empty()) {  // an error in MuJoCo fails its block
    const std::vector<int> leaders = failed_;
    failed_.clear();
    for (const int leader : leaders) {
      const int end = std::min(leader + width - leader % width, call->first + call->count);
      for (int env = leader; env < end; ++env) {
        failed_.push_back(env);
      }
    }
  }
}

void BatchEngine::step_block(const mjModel* model, mjData* data, int leader, void* call) {
  const PoolTask task(call);
  const auto& step = *static_cast<StepCall*>(call);
  BatchEngine& self = *step.engine;
  const int width = self.lanes_->width(), block = leader / width;
  const int end = std::min(block * width + width, step.first + step.count);
  unsigned live = 0;
  for (int env = leader; env < end; ++env) {
    if (!self.episodes_[env].ended) {
      live |= 1u << env % width;
      self.prefetch(env);
    }
  }
  if (live == 0) {
    return;
  }
  const LanePool::Loan loan(self.lanes_.get());
  LaneBlock* lanes = loan.get();
  const unsigned good = self.advance_block(model, data, block, live, step, lanes);
  for (int env = leader; env < end; ++env) {
    const unsigned bit = 1u << env % width;
    if ((live & bit) == 0) {
      continue;
    }
    double* row = self.state_row(env);
    mj_setState(model, data, row, mjSTATE_INTEGRATION);
    bool went_well = (good & bit) != 0;
    if (went_well) {
      lanes->store(env % width, data);
      lanes->show(env % width, model, data, false);
      data->time += self.config_.substeps * model->opt.timestep;
      went_well = finite_state(model, data);
    }
    if (went_well) {
      LeanKinematics::update_bodies(model, data);
    }
    self.finish(model, data, env, went_well);
    mj_getState(model, data, row, mjSTATE_INTEGRATION);
  }
}

unsigned BatchEngine::advance_block(const mjModel* model, mjData* data, int block, unsigned live,
                                    const StepCall& call, LaneBlock* lanes) {
  const int width = lanes->width(), first = block * width;
  const auto each = [&](unsigned which, const auto& function) {
    for (int lane = 0; lane < width; ++lane) {
      if ((which >> lane & 1u) != 0) {
        function(lane, first + lane);
      }
    }
  };
  const LaneFields& fields = lanes_->fields();
  const bool control_in_lanes = !condition_.limits();
  const int any = std::countr_zero(live);
  each(live, [&](int lane, int env) {
    mj_setState(model, data, state_row(env), mjSTATE_INTEGRATION);
    lanes->load(lane, data);
    lane_control_.load(kept_row(env), call.actions_of(env), fields, lane, lanes);
  });
  each(~live, [&](int lane, int) { lanes->copy(any, lane); });
  for (int substep = 0; substep < config_.substeps && live != 0; ++substep) {
    if (control_in_lanes) {
      each(live, [&](int lane, int env) {
        lane_control_.aim(control_state(env, nullptr, substep), fields, lane, lanes, data);
      });
      lanes->excite(config_.substeps - substep);
    }
    each(live, [&](int lane, int env) {
      if (control_in_lanes) {
        tell_task(model, data, env, lane, substep, *lanes);
      } else {
        lane_control_.store(fields, lane, *lanes, kept_row(env));
        lanes->store(lane, data);
        excite(model, data, env, call.actions_of(env), substep);
        lanes->load_excitations(lane, data);
        lane_control_.load(kept_row(env), call.actions_of(env), fields, lane, lanes);
      }
      double force[3];
      const int pushed = push(env).in_step(model, force);
      lanes->push(lane, pushed, force);
    });
    const auto [again, lost] = lanes->step(live, physics_, model, data);
    live &= ~lost;
    each(again, [&](int, int env) { ++redone_[env]; });
    lanes->keep();
    each(live, [&](int lane, int env) {
      if (recorder_ != nullptr) {
        record_lane(model, data, env, lane, substep, *lanes);
      }
      push(env).count_down(model, data);
    });
  }
  each(live, [&](int lane, int env) { lane_control_.store(fields, lane, *lanes, kept_row(env)); });
  return live;
}

void BatchEngine::tell_task(const mjModel* model, mjData* data, int env, int lane, int substep,
                            const LaneBlock& lanes) {
  if (task_->substep_reads_body()) {
    lanes.store(lane, data);
  }
  const float* effort = lanes.at(lanes_->fields().effort, lane);
  task_->substep({model, data}, {substep, config_.substeps, effort[0], effort[lanes.width()]},
                 task_row(env));
}

// Recorders read what only mjData has: it is worked out of the state that the lane had.
void BatchEngine::record_lane(const mjModel* model, mjData* data, int env, int lane, int substep,
                              const LaneBlock& lanes) {
  lanes.store(lane, data);  // excitations
  lanes.store_before(lane, data);
  push(env).apply(model, data);
  physics_.forward(model, data);
  lanes.store(lane, data);
  recorder_->record(model, data, env, substep);
}

}  // namespace kinesis
