// Many muscle-driven environments stepped on a thread pool.
#pragma once

#include <mujoco/mjbatch.h>
#include <mujoco/mujoco.h>

#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <vector>

#include "kinesis/base/layout.hpp"
#include "kinesis/control/condition.hpp"
#include "kinesis/control/muscle_control.hpp"
#include "kinesis/device/devices.hpp"
#include "kinesis/engine/episode.hpp"
#include "kinesis/engine/lane_control.hpp"
#include "kinesis/engine/lane_pool.hpp"
#include "kinesis/engine/observation.hpp"
#include "kinesis/engine/perception.hpp"
#include "kinesis/engine/push.hpp"
#include "kinesis/engine/recorder.hpp"
#include "kinesis/engine/shown_conditions.hpp"
#include "kinesis/engine/start_sampler.hpp"
#include "kinesis/motion/motion_table.hpp"
#include "kinesis/physics/physics_step.hpp"
#include "kinesis/task/task.hpp"

namespace kinesis {

struct EngineConfig {
  int num_envs = 1;
  int num_threads = 0;                // including the caller's; 0: one per logical CPU
  int substeps = 5;                   // physics steps a control step
  Physics physics = Physics::kFused;  // as far as the model allows it
  std::uint64_t seed = 0;
  bool random_start = true;   // draw start times; otherwise clips start at 0
  bool auto_reset = true;     // begin a new episode in the step that ends one
  int max_episode_steps = 0;  // truncate after so many control steps; 0: where the task says so
  ControlConfig control;
  ConditionConfig condition;
  ObservationConfig observation;
  VariationConfig variation;
  PerceptionConfig perception;
  DevicesConfig devices;
};

// What one step or reset wrote, an entry an environment. Owned by the engine, overwritten by its
// next call.
struct EngineBuffers {
  std::vector<float> obs;                    // (num_envs x obs_dim)
  std::vector<float> final_obs;              // (num_envs x obs_dim) rows of ended episodes only
  std::vector<float> reward;                 // (num_envs)
  std::vector<float> figures;                // (figures of the task x num_envs)
  std::vector<std::uint8_t> terminated;      // (num_envs)
  std::vector<std::uint8_t> truncated;       // (num_envs)
  std::vector<std::uint8_t> invalid;         // (num_envs) physics failed: not to be learned from
  std::vector<std::int32_t> clip;            // (num_envs) of the step's episode, not the next one's
  std::vector<std::int32_t> episode_length;  // (num_envs) control steps of that episode so far
};

// Counts of ended episodes, an entry a clip.
struct ClipStatistics {
  std::vector<std::int64_t> episodes;
  std::vector<std::int64_t> terminated;     // invalid ones included
  std::vector<std::int64_t> control_steps;  // summed over the episodes
};

// An environment is a body under control, a clock and a task. The engine poses the body, steps it,
// tells the task of every physics step, and asks it what the policy is to see and what came of the
// step; it knows no task.
//
// Results do not depend on the number of threads, bit for bit. Calls must not overlap; they are
// serialised. Buffers may be read between calls, and during a step of some environments the rows of
// the others. The views of state and kept rows are the caller's to write between calls.
class BatchEngine {
 public:
  // Copies the model; motions are borrowed arrays that must outlive the engine: the clips that
  // episodes start in.
  // Throws std::invalid_argument if motions, task and model do not fit, std::runtime_error with
  // MuJoCo's reason if the batch cannot be made.
  BatchEngine(const mjModel* model, const MotionTable& motions, std::shared_ptr<const Task> task,
              const EngineConfig& config);
  ~BatchEngine();
  BatchEngine(const BatchEngine&) = delete;
  BatchEngine& operator=(const BatchEngine&) = delete;

  // Begins new episodes where mask (num_envs) is nonzero, everywhere if it is null.
  // clip (num_envs): the clip, or -1 to draw one. start_time (num_envs): seconds, or NaN to draw.
  void reset(const std::uint8_t* mask, const std::int32_t* clip, const double* start_time);

  // Restarts the random streams, so that the next resets draw as a new engine with this seed.
  void set_seed(std::uint64_t seed);

  // Advances every environment by one control step. actions: (num_envs x num_actions), finite.
  void step(const float* actions) { step(actions, 0, config_.num_envs); }

  // Advances environments first to first + count - 1 alone. actions: (count x num_actions).
  void step(const float* actions, int first, int count);

