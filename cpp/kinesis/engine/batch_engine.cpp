#include "kinesis/engine/batch_engine.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "kinesis/base/pool_handover.hpp"

namespace kinesis {
namespace {

// Slack of the comparison of a time with a clip's end, s: a control step is 0.03.
constexpr double kTimeTolerance = 1e-9;

// MuJoCo prints a warning the first time that a counter leaves zero and, on a bad state, resets the
// simulation silently. Counters primed at a value that no path leads back to keep it quiet and
// show that it happened (a reset sets a counter to zero, then to one).
constexpr int kPrimed = 2;
constexpr mjtWarning kBadState[] = {mjWARN_BADQPOS, mjWARN_BADQVEL, mjWARN_BADQACC};

void prime_warnings(mjData* data) {
  for (const mjtWarning warning : kBadState) {
    data->warning[warning].number = kPrimed;
  }
}

bool raised_warning(const mjData* data) {
  return std::any_of(std::begin(kBadState), std::end(kBadState), [data](mjtWarning warning) {
    return data->warning[warning].number != kPrimed;
  });
}

bool all_finite(const mjtNum* values, mjtSize count) {
  return std::all_of(values, values + count, [](mjtNum value) { return std::isfinite(value); });
}

bool finite_state(const mjModel* model, const mjData* data) {
  return all_finite(data->qpos, model->nq) && all_finite(data->qvel, model->nv) &&
         all_finite(data->act, model->na) && all_finite(data->sensordata, model->nsensordata);
}

}  // namespace

BatchEngine::BatchEngine(const mjModel* model, const MotionTable& motions,
                         const EngineConfig& config)
    : config_(config),
      motions_(motions),
      control_(model, &motions_, config.control),
      physics_(model, config.physics),
      proprioception_(model, config.observation),
      task_(config.imitation),
      sampler_(&motions_, config.random_start, config.substeps * model->opt.timestep),
      muscles_size_(control_.kept_size()),
      obs_dim_(proprioception_.size() + task_.observation_size()),
      control_timestep_(config.substeps * model->opt.timestep) {
  if (motions.nq() != model->nq || motions.nv() != model->nv ||
      motions.num_tracked() != task_.num_tracked()) {
    throw std::invalid_argument(
        "the motions have nq " + std::to_string(motions.nq()) + ", nv " +
        std::to_string(motions.nv()) + " and " + std::to_string(motions.num_tracked()) +
        " tracked bodies; the environment needs " + std::to_string(model->nq) + ", " +
        std::to_string(model->nv) + " and " + std::to_string(task_.num_tracked()));
  }
  mjBatchConfig batch_config;
  mjb_defaultConfig(&batch_config);
  batch_config.nthread = config.num_threads;
  char error[512] = "";
  batch_ = mjb_makeBatch(model, config.num_envs, &batch_config, error, sizeof(error));
  if (batch_ == nullptr) {
    throw std::runtime_error(error);
  }
  const auto envs = static_cast<std::size_t>(config.num_envs);
  muscles_.resize(envs * muscles_size_);
  reference_.resize(envs * reference_size());
  episodes_.resize(envs);
  buffers_.obs.resize(envs * obs_dim_);
  buffers_.final_obs.resize(envs * obs_dim_);
  buffers_.reward.resize(envs);
  buffers_.terms.resize(envs * kNumRewardTerms);
  buffers_.mean_distance.resize(envs);
  buffers_.terminated.resize(envs);
  buffers_.truncated.resize(envs);
  buffers_.invalid.resize(envs);
  buffers_.clip.resize(envs);
  buffers_.episode_length.resize(envs);
  chosen_.reserve(envs);
  failed_.reserve(envs);
  const auto clips = static_cast<std::size_t>(motions.num_clips());
  statistics_ = {std::vector<std::int64_t>(clips), std::vector<std::int64_t>(clips),
                 std::vector<std::int64_t>(clips)};
}

BatchEngine::~BatchEngine() { mjb_deleteBatch(batch_); }

std::vector<NamedSlice> BatchEngine::observation_layout() const {
  std::vector<NamedSlice> layout = proprioception_.layout();
  for (const NamedSlice& slice : task_.layout(proprioception_.size())) {
    layout.push_back(slice);
  }
  return layout;
}

void BatchEngine::set_seed(std::uint64_t seed) {
  const std::lock_guard lock(call_);
  config_.seed = seed;
  for (EpisodeState& episode : episodes_) {
    episode.episode = 0;
  }
}

void BatchEngine::reset(const std::uint8_t* mask, const std::int32_t* clip,
                        const double* start_time) {
  const std::lock_guard lock(call_);
  chosen_.clear();
  for (int env = 0; env < config_.num_envs; ++env) {
    if (mask == nullptr || mask[env] != 0) {
      chosen_.push_back(env);
    }
  }
  ResetCall call{this, clip, start_time};
  run(reset_one, &chosen_, &call);
  for (const int env : failed_) {
    std::fill_n(row(buffers_.obs, env), obs_dim_, 0.0f);
  }
}

void BatchEngine::step(const float* actions, int first, int count) {
  const std::lock_guard lock(call_);
  StepCall call{this, actions, first};
  if (count < config_.num_envs) {
    chosen_.resize(count);
    std::iota(chosen_.begin(), chosen_.end(), first);
    run(step_one, &chosen_, &call);
  } else {
    run(step_one, nullptr, &call);
  }
  if (!failed_.empty()) {
    chosen_ = failed_;
    for (const int env : chosen_) {
      mark_invalid(env);
      episodes_[env].ended = !config_.auto_reset;
    }
    if (config_.auto_reset) {
      ResetCall reset_call{this, nullptr, nullptr};
      run(reset_one, &chosen_, &reset_call);
    }
  }
  count_ended_episodes(first, count);
}

void BatchEngine::set_sampling_weights(const double* weights) {
  const std::lock_guard lock(call_);
  sampler_.set_weights(weights);
}

void BatchEngine::recompute_muscles() {
  const std::lock_guard lock(call_);
  publish(this);
  mjb_apply(batch_, nullptr, config_.num_envs, recompute_one, this, 0);
  receive(this);
}

void BatchEngine::run(mjfBatchFunc function, const std::vector<int>* envs, void* call) {
  failed_.clear();
  const int count = envs == nullptr ? config_.num_envs : static_cast<int>(envs->size());
  if (count == 0) {
    return;
  }
  const int* ids = envs == nullptr ? nullptr : envs->data();
  publish(call);
  const int failures = mjb_apply(batch_, ids, count, function, call, 1);
  receive(call);
  if (failures > 0) {
    const int* status = mjb_status(batch_);
    for (int i = 0; i < count; ++i) {
      const int env = ids == nullptr ? i : ids[i];
      if (status[env] != 0) {
        failed_.push_back(env);
      }
    }
  }
}

void BatchEngine::reset_one(const mjModel* model, mjData* data, int env, void* call) {
  const PoolTask task(call);
  const auto& reset = *static_cast<ResetCall*>(call);
  BatchEngine& self = *reset.engine;
  const std::int32_t clip = reset.clip == nullptr ? -1 : reset.clip[env];
  const double time = reset.start_time == nullptr ? std::numeric_limits<double>::quiet_NaN()
                                                  : reset.start_time[env];
  self.begin_episode(model, data, env, self.draw_start(env, clip, time));
}

void BatchEngine::step_one(const mjModel* model, mjData* data, int env, void* call) {
  const PoolTask task(call);
  const auto& step = *static_cast<StepCall*>(call);
  BatchEngine& self = *step.engine;
  if (self.episodes_[env].ended) {
    return;
  }
  const EpisodeState& episode = self.episodes_[env];
  for (const int ahead : {1, 2}) {
    const int control_step = episode.control_step + ahead;
    self.motions_.prefetch_tracked(episode.clip,
                                   episode.start_time + control_step * self.control_timestep_);
  }
  const auto row = static_cast<std::size_t>(env - step.first);
  const double energy =
      self.advance(model, data, env, step.actions + row * self.control_.num_actions());
  if (energy >= 0.0) {
    self.conclude(model, data, env, energy);
  } else {
    self.mark_invalid(env);
  }
  if (self.buffers_.terminated[env] != 0 || self.buffers_.truncated[env] != 0) {
    if (self.config_.auto_reset) {
      self.begin_episode(model, data, env,
                         self.draw_start(env, -1, std::numeric_limits<double>::quiet_NaN()));
    } else {
      self.episodes_[env].ended = true;
    }
  }
}

void BatchEngine::recompute_one(const mjModel* model, mjData* data, int env, void* engine) {
  const PoolTask task(engine);
  BatchEngine& self = *static_cast<BatchEngine*>(engine);
  mj_forward(model, data);
  self.control_.keep(model, data, self.muscles(env));
  self.control_.forget(self.muscles(env));
}

double BatchEngine::advance(const mjModel* model, mjData* data, int env, const float* actions) {
  prime_warnings(data);
  const EpisodeState& episode = episodes_[env];
  const double begin = episode.start_time + episode.control_step * control_timestep_;
  ControlState control;
  control.clip = episode.clip;
  control.actions = actions;
  control.muscles = muscles(env);
  double energy = 0.0;
  for (int substep = 0; substep < config_.substeps; ++substep) {
    control.time = begin + substep * model->opt.timestep;
    control.substeps_left = config_.substeps - substep;
    control_.apply(model, data, control);
    energy += task_.energy_of(data->ctrl, static_cast<int>(model->nu));
    physics_.step(model, data);
    if (raised_warning(data)) {
      return -1.0;
    }
    control_.keep(model, data, muscles(env));
  }
  if (!finite_state(model, data)) {
    return -1.0;
  }
  LeanKinematics::update_bodies(model, data);
  return energy / config_.substeps;
}

void BatchEngine::conclude(const mjModel* model, mjData* data, int env, double energy) {
  EpisodeState& episode = episodes_[env];
  ++episode.control_step;
  const double time = episode.start_time + episode.control_step * control_timestep_;
  double* pos = reference(env);
  double* vel = pos + 3 * task_.num_tracked();
  double* activation = motions_.num_muscles() > 0 ? vel + 3 * task_.num_tracked() : nullptr;
  motions_.tracked_state(episode.clip, time, pos, vel);
  if (activation != nullptr) {
    motions_.activation(episode.clip, time, activation);
  }
  const int root = config_.observation.bodies.front();
  const TrackingResult result = task_.evaluate(model, data, root, pos, vel, energy, activation);

  const bool past_end = time > motions_.duration(episode.clip) + kTimeTolerance;
  const bool past_limit =
      config_.max_episode_steps > 0 && episode.control_step >= config_.max_episode_steps;
  buffers_.reward[env] = static_cast<float>(result.reward);
  for (int term = 0; term < kNumRewardTerms; ++term) {
    buffers_.terms[static_cast<std::size_t>(term) * config_.num_envs + env] =
        static_cast<float>(result.terms[term]);
  }
  buffers_.mean_distance[env] = static_cast<float>(result.mean_distance);
  buffers_.terminated[env] = result.terminated ? 1 : 0;
  buffers_.truncated[env] = past_end || past_limit ? 1 : 0;
  buffers_.invalid[env] = 0;
  buffers_.clip[env] = episode.clip;
  buffers_.episode_length[env] = episode.control_step;

  observe(model, data, env);
  if (result.terminated || past_end || past_limit) {
    std::copy_n(row(buffers_.obs, env), obs_dim_, row(buffers_.final_obs, env));
  }
}

void BatchEngine::mark_invalid(int env) {
  const EpisodeState& episode = episodes_[env];
  buffers_.reward[env] = 0.0f;
  for (int term = 0; term < kNumRewardTerms; ++term) {
    buffers_.terms[static_cast<std::size_t>(term) * config_.num_envs + env] = 0.0f;
  }
  buffers_.mean_distance[env] = 0.0f;
  buffers_.terminated[env] = 1;
  buffers_.truncated[env] = 0;
  buffers_.invalid[env] = 1;
  buffers_.clip[env] = episode.clip;
  buffers_.episode_length[env] = episode.control_step + 1;
  std::copy_n(row(buffers_.obs, env), obs_dim_, row(buffers_.final_obs, env));
}

Start BatchEngine::draw_start(int env, std::int32_t clip, double start_time) {
  EpisodeRandom random(config_.seed, static_cast<std::uint32_t>(env), episodes_[env].episode);
  Start start = sampler_.draw(random);
  if (clip >= 0) {
    start = {clip, sampler_.draw_time(clip, random)};
  }
  if (!std::isnan(start_time)) {
    start.time = std::min(start_time, motions_.duration(start.clip));
  }
  return start;
}

void BatchEngine::begin_episode(const mjModel* model, mjData* data, int env, const Start& start) {
  EpisodeState& episode = episodes_[env];
  episode.clip = start.clip;
  episode.start_time = start.time;
  episode.control_step = 0;
  episode.ended = false;
  episode.counted = false;
  ++episode.episode;
  mj_resetData(model, data);
  motions_.joint_state(start.clip, start.time, data->qpos, data->qvel);
  if (motions_.num_muscles() > 0) {
    motions_.activation(start.clip, start.time, data->act);
  }
  physics_.forward(model, data);
  control_.keep(model, data, muscles(env));
  control_.forget(muscles(env));
  observe(model, data, env);
}

// The reference one control step ahead is part of the observation. At the clip's end it goes on:
// one that stood still there would look like nothing that the value function has learned from.
void BatchEngine::observe(const mjModel* model, const mjData* data, int env) {
  const EpisodeState& episode = episodes_[env];
  const double next = episode.start_time + (episode.control_step + 1) * control_timestep_;
  double* pos = reference(env);
  double* vel = pos + 3 * task_.num_tracked();
  motions_.tracked_state(episode.clip, next, pos, vel);
  float* out = row(buffers_.obs, env);
  proprioception_.write(model, data, out);
  task_.observe(model, data, config_.observation.bodies.front(), pos, vel,
                out + proprioception_.size());
}

void BatchEngine::count_ended_episodes(int first, int count) {
  for (int env = first; env < first + count; ++env) {
    const bool lost = buffers_.terminated[env] != 0;
    EpisodeState& episode = episodes_[env];
    if ((!lost && buffers_.truncated[env] == 0) || episode.counted) {
      continue;
    }
    episode.counted = episode.ended;
    const std::int32_t clip = buffers_.clip[env];
    statistics_.episodes[clip] += 1;
    statistics_.terminated[clip] += lost ? 1 : 0;
    statistics_.control_steps[clip] += buffers_.episode_length[env];
    invalid_episodes_ += buffers_.invalid[env];
  }
}

}  // namespace kinesis
