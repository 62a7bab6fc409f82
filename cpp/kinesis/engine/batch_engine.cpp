#include "kinesis/engine/batch_engine.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>

#include "kinesis/base/pool_handover.hpp"
#include "kinesis/body/heading_frame.hpp"
#include "kinesis/engine/lane_pool.hpp"
#include "kinesis/engine/quiet_warnings.hpp"
#include "kinesis/physics/bad_state.hpp"

namespace kinesis {
namespace {

void check_fit(const mjModel* model, const Reference& reference) {
  if (reference.nq() != model->nq || reference.nv() != model->nv) {
    throw std::invalid_argument("the motions have nq " + std::to_string(reference.nq()) +
                                " and nv " + std::to_string(reference.nv()) +
                                "; the model has nq " + std::to_string(model->nq) + " and nv " +
                                std::to_string(model->nv));
  }
  if (reference.num_muscles() != 0 && reference.num_muscles() != model->na) {
    throw std::invalid_argument("the motions' muscle prior is of " +
                                std::to_string(reference.num_muscles()) +
                                " muscles; the model has " + std::to_string(model->na));
  }
}

// Streams of random numbers beside an episode's own, which stays what it is without them.
constexpr std::uint64_t kVariationStream = 0x9e3779b97f4a7c15, kNoiseStream = 0xc2b2ae3d27d4eb4f,
                        kSlopeStream = 0x165667b19e3779f9, kGroundStream = 0x85ebca77c2b2ae63;

Layout joined(Layout layout, const Layout& other) {
  layout.append(other);
  return layout;
}

// The columns of a body's condition that there are with these physics.
Layout known_conditions(const mjModel* model, const MuscleCondition& condition,
                        const Devices& devices, const PhysicsStep& physics) {
  Layout known;
  condition.describe(known);
  devices.describe(known);
  if (physics.physics() != Physics::kMujoco) {
    BodyVariation::describe(known, static_cast<int>(model->nbody));
  }
  return known;
}

}  // namespace

BatchEngine::BatchEngine(const mjModel* model, const MotionTable& motions,
                         std::shared_ptr<const Task> task, const EngineConfig& config)
    : config_(config),
      motions_(motions),
      task_(std::move(task)),
      condition_(static_cast<int>(model->nu), config.condition),
      devices_(model, config.devices),
      control_(model, &task_->reference(), config.control),
      physics_(model, config.physics == Physics::kLanes ? Physics::kFused : config.physics),
      proprioception_(model, config.observation),
      shown_(config.observation.conditions, known_conditions(model, condition_, devices_, physics_),
             config.observation.bodies.front(), config.variation.forward),
      observation_(joined(joined(proprioception_.layout(), shown_.layout()), task_->observation())),
      perception_(config.perception, observation_),
      sampler_(&motions_, config.random_start, config.substeps * model->opt.timestep),
      kept_layout_(control_.kept()),
      control_timestep_(config.substeps * model->opt.timestep),
      lanes_(config.physics == Physics::kLanes
                 ? LanePool::make(model, control_, config.variation.field.get())
                 : nullptr),
      lane_control_(model, &control_, &task_->reference()),
      redone_(config.num_envs) {
  check_fit(model, task_->reference());
  Push::describe(kept_layout_);
  condition_begin_ = kept_layout_.size();
  condition_.describe(kept_layout_);
  variation_begin_ = kept_layout_.size();
  if (physics_.physics() != Physics::kMujoco) {  // mj_step has no place for it
    BodyVariation::describe(kept_layout_, static_cast<int>(model->nbody));
  } else if (config.variation.draws() || !config.variation.added_mass.empty() ||
             config.variation.friction != 1.0 || config.variation.slopes() ||
             config.variation.unevens()) {
    throw std::invalid_argument(
        "added masses, other friction, slopes and uneven ground need physics lanes or fused, and a "
        "model that they cover");
  }
  perception_begin_ = kept_layout_.size();
  perception_.describe(kept_layout_);
  device_begin_ = kept_layout_.size();
  devices_.describe(kept_layout_);
  task_begin_ = kept_layout_.size();
  kept_layout_.append(task_->kept());
  shown_.find(kept_layout_);
  mjBatchConfig batch_config;
  mjb_defaultConfig(&batch_config);
  batch_config.nthread = config.num_threads;
  char error[512] = "";
  batch_ = mjb_makeBatch(model, config.num_envs, &batch_config, error, sizeof(error));
  if (batch_ == nullptr) {
    throw std::runtime_error(error);
  }
  const std::unique_ptr<mjData, decltype(&mj_deleteData)> fresh(mj_makeData(model), mj_deleteData);
  fresh_state_.resize(state_size());
  mj_getState(model, fresh.get(), fresh_state_.data(), mjSTATE_INTEGRATION);
  const auto envs = static_cast<std::size_t>(config.num_envs);
  chosen_mask_.resize(envs);
  kept_.resize(envs * kept_layout_.size());
  for (int env = 0; env < config.num_envs; ++env) {
    condition_.fill(condition_row(env));
    devices_.fill(device_row(env));
    if (variation_begin_ < perception_begin_) {
      config_.variation.fill(static_cast<int>(model->nbody), kept_row(env) + variation_begin_);
    }
  }
  episodes_.resize(envs);
  buffers_.obs.resize(envs * obs_dim());
  buffers_.final_obs.resize(envs * obs_dim());
  buffers_.reward.resize(envs);
  buffers_.figures.resize(envs * task_->figures().size());
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

void BatchEngine::set_seed(std::uint64_t seed) {
  const std::lock_guard lock(call_);
  config_.seed = seed;
  for (Episode& episode : episodes_) {
    episode.number = 0;
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
  if (lanes_ != nullptr) {
    run_blocks(reset_block, &call);
  } else {
    run(reset_one, &chosen_, &call);
  }
  for (const int env : failed_) {
    std::fill_n(row(buffers_.obs, env), obs_dim(), 0.0f);
  }
}

void BatchEngine::step(const float* actions, int first, int count) {
  const std::lock_guard lock(call_);
  StepCall call{this, actions, first};
  if (lanes_ != nullptr) {
    chosen_.resize(count);
    std::iota(chosen_.begin(), chosen_.end(), first);
    run_blocks(step_block, &call);
  } else if (count < config_.num_envs) {
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

void BatchEngine::set_recorder(std::shared_ptr<SubstepRecorder> recorder) {
  const std::lock_guard lock(call_);
  recorder_ = std::move(recorder);
}

void BatchEngine::set_episodes(const std::vector<Episode>& episodes) {
  const std::lock_guard lock(call_);
  episodes_ = episodes;
}

Moment BatchEngine::moment_at(const Episode& episode, int control_step, const double* kept) const {
  Moment moment = episode.now;
  task_->advance({episode.start, control_step, control_timestep_}, kept, &moment);
  return moment;
}

void BatchEngine::read_reference(int env, double ahead, double* qpos, double* qvel,
                                 double* tracked_pos, double* tracked_vel) {
  const std::lock_guard lock(call_);
  const Reference& reference = task_->reference();
  const Moment at = {episodes_[env].now.clip, episodes_[env].now.time + ahead};
  reference.joint_state(at, task_row(env), qpos, qvel);
  reference.tracked_state(at, task_row(env), tracked_pos, tracked_vel);
}

void BatchEngine::recompute_control() {
  const std::lock_guard lock(call_);
  const QuietWarnings quiet;
  publish(this);
  mjb_apply(batch_, nullptr, config_.num_envs, recompute_one, this, 0);
  receive(this);
}

void BatchEngine::run(mjfBatchFunc function, const std::vector<int>* envs, void* call, bool save) {
  failed_.clear();
  const int count = envs == nullptr ? config_.num_envs : static_cast<int>(envs->size());
  if (count == 0) {
    return;
  }
  const int* ids = envs == nullptr ? nullptr : envs->data();
  const QuietWarnings quiet;
  publish(call);
  const int failures = mjb_apply(batch_, ids, count, function, call, save ? 1 : 0);
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
  reset.engine->begin_episode(model, data, env, reset.clip_of(env), reset.time_of(env));
}

void BatchEngine::step_one(const mjModel* model, mjData* data, int env, void* call) {
  const PoolTask task(call);
  const auto& step = *static_cast<StepCall*>(call);
  BatchEngine& self = *step.engine;
  const Episode& episode = self.episodes_[env];
  if (episode.ended) {
    return;
  }
  self.prefetch(env);
  const bool went_well = self.advance(model, data, env, step.actions_of(env));
  if (self.finish(model, data, env, went_well)) {
    self.begin_episode(model, data, env, -1, kDraw);
  }
}

void BatchEngine::prefetch(int env) const {
  const Episode& episode = episodes_[env];
  const double* kept = task_row(env);
  for (const int ahead : {1, 2}) {
    task_->prefetch(moment_at(episode, episode.control_step + ahead, kept), kept);
  }
}

bool BatchEngine::finish(const mjModel* model, mjData* data, int env, bool went_well) {
  if (went_well) {
    conclude(model, data, env);
  } else {
    mark_invalid(env);
  }
  const bool over = buffers_.terminated[env] != 0 || buffers_.truncated[env] != 0;
  episodes_[env].ended = over && !config_.auto_reset;
  return over && config_.auto_reset;
}

void BatchEngine::recompute_one(const mjModel* model, mjData* data, int env, void* engine) {
  const PoolTask task(engine);
  BatchEngine& self = *static_cast<BatchEngine*>(engine);
  BodyVariation view;
  self.physics_.forward(model, data, self.variation(env, &view));
  self.control_.keep(model, data, self.kept_row(env));
  self.control_.clear(self.kept_row(env));
}

const BodyVariation* BatchEngine::variation(int env, BodyVariation* view) const {
  if (variation_begin_ == perception_begin_) {
    return nullptr;
  }
  const int bodies = static_cast<int>(model()->nbody);
  *view = BodyVariation::of(
      kept_.data() + static_cast<std::size_t>(env) * kept_layout_.size() + variation_begin_, bodies,
      config_.variation.field.get());
  return view->any(bodies) ? view : nullptr;
}

const double* BatchEngine::capacity_of(int env) {
  thread_local std::vector<double> capacity;  // so that a step allocates nothing
  capacity.resize(static_cast<std::size_t>(model()->nu));
  condition_.capacity(condition_row(env), capacity.data());
  return capacity.data();
}

ControlState BatchEngine::control_state(int env, const float* actions, int substep) {
  ControlState control;
  control.at = episodes_[env].now;
  control.at.time += substep * model()->opt.timestep;
  control.substeps_left = config_.substeps - substep;
  control.plan = task_row(env);
  control.actions = actions;
  control.kept = kept_row(env);
  return control;
}

void BatchEngine::excite(const mjModel* model, mjData* data, int env, const float* actions,
                         int substep) {
  ControlState control = control_state(env, actions, substep);
  control.capacity = capacity_of(env);
  control_.apply(model, data, control);
  condition_.apply(control.capacity, data->ctrl);
  double sum = 0.0, squares = 0.0;
  for (int i = 0; i < model->nu; ++i) {
    sum += std::fabs(data->ctrl[i]);
    squares += data->ctrl[i] * data->ctrl[i];
  }
  task_->substep({model, data}, {substep, config_.substeps, sum, squares}, task_row(env));
}

void BatchEngine::act_devices(const mjModel* model, mjData* data, int env) {
  if (!devices_.any()) {
    return;
  }
  thread_local DeviceSenses senses;  // so that a step allocates nothing
  devices_.sense(model, data, &senses);
  const double* torque = devices_.act(senses, model->opt.timestep, device_row(env));
  for (int i = 0; i < devices_.count(); ++i) {
    data->qfrc_applied[devices_.dof(i)] = torque[i];
  }
}

bool BatchEngine::advance(const mjModel* model, mjData* data, int env, const float* actions) {
  prime_warnings(data);
  mju_zero(data->xfrc_applied, 6 * model->nbody);  // of an environment that failed while pushed
  BodyVariation view;
  const BodyVariation* varied = variation(env, &view);
  for (int substep = 0; substep < config_.substeps; ++substep) {
    excite(model, data, env, actions, substep);
    act_devices(model, data, env);
    push(env).apply(model, data);
    physics_.step(model, data, varied);
    push(env).count_down(model, data);
    if (raised_warning(data)) {
      return false;
    }
    control_.keep(model, data, kept_row(env));
    if (devices_.any()) {
      devices_.note(devices_.load(model, data), model->opt.timestep, device_row(env));
    }
    if (recorder_ != nullptr) {
      recorder_->record(model, data, env, substep);
    }
  }
  if (!finite_state(model, data)) {
    return false;
  }
  LeanKinematics::update_bodies(model, data);
  return true;
}

void BatchEngine::conclude(const mjModel* model, mjData* data, int env) {
  condition_.tire(model, data, control_timestep_, condition_row(env));
  Episode& episode = episodes_[env];
  ++episode.control_step;
  episode.now = moment_at(episode, episode.control_step, task_row(env));
  const std::size_t num_figures = task_->figures().size();
  mj_markStack(data);
  double* figures = mj_stackAllocNum(data, num_figures);
  Body judged = body(model, data, env);
  judged.capacity = capacity_of(env);
  const Outcome outcome = task_->judge(judged, episode.now, task_row(env), figures);
  for (std::size_t i = 0; i < num_figures; ++i) {
    buffers_.figures[i * config_.num_envs + env] = static_cast<float>(figures[i]);
  }
  mj_freeStack(data);
  const bool past_limit =
      config_.max_episode_steps > 0 && episode.control_step >= config_.max_episode_steps;
  buffers_.reward[env] = static_cast<float>(outcome.reward);
  buffers_.terminated[env] = outcome.terminated ? 1 : 0;
  buffers_.truncated[env] = outcome.truncated || past_limit ? 1 : 0;
  buffers_.invalid[env] = 0;
  buffers_.clip[env] = episode.start.clip;
  buffers_.episode_length[env] = episode.control_step;

  task_->plan(body(model, data, env), {episode.start, episode.control_step, control_timestep_},
              &episode.now, task_row(env));
  observe(model, data, env);
  if (outcome.terminated || outcome.truncated || past_limit) {
    std::copy_n(row(buffers_.obs, env), obs_dim(), row(buffers_.final_obs, env));
  }
}

void BatchEngine::mark_invalid(int env) {
  const Episode& episode = episodes_[env];
  buffers_.reward[env] = 0.0f;
  for (std::size_t i = 0; i < task_->figures().size(); ++i) {
    buffers_.figures[i * config_.num_envs + env] = 0.0f;
  }
  buffers_.terminated[env] = 1;
  buffers_.truncated[env] = 0;
  buffers_.invalid[env] = 1;
  buffers_.clip[env] = episode.start.clip;
  buffers_.episode_length[env] = episode.control_step + 1;
  std::copy_n(row(buffers_.obs, env), obs_dim(), row(buffers_.final_obs, env));
}

Moment BatchEngine::draw_start(EpisodeRandom& random, std::int32_t clip, double start_time) const {
  Moment start = sampler_.draw(random);
  if (clip >= 0) {
    start = {clip, sampler_.draw_time(clip, random)};
  }
  if (!std::isnan(start_time)) {
    start.time = std::min(start_time, motions_.duration(start.clip));
  }
  return start;
}

EpisodeRandom BatchEngine::draw_episode(int env, std::int32_t clip, double start_time) {
  Episode& episode = episodes_[env];
  EpisodeRandom random(config_.seed, static_cast<std::uint32_t>(env), episode.number);
  const Moment start = draw_start(random, clip, start_time);
  episode = {.start = start, .now = start, .number = episode.number + 1};
  std::fill_n(task_row(env), task_->kept().size(), 0.0);
  if (config_.variation.draws()) {
    EpisodeRandom other(config_.seed ^ kVariationStream, static_cast<std::uint32_t>(env),
                        episode.number);
    config_.variation.begin(other, static_cast<int>(model()->nbody),
                            kept_row(env) + variation_begin_);
  }
  return random;
}

void BatchEngine::take_start(int env, mjData* data) {
  const Moment& start = episodes_[env].start;
  motions_.joint_state(start, task_row(env), data->qpos, data->qvel);
  if (motions_.num_muscles() > 0) {
    motions_.activation(start, task_row(env), data->act);
  }
  if (config_.variation.slopes()) {
    EpisodeRandom random(config_.seed ^ kSlopeStream, static_cast<std::uint32_t>(env),
                         episodes_[env].number);
    config_.variation.tilt(random, model(), data, kept_row(env) + variation_begin_);
  }
  if (config_.variation.unevens()) {
    EpisodeRandom random(config_.seed ^ kGroundStream, static_cast<std::uint32_t>(env),
                         episodes_[env].number);
    config_.variation.spread(random, model(), data, kept_row(env) + variation_begin_);
  }
  task_->reference().stand(footing(env), task_row(env));
  task_->reference().lay(task_row(env), data->qpos, data->qvel);
}

Footing BatchEngine::footing(int env) const {
  Footing footing{};
  BodyVariation view;
  if (variation(env, &view) != nullptr) {
    footing[0] = view.rise(0);
    footing[1] = view.rise(1);
    std::copy_n(view.slope + kRiseColumns, Ground::kColumns, &footing[kRiseColumns]);
  }
  return footing;
}

Body BatchEngine::body(const mjModel* model, mjData* data, int env) const {
  Body found{model, data};
  BodyVariation view;
  if (variation(env, &view) != nullptr) {
    const mjtNum* root = data->xpos + 3 * config_.observation.bodies.front();
    found.rise = {view.rise(0), view.rise(1)};
    found.ground = view.ground.around(root[0], root[1]);
  }
  return found;
}

void BatchEngine::open_episode(const mjModel* model, mjData* data, int env, EpisodeRandom& random) {
  control_.clear(kept_row(env));
  push(env) = {};
  task_->begin(body(model, data, env), random, &episodes_[env].now, task_row(env));
  condition_.begin(random, condition_row(env));
  perception_.begin(random, perception_row(env));
  if (devices_.any()) {
    devices_.begin(random, devices_.load(model, data), device_row(env));
  }
  observe(model, data, env);
}

void BatchEngine::begin_episode(const mjModel* model, mjData* data, int env, std::int32_t clip,
                                double start_time) {
  EpisodeRandom random = draw_episode(env, clip, start_time);
  mj_resetData(model, data);
  take_start(env, data);
  BodyVariation view;
  physics_.forward(model, data, variation(env, &view));
  control_.keep(model, data, kept_row(env));
  open_episode(model, data, env, random);
}

// The reference one control step ahead is part of the observation. At the clip's end it goes on:
// one that stood still there would look like nothing that the value function has learned from.
void BatchEngine::observe(const mjModel* model, mjData* data, int env) {
  task_->reference().stand(footing(env), task_row(env));
  const Episode& episode = episodes_[env];
  const Moment next = moment_at(episode, episode.control_step + 1, task_row(env));
  float* out = row(buffers_.obs, env);
  const Body seen = body(model, data, env);
  proprioception_.write(model, data, seen.rise, seen.ground, out);
  BodyVariation view;
  float* rest = shown_.write(data, variation(env, &view), kept_row(env),
                             out + proprioception_.layout().size());
  task_->observe(seen, next, task_row(env), rest);
  if (perception_.late() || perception_.noisy()) {
    constexpr std::uint64_t kSteps = 1u << 20;  // of an episode, after which noise comes again
    EpisodeRandom noise(
        config_.seed ^ kNoiseStream, static_cast<std::uint32_t>(env),
        episode.number * kSteps + static_cast<std::uint64_t>(episode.control_step) % kSteps);
    perception_.apply(noise, episode.control_step, perception_row(env), out);
  }
}

void BatchEngine::count_ended_episodes(int first, int count) {
  for (int env = first; env < first + count; ++env) {
    const bool lost = buffers_.terminated[env] != 0;
    Episode& episode = episodes_[env];
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
