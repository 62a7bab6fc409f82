// How the engine steps environments in lanes: block by block.
#include <algorithm>
#include <bit>
#include <numeric>

#include "kinesis/base/pool_handover.hpp"
#include "kinesis/engine/batch_engine.hpp"
#include "kinesis/physics/bad_state.hpp"

namespace kinesis {
namespace {

template <class Function>
void each_lane(unsigned which, const Function& function) {
  for (; which != 0; which &= which - 1) {
    function(std::countr_zero(which));
  }
}

}  // namespace

Physics BatchEngine::physics() const {
  return lanes_ != nullptr ? Physics::kLanes : physics_.physics();
}

int BatchEngine::lane_width() const { return lanes_ != nullptr ? lanes_->width() : 1; }

std::int64_t BatchEngine::redone_steps() const {
  return std::accumulate(redone_.begin(), redone_.end(), std::int64_t{0});
}

// Environment e is lane e mod width of block e / width, whichever others step: a task of the pool
// is a block, called by the first of its environments that does.
void BatchEngine::run_blocks(mjfBatchFunc function, void* call) {
  const int width = lanes_->width();
  std::fill(chosen_mask_.begin(), chosen_mask_.end(), 0);
  std::vector<int> leaders;
  for (const int env : chosen_) {
    chosen_mask_[env] = 1;
    if (leaders.empty() || leaders.back() / width != env / width) {
      leaders.push_back(env);
    }
  }
  run(function, &leaders, call, false);
  if (failed_.empty()) {
    return;
  }
  const std::vector<int> blocks = failed_;  // an error in MuJoCo fails its block
  failed_.clear();
  for (const int env : chosen_) {
    if (std::any_of(blocks.begin(), blocks.end(),
                    [&](int leader) { return leader / width == env / width; })) {
      failed_.push_back(env);
    }
  }
}

unsigned BatchEngine::chosen_of(int block) const {
  const int width = lanes_->width(), first = block * width;
  unsigned lanes = 0;
  for (int env = first; env < std::min(first + width, config_.num_envs); ++env) {
    lanes |= chosen_mask_[env] != 0 ? 1u << (env - first) : 0u;
  }
  return lanes;
}

void BatchEngine::step_block(const mjModel* model, mjData* data, int leader, void* call) {
  const PoolTask task(call);
  const auto& step = *static_cast<StepCall*>(call);
  BatchEngine& self = *step.engine;
  const int width = self.lanes_->width(), block = leader / width, first = block * width;
  unsigned live = self.chosen_of(block);
  each_lane(live, [&](int lane) {
    if (self.episodes_[first + lane].ended) {
      live &= ~(1u << lane);
    } else {
      self.prefetch(first + lane);
    }
  });
  if (live == 0) {
    return;
  }
  const LanePool::Loan loan(self.lanes_.get());
  LaneBlock* lanes = loan.get();
  const unsigned good = self.advance_block(model, data, block, live, step, lanes);
  lanes->pose();
  unsigned over = 0;
  each_lane(live, [&](int lane) {
    const int env = first + lane;
    double* row = self.state_row(env);
    mj_setState(model, data, row, mjSTATE_INTEGRATION);
    bool went_well = (good >> lane & 1u) != 0;
    if (went_well) {
      lanes->store(lane, data);
      lanes->show(lane, model, data, false);
      data->time += self.config_.substeps * model->opt.timestep;
      went_well = finite_state(model, data);
      lanes->show_bodies(lane, model, data);
    }
    if (self.finish(model, data, env, went_well)) {
      over |= 1u << lane;
    } else {
      mj_getState(model, data, row, mjSTATE_INTEGRATION);
    }
  });
  if (over != 0) {
    self.begin_block(model, data, block, over, {&self, nullptr, nullptr}, lanes);
  }
}

void BatchEngine::reset_block(const mjModel* model, mjData* data, int leader, void* call) {
  const PoolTask task(call);
  const auto& reset = *static_cast<ResetCall*>(call);
  BatchEngine& self = *reset.engine;
  const LanePool::Loan loan(self.lanes_.get());
  const int block = leader / self.lanes_->width();
  self.begin_block(model, data, block, self.chosen_of(block), reset, loan.get());
}

void BatchEngine::begin_block(const mjModel* model, mjData* data, int block, unsigned which,
                              const ResetCall& call, LaneBlock* lanes) {
  const int first = block * lanes->width(), any = std::countr_zero(which);
  std::vector<EpisodeRandom> random;
  each_lane(which, [&](int lane) {
    const int env = first + lane;
    random.push_back(draw_episode(env, call.clip_of(env), call.time_of(env)));
    mj_setState(model, data, fresh_state_.data(), mjSTATE_INTEGRATION);
    take_start(env, data);
    lanes->load(lane, data);
    lanes->push(lane, -1, nullptr);
    BodyVariation view;
    lanes->vary(lane, variation(env, &view));
  });
  each_lane(lanes->all() & ~which, [&](int lane) { lanes->copy(any, lane); });
  lanes->forward(which, physics_, model, data);
  lanes->keep();
  auto next = random.begin();
  each_lane(which, [&](int lane) {
    const int env = first + lane;
    mj_setState(model, data, fresh_state_.data(), mjSTATE_INTEGRATION);
    lanes->store(lane, data);
    lanes->show(lane, model, data, false);
    lanes->show_bodies(lane, model, data);
    lane_control_.store(lanes_->fields(), lane, *lanes, kept_row(env));
    open_episode(model, data, env, *next++);
    mj_getState(model, data, state_row(env), mjSTATE_INTEGRATION);
  });
}

unsigned BatchEngine::advance_block(const mjModel* model, mjData* data, int block, unsigned live,
                                    const StepCall& call, LaneBlock* lanes) {
  const int first = block * lanes->width();
  const auto each = [&](unsigned which, const auto& function) {
    each_lane(which, [&](int lane) { function(lane, first + lane); });
  };
  const LaneFields& fields = lanes_->fields();
  const bool control_in_lanes = LaneControlRows::covers(control_.mode()) && !condition_.limits();
  const int any = std::countr_zero(live);
  each(live, [&](int lane, int env) {
    mj_setState(model, data, state_row(env), mjSTATE_INTEGRATION);
    lanes->load(lane, data);
    BodyVariation view;
    lanes->vary(lane, variation(env, &view));
    lane_control_.load(kept_row(env), call.actions_of(env), lacking(env), fields, lane, lanes);
  });
  each_lane(lanes->all() & ~live, [&](int lane) { lanes->copy(any, lane); });
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
        lane_control_.load(kept_row(env), call.actions_of(env), lacking(env), fields, lane, lanes);
      }
      act_devices(env, lane, lanes);
      double force[3];
      const int pushed = push(env).in_step(model, force);
      lanes->push(lane, pushed, force);
    });
    const auto [again, lost] = lanes->step(live, physics_, model, data);
    live &= ~lost;
    each(again, [&](int, int env) { ++redone_[env]; });
    lanes->keep();
    each(live, [&](int lane, int env) {
      note_devices(env, lane, *lanes);
      if (recorder_ != nullptr) {
        record_lane(model, data, env, lane, substep, *lanes);
      }
      push(env).count_down(model, data);
    });
  }
  each(live, [&](int lane, int env) { lane_control_.store(fields, lane, *lanes, kept_row(env)); });
  return live;
}

