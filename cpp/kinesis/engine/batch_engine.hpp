// Many muscle-driven environments stepped on a thread pool.
#pragma once

#include <mujoco/mjbatch.h>
#include <mujoco/mujoco.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "kinesis/base/named_slice.hpp"
#include "kinesis/control/muscle_control.hpp"
#include "kinesis/engine/observation.hpp"
#include "kinesis/engine/start_sampler.hpp"
#include "kinesis/motion/motion_table.hpp"
#include "kinesis/physics/physics_step.hpp"
#include "kinesis/task/imitation.hpp"

namespace kinesis {

struct EngineConfig {
  int num_envs = 1;
  int num_threads = 0;                // including the caller's; 0: one per logical CPU
  int substeps = 5;                   // physics steps a control step
  Physics physics = Physics::kFused;  // as far as the model allows it
  std::uint64_t seed = 0;
  bool random_start = true;   // draw start times; otherwise clips start at 0
  bool auto_reset = true;     // begin a new episode in the step that ends one
  int max_episode_steps = 0;  // truncate after so many control steps; 0: at the clip's end only
  ControlConfig control;
  ObservationConfig observation;
  ImitationConfig imitation;
};

// What one step or reset wrote, an entry an environment. Owned by the engine, overwritten by its
// next call.
struct EngineBuffers {
  std::vector<float> obs;                // (num_envs x obs_dim)
  std::vector<float> final_obs;          // (num_envs x obs_dim) rows of ended episodes only
  std::vector<float> reward;             // (num_envs)
  std::vector<float> terms;              // (kNumRewardTerms x num_envs) unweighted
  std::vector<float> mean_distance;      // (num_envs) m, of the tracked bodies to their reference
  std::vector<std::uint8_t> terminated;  // (num_envs)
  std::vector<std::uint8_t> truncated;   // (num_envs)
  std::vector<std::uint8_t> invalid;     // (num_envs) physics failed: not to be learned from
  std::vector<std::int32_t> clip;        // (num_envs) of the step's episode, not the next one's
  std::vector<std::int32_t> episode_length;  // (num_envs) control steps of that episode so far
};

// Counts of ended episodes, an entry a clip.
struct ClipStatistics {
  std::vector<std::int64_t> episodes;
  std::vector<std::int64_t> terminated;     // invalid ones included
  std::vector<std::int64_t> control_steps;  // summed over the episodes
};

// What of an environment is not in MuJoCo's state row.
struct EpisodeState {
  std::int32_t clip = 0;
  std::int32_t control_step = 0;  // since the episode's start
  double start_time = 0.0;        // s into the clip
  std::uint64_t episode = 0;      // episodes begun before the next one since seeding
  bool ended = false;             // waits for a reset: steps leave it as it is
  bool counted = false;           // such an end is in the statistics already
};

// Results do not depend on the number of threads, bit for bit. Calls must not overlap; they are
// serialised. Buffers may be read between calls, and during a step of some environments the rows of
// the others.
class BatchEngine {
 public:
  // Copies the model; motions are borrowed arrays that must outlive the engine.
  // Throws std::invalid_argument if motions and model do not fit, std::runtime_error with MuJoCo's
  // reason if the batch cannot be made.
  BatchEngine(const mjModel* model, const MotionTable& motions, const EngineConfig& config);
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

  // Reads or writes the whole state of an environment: MuJoCo's state row (state_size()), what its
  // next control starts from (muscles_size(), see MuscleControl), and its episode.
  int state_size() const { return mjb_nstate(batch_); }
  double* state_row(int env) {
    return mjb_state(batch_) + static_cast<std::size_t>(env) * state_size();
  }
  double* state_component(int component, int* size) {
    return mjb_stateComponent(batch_, component, size);
  }
  int muscles_size() const { return muscles_size_; }
  const std::vector<NamedSlice>& muscle_layout() const { return control_.layout(); }
  double* muscles(int env) {
    return muscles_.data() + static_cast<std::size_t>(env) * muscles_size_;
  }
  EpisodeState& episode(int env) { return episodes_[env]; }

  // Recomputes what every environment's next control starts from, from its state row.
  void recompute_muscles();

  // Sets the clips' probabilities of being drawn; see StartSampler::set_weights.
  void set_sampling_weights(const double* weights);

  EngineBuffers& buffers() { return buffers_; }
  ClipStatistics& statistics() { return statistics_; }
  std::int64_t invalid_episodes() const { return invalid_episodes_; }
  const mjModel* model() const { return mjb_model(batch_); }
  int num_envs() const { return config_.num_envs; }
  Physics physics() const { return physics_.physics(); }
  int num_threads() const { return mjb_nthread(batch_); }
  int num_actions() const { return control_.num_actions(); }
  int obs_dim() const { return obs_dim_; }
  double control_timestep() const { return control_timestep_; }
  std::vector<NamedSlice> observation_layout() const;

 private:
  struct StepCall {
    BatchEngine* engine;
    const float* actions;
    int first;
  };
  struct ResetCall {
    BatchEngine* engine;
    const std::int32_t* clip;
    const double* start_time;
  };

  static void step_one(const mjModel* model, mjData* data, int env, void* call);
  static void reset_one(const mjModel* model, mjData* data, int env, void* call);
  static void recompute_one(const mjModel* model, mjData* data, int env, void* engine);

  // Control and physics of one control step. actions: (num_actions). Returns the mean energy term
  // of its substeps, or a negative number if the physics failed.
  double advance(const mjModel* model, mjData* data, int env, const float* actions);
  // Reward, end and observation of the control step that data holds the result of.
  void conclude(const mjModel* model, mjData* data, int env, double energy);
  // Marks the step as failed: lost, worth nothing, its last observation that of the step before.
  void mark_invalid(int env);
  void begin_episode(const mjModel* model, mjData* data, int env, const Start& start);
  Start draw_start(int env, std::int32_t clip, double start_time);
  void observe(const mjModel* model, const mjData* data, int env);
  // Runs function on the chosen environments, all if null; failed ones are left in failed_.
  void run(mjfBatchFunc function, const std::vector<int>* envs, void* call);
  void count_ended_episodes(int first, int count);

  int reference_size() const { return 6 * task_.num_tracked() + motions_.num_muscles(); }
  double* reference(int env) {
    return reference_.data() + static_cast<std::size_t>(env) * reference_size();
  }
  float* row(std::vector<float>& rows, int env) {
    return rows.data() + static_cast<std::size_t>(env) * obs_dim_;
  }

  EngineConfig config_;
  MotionTable motions_;
  MuscleControl control_;
  PhysicsStep physics_;
  Proprioception proprioception_;
  ImitationTask task_;
  StartSampler sampler_;
  mjBatch* batch_;
  int muscles_size_;
  int obs_dim_;
  double control_timestep_;

  // Each entry is touched only by the thread that runs its environment.
  std::vector<double> muscles_;    // (num_envs x muscles_size) see MuscleControl::keep
  std::vector<double> reference_;  // (num_envs x reference_size) scratch: tracked positions and
                                   // velocities, the prior's activations
  std::vector<EpisodeState> episodes_;
  EngineBuffers buffers_;

  // Written between parallel calls only.
  ClipStatistics statistics_;
  std::int64_t invalid_episodes_ = 0;
  std::vector<int> chosen_;  // environments of a partial call
  std::vector<int> failed_;  // environments whose last call raised an error in MuJoCo
  std::mutex call_;          // held for the length of every public call that changes state
};

}  // namespace kinesis