  // The whole state of an environment: MuJoCo's state row (state_size()), its episode, and what is
  // kept for it (kept().size()): what its next control starts from (see MuscleControl), a push, the
  // condition of its muscles (see MuscleCondition), then the task's columns.
  int state_size() const { return mjb_nstate(batch_); }
  double* state_row(int env) {
    return mjb_state(batch_) + static_cast<std::size_t>(env) * state_size();
  }
  double* state_component(int component, int* size) {
    return mjb_stateComponent(batch_, component, size);
  }
  const Layout& kept() const { return kept_layout_; }
  int control_columns() const { return control_.kept().size(); }  // the first of them
  int task_columns() const { return task_begin_; }                // where the task's begin
  double* kept_row(int env) {
    return kept_.data() + static_cast<std::size_t>(env) * kept_layout_.size();
  }
  const Episode& episode(int env) const { return episodes_[env]; }
  // Replaces all episodes (num_envs).
  void set_episodes(const std::vector<Episode>& episodes);

  // Recomputes what every environment's next control starts from, from its state row.
  void recompute_control();

  // Where an episode would be read after so many control steps.
  Moment moment_at(const Episode& episode, int control_step, const double* kept) const;

  // What an environment follows, so many seconds from now: joint positions (nq) and velocities
  // (nv), and positions and velocities (K x 3) of the tracked bodies.
  void read_reference(int env, double ahead, double* qpos, double* qvel, double* tracked_pos,
                      double* tracked_vel);

  // Sets the clips' probabilities of being drawn; see StartSampler::set_weights.
  void set_sampling_weights(const double* weights);

  // Limits excitations to few patterns from now on; see MuscleCondition::limit.
  void limit_excitations(std::vector<double> mean, std::vector<double> components) {
    const std::lock_guard lock(call_);
    condition_.limit(std::move(mean), std::move(components));
  }

  // Calls a recorder after every physics step from now on; null: none.
  void set_recorder(std::shared_ptr<SubstepRecorder> recorder);

  EngineBuffers& buffers() { return buffers_; }
  ClipStatistics& statistics() { return statistics_; }
  std::int64_t invalid_episodes() const { return invalid_episodes_; }
  const mjModel* model() const { return mjb_model(batch_); }
  const Task& task() const { return *task_; }
  int num_envs() const { return config_.num_envs; }
  int substeps() const { return config_.substeps; }
  Physics physics() const;
  // Bodies a vector, 1 where they are stepped one at a time.
  int lane_width() const;
  // Physics steps that lanes have left to the fused step so far.
  std::int64_t redone_steps() const;
  int num_threads() const { return mjb_nthread(batch_); }
  int num_actions() const { return control_.num_actions(); }
  int obs_dim() const { return observation_.size(); }
  double control_timestep() const { return control_timestep_; }
  const Layout& observation_layout() const { return observation_; }

 private:
  struct StepCall {
    BatchEngine* engine;
    const float* actions;
    int first;

    const float* actions_of(int env) const {
      return actions + static_cast<std::size_t>(env - first) * engine->num_actions();
    }
  };
  static constexpr double kDraw = std::numeric_limits<double>::quiet_NaN();  // a start to be drawn
  struct ResetCall {
    BatchEngine* engine;
    const std::int32_t* clip;
    const double* start_time;

    std::int32_t clip_of(int env) const { return clip == nullptr ? -1 : clip[env]; }
    double time_of(int env) const { return start_time == nullptr ? kDraw : start_time[env]; }
  };

  static void step_one(const mjModel* model, mjData* data, int env, void* call);
  static void step_block(const mjModel* model, mjData* data, int leader, void* call);
  static void reset_block(const mjModel* model, mjData* data, int leader, void* call);
  static void reset_one(const mjModel* model, mjData* data, int env, void* call);
  static void recompute_one(const mjModel* model, mjData* data, int env, void* engine);