void BatchEngine::act_devices(int env, int lane, LaneBlock* lanes) {
  if (!devices_.any()) {
    return;
  }
  const LaneFields& fields = lanes_->fields();
  const auto read = [&](int field) { return static_cast<double>(*lanes->at(field, lane)); };
  thread_local DeviceSenses senses;  // so that a step allocates nothing
  devices_.sense(read, fields.qpos, fields.qvel, fields.ctrl, &senses);
  const double* torque = devices_.act(senses, model()->opt.timestep, device_row(env));
  for (int i = 0; i < devices_.count(); ++i) {
    lanes->write(fields.applied + devices_.dof(i), 1, lane, &torque[i]);
  }
}

void BatchEngine::note_devices(int env, int lane, const LaneBlock& lanes) {
  if (devices_.any()) {
    const auto read = [&](int field) { return static_cast<double>(*lanes.at(field, lane)); };
    devices_.note(devices_.load(model(), read, lanes_->fields().sensordata), model()->opt.timestep,
                  device_row(env));
  }
}

const double* BatchEngine::lacking(int env) {
  return condition_.whole(condition_row(env)) ? nullptr : capacity_of(env);
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
  BodyVariation view;
  physics_.forward(model, data, variation(env, &view));
  lanes.store(lane, data);
  recorder_->record(model, data, env, substep);
}

}  // namespace kinesis