  // Runs function on every block that one of the chosen environments is in.
  void run_blocks(mjfBatchFunc function, void* call);
  unsigned chosen_of(int block) const;  // the chosen ones of a block, a bit a lane
  // Begins new episodes of some environments of a block, a bit a lane, and keeps their states.
  void begin_block(const mjModel* model, mjData* data, int block, unsigned which,
                   const ResetCall& call, LaneBlock* lanes);
  // Control and physics of one control step of some environments of a block, a bit a lane. Returns
  // the lanes whose physics went well.
  unsigned advance_block(const mjModel* model, mjData* data, int block, unsigned live,
                         const StepCall& call, LaneBlock* lanes);
  // Tells the task of a physics step that lanes are about to take.
  void tell_task(const mjModel* model, mjData* data, int env, int lane, int substep,
                 const LaneBlock& lanes);
  // Records the physics step that a lane has just taken, and leaves its state in data.
  void record_lane(const mjModel* model, mjData* data, int env, int lane, int substep,
                   const LaneBlock& lanes);
  // Before a step: asks for memory that its end will read.
  void prefetch(int env) const;
  // Control of one physics step, of the state that data holds: excitations, to data->ctrl.
  void excite(const mjModel* model, mjData* data, int env, const float* actions, int substep);
  ControlState control_state(int env, const float* actions, int substep);
  // After a control step: what came of it. Tells whether a new episode is to begin.
  bool finish(const mjModel* model, mjData* data, int env, bool went_well);
  // Control and physics of one control step. actions: (num_actions). Tells whether the physics
  // went well.
  bool advance(const mjModel* model, mjData* data, int env, const float* actions);
  // Reward, end and observation of the control step that data holds the result of.
  void conclude(const mjModel* model, mjData* data, int env);
  // Marks the step as failed: lost, worth nothing, its last observation that of the step before.
  void mark_invalid(int env);
  // The parts of begin_episode: where it starts, with what is left of its random numbers; the state
  // there; and, when that has been worked out, what control and task keep, and the observation.
  EpisodeRandom draw_episode(int env, std::int32_t clip, double start_time);
  void take_start(int env, mjData* data);
  void open_episode(const mjModel* model, mjData* data, int env, EpisodeRandom& random);
  // clip: -1 to draw one. start_time: NaN to draw it.
  void begin_episode(const mjModel* model, mjData* data, int env, std::int32_t clip,
                     double start_time);
  Moment draw_start(EpisodeRandom& random, std::int32_t clip, double start_time) const;
  void observe(const mjModel* model, mjData* data, int env);
  // What a body stands on; level: zeros.
  Footing footing(int env) const;
  // How it is, for its task.
  Body body(const mjModel* model, mjData* data, int env) const;
  // Runs function on the chosen environments, all if null; failed ones are left in failed_.
  // save: the state that it leaves in mjData.
  void run(mjfBatchFunc function, const std::vector<int>* envs, void* call, bool save = true);
  void count_ended_episodes(int first, int count);

  Push& push(int env) { return columns_as<Push>(kept_row(env) + control_columns()); }
  double* condition_row(int env) { return kept_row(env) + condition_begin_; }
  // What the muscles of an environment can make now; until this thread asks again.
  const double* capacity_of(int env);
  const double* lacking(int env);  // null where they can make all of their force
  // What is different about a body; null where nothing can be, or nothing is kept of it.
  const BodyVariation* variation(int env, BodyVariation* view) const;
  double* perception_row(int env) { return kept_row(env) + perception_begin_; }
  double* device_row(int env) { return kept_row(env) + device_begin_; }
  // Devices act in the physics step that comes.
  void act_devices(const mjModel* model, mjData* data, int env);
  void act_devices(int env, int lane, LaneBlock* lanes);
  // They see that it was taken.
  void note_devices(int env, int lane, const LaneBlock& lanes);
  double* task_row(int env) { return kept_row(env) + task_begin_; }
  const double* task_row(int env) const {
    return kept_.data() + static_cast<std::size_t>(env) * kept_layout_.size() + task_begin_;
  }
  float* row(std::vector<float>& rows, int env) {
    return rows.data() + static_cast<std::size_t>(env) * obs_dim();
  }

  EngineConfig config_;
  MotionTable motions_;
  std::shared_ptr<const Task> task_;
  MuscleCondition condition_;
  Devices devices_;
  MuscleControl control_;
  PhysicsStep physics_;
  Proprioception proprioception_;
  ShownConditions shown_;
  Layout observation_;
  Perception perception_;
  StartSampler sampler_;
  mjBatch* batch_;
  Layout kept_layout_;
  // In kept_layout_.
  int condition_begin_, variation_begin_, perception_begin_, device_begin_, task_begin_;
  double control_timestep_;
  std::unique_ptr<LanePool> lanes_;  // null: one environment at a time
  LaneControlRows lane_control_;
  std::vector<double> fresh_state_;        // (state_size()) after mj_resetData
  std::vector<std::uint8_t> chosen_mask_;  // (num_envs) of a partial call

  // Each entry is touched only by the thread that runs its environment.
  std::vector<double> kept_;  // (num_envs x kept().size())
  std::vector<Episode> episodes_;
  std::vector<std::int64_t> redone_;  // (num_envs)
  EngineBuffers buffers_;
  std::shared_ptr<SubstepRecorder> recorder_;

  // Written between parallel calls only.
  ClipStatistics statistics_;
  std::int64_t invalid_episodes_ = 0;
  std::vector<int> chosen_;  // environments of a partial call
  std::vector<int> failed_;  // environments whose last call raised an error in MuJoCo
  std::mutex call_;          // held for the length of every public call that changes state
};

}  // namespace kinesis
