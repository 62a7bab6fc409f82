// BatchEngine and its configuration.
#include <pybind11/stl.h>

#include <cmath>
#include <cstring>

#include "arrays.hpp"
#include "kinesis/engine/batch_engine.hpp"

namespace kinesis::bindings {
namespace {

std::unique_ptr<BatchEngine> make_engine(std::uintptr_t model_address, const MotionTable& motions,
                                         std::shared_ptr<Task> task, const EngineConfig& config) {
  return std::make_unique<BatchEngine>(reinterpret_cast<const mjModel*>(model_address), motions,
                                       std::move(task), config);
}

// actions: (count, num_actions), of environments first to first + count - 1.
void step(BatchEngine& engine, const Array<float>& actions, int first, int count) {
  if (first < 0 || count < 1 || count > engine.num_envs() - first) {
    throw std::invalid_argument("environments " + std::to_string(first) + " to " +
                                std::to_string(first + count - 1) + " are not among the " +
                                std::to_string(engine.num_envs()));
  }
  const py::ssize_t envs = count;
  const py::ssize_t width = engine.num_actions();
  const float* data = checked(actions, {envs, width}, "actions");
  for (py::ssize_t i = 0; i < envs * width; ++i) {
    if (!std::isfinite(data[i])) {
      throw std::invalid_argument("action " + std::to_string(i % width) + " of environment " +
                                  std::to_string(first + i / width) + " is " +
                                  std::to_string(data[i]) + "; actions must be finite, in [-1, 1]");
    }
  }
  // Safe: the argument holds a reference to the array, and no Python object is touched.
  const py::gil_scoped_release release;
  engine.step(data, first, count);
}

void reset(BatchEngine& engine, const Array<bool>& mask, const Array<std::int32_t>& clip,
           const Array<double>& start_time) {
  const py::ssize_t envs = engine.num_envs();
  static_assert(sizeof(bool) == sizeof(std::uint8_t));
  const auto* chosen = reinterpret_cast<const std::uint8_t*>(checked(mask, {envs}, "mask"));
  const std::int32_t* clips = checked(clip, {envs}, "clip");
  const double* times = checked(start_time, {envs}, "start_time");
  // Safe: the arguments hold references to the arrays, and no Python object is touched.
  const py::gil_scoped_release release;
  engine.reset(chosen, clips, times);
}

void set_sampling_weights(BatchEngine& engine, const Array<double>& weights) {
  const auto clips = static_cast<py::ssize_t>(engine.statistics().episodes.size());
  engine.set_sampling_weights(checked(weights, {clips}, "weights"));
}

py::dict buffers(const py::object& self) {
  auto& engine = self.cast<BatchEngine&>();
  EngineBuffers& b = engine.buffers();
  const py::ssize_t envs = engine.num_envs();
  const py::ssize_t dim = engine.obs_dim();
  py::dict out;
  out["obs"] = view(b.obs.data(), {envs, dim}, self);
  out["final_obs"] = view(b.final_obs.data(), {envs, dim}, self);
  out["reward"] = view(b.reward.data(), {envs}, self);
  out["terminated"] = view(reinterpret_cast<bool*>(b.terminated.data()), {envs}, self);
  out["truncated"] = view(reinterpret_cast<bool*>(b.truncated.data()), {envs}, self);
  out["invalid"] = view(reinterpret_cast<bool*>(b.invalid.data()), {envs}, self);
  out["clip"] = view(b.clip.data(), {envs}, self);
  out["episode_length"] = view(b.episode_length.data(), {envs}, self);
  float* figure = b.figures.data();
  for (const Figure& f : engine.task().figures()) {
    out[py::str(f.name)] = view(figure, {envs}, self);
    figure += envs;
  }
  return out;
}

py::dict statistics(const BatchEngine& engine) {
  const ClipStatistics& s = const_cast<BatchEngine&>(engine).statistics();
  py::dict out;
  out["episodes"] = py::cast(s.episodes);
  out["terminated"] = py::cast(s.terminated);
  out["control_steps"] = py::cast(s.control_steps);
  return out;
}

// A live, writable view of one component of all state rows.
py::array state_component(const py::object& self, int component) {
  auto& engine = self.cast<BatchEngine&>();
  int size = 0;
  double* first = engine.state_component(component, &size);
  if (first == nullptr) {
    throw std::invalid_argument("state component " + std::to_string(component) +
                                " is not one mjtState bit of this model");
  }
  const py::ssize_t stride = engine.state_size() * static_cast<py::ssize_t>(sizeof(double));
  return py::array(py::dtype::of<double>(),
                   {static_cast<py::ssize_t>(engine.num_envs()), static_cast<py::ssize_t>(size)},
                   {stride, static_cast<py::ssize_t>(sizeof(double))}, first, self);
}

py::array state_rows(const py::object& self) {
  auto& engine = self.cast<BatchEngine&>();
  return view(engine.state_row(0), {engine.num_envs(), engine.state_size()}, self);
}

py::dict as_dict(const Layout& layout) {
  py::dict out;
  for (const NamedSlice& s : layout.slices()) {
    out[py::str(s.name)] = py::slice(s.begin, s.end, std::nullopt);
  }
  return out;
}

// A live, writable view (num_envs, columns) of what is kept for every environment; its columns are
// those of kept_layout.
py::array kept_state(const py::object& self) {
  auto& engine = self.cast<BatchEngine&>();
  return view(engine.kept_row(0), {engine.num_envs(), engine.kept().size()}, self);
}

// What every environment follows, so many seconds from now.
py::dict reference(BatchEngine& engine, double ahead) {
  const py::ssize_t envs = engine.num_envs();
  const Reference& followed = engine.task().reference();
  Array<double> qpos({envs, static_cast<py::ssize_t>(followed.nq())});
  Array<double> qvel({envs, static_cast<py::ssize_t>(followed.nv())});
  const std::vector<py::ssize_t> shape = {envs, followed.num_tracked(), 3};
  Array<double> pos(shape), vel(shape);
  for (int env = 0; env < engine.num_envs(); ++env) {
    engine.read_reference(env, ahead, qpos.mutable_data(env, 0), qvel.mutable_data(env, 0),
                          pos.mutable_data(env, 0, 0), vel.mutable_data(env, 0, 0));
  }
  py::dict out;
  out["qpos"] = qpos;
  out["qvel"] = qvel;
  out["tracked_pos"] = pos;
  out["tracked_vel"] = vel;
  return out;
}

// Of environments first to first + count - 1 alone: others may be stepping.
Array<std::int32_t> get_clips(const BatchEngine& engine, int first, int count) {
  if (first < 0 || count < 0 || first + count > engine.num_envs()) {
    throw std::out_of_range("no such environments");
  }
  Array<std::int32_t> clip(count);
  for (int i = 0; i < count; ++i) {
    clip.mutable_at(i) = engine.episode(first + i).start.clip;
  }
  return clip;
}

py::dict get_episodes(const BatchEngine& engine) {
  const py::ssize_t envs = engine.num_envs();
  Array<std::int32_t> clip(envs), control_step(envs), reference_clip(envs);
  Array<double> start_time(envs), reference_time(envs);
  Array<std::uint64_t> number(envs);
  for (int i = 0; i < engine.num_envs(); ++i) {
    const Episode& episode = engine.episode(i);
    clip.mutable_at(i) = episode.start.clip;
    start_time.mutable_at(i) = episode.start.time;
    control_step.mutable_at(i) = episode.control_step;
    number.mutable_at(i) = episode.number;
    reference_clip.mutable_at(i) = episode.now.clip;
    reference_time.mutable_at(i) = episode.now.time;
  }
  py::dict out;
  out["clip"] = clip;
  out["control_step"] = control_step;
  out["start_time"] = start_time;
  out["episode"] = number;
  out["reference_clip"] = reference_clip;
  out["reference_time"] = reference_time;
  return out;
}

// reference_clip and reference_time: both or neither; without them the task's clock tells.
void set_episodes(BatchEngine& engine, const Array<std::int32_t>& clip,
                  const Array<std::int32_t>& control_step, const Array<double>& start_time,
                  const Array<std::uint64_t>& number,
                  const std::optional<Array<std::int32_t>>& reference_clip,
                  const std::optional<Array<double>>& reference_time) {
  const py::ssize_t envs = engine.num_envs();
  const auto* clips = checked(clip, {envs}, "clip");
  const auto* steps = checked(control_step, {envs}, "control_step");
  const auto* times = checked(start_time, {envs}, "start_time");
  const auto* numbers = checked(number, {envs}, "episode");
  const bool moments = reference_clip.has_value() && reference_time.has_value();
  const auto* now_clips = moments ? checked(*reference_clip, {envs}, "reference_clip") : nullptr;
  const auto* now_times = moments ? checked(*reference_time, {envs}, "reference_time") : nullptr;
  std::vector<Episode> episodes(envs);
  for (int i = 0; i < engine.num_envs(); ++i) {
    Episode& episode = episodes[i];
    episode.start = {clips[i], times[i]};
    episode.now = episode.start;
    episode.control_step = steps[i];
    episode.number = numbers[i];
    episode.now =
        moments ? Moment{now_clips[i], now_times[i]}
                : engine.moment_at(episode, steps[i], engine.kept_row(i) + engine.task_columns());
  }
  engine.set_episodes(episodes);
}

std::shared_ptr<FieldRecorder> record(BatchEngine& engine, const std::vector<std::string>& fields) {
  auto recorder =
      std::make_shared<FieldRecorder>(engine.model(), fields, engine.num_envs(), engine.substeps());
  engine.set_recorder(recorder);
  return recorder;
}

// A live view (num_envs, substeps, columns).
py::array recorded(const py::object& self) {
  auto& recorder = self.cast<FieldRecorder&>();
  return view(recorder.values(),
              {recorder.num_envs(), recorder.substeps(), recorder.columns().size()}, self);
}

void register_configuration(py::module_& module) {
  py::enum_<ControlMode>(module, "ControlMode")
      .value("length", ControlMode::kLength)
      .value("direct", ControlMode::kDirect)
      .value("residual", ControlMode::kResidual)
      .value("joint", ControlMode::kJoint)
      .value("joint_residual", ControlMode::kJointResidual);
  py::class_<LengthGains>(module, "LengthGains")
      .def(py::init<>())
      .def_readwrite("stiffness", &LengthGains::stiffness)
      .def_readwrite("damping", &LengthGains::damping);
  py::class_<JointControlConfig>(module, "JointControlConfig")
      .def(py::init<>())
      .def_readwrite("stiffness", &JointControlConfig::stiffness)
      .def_readwrite("damping", &JointControlConfig::damping)
      .def_readwrite("lead", &JointControlConfig::lead)
      .def_readwrite("torque_lead", &JointControlConfig::torque_lead)
      .def_readwrite("free_frequency", &JointControlConfig::free_frequency)
      .def_readwrite("free_damping", &JointControlConfig::free_damping)
      .def_readwrite("standing_load", &JointControlConfig::standing_load)
      .def_readwrite("touch_sensors", &JointControlConfig::touch_sensors)
      .def_readwrite("reach", &JointControlConfig::reach)
      .def_readwrite("ramp", &JointControlConfig::ramp)
      .def_readwrite("torque_weight", &JointControlConfig::torque_weight)
      .def_readwrite("effort_weight", &JointControlConfig::effort_weight);
  py::class_<ControlConfig>(module, "ControlConfig")
      .def(py::init<>())
      .def_readwrite("mode", &ControlConfig::mode)
      .def_readwrite("length", &ControlConfig::length)
      .def_readwrite("joint", &ControlConfig::joint)
      .def_readwrite("residual_scale", &ControlConfig::residual_scale);
  py::class_<VariationConfig>(module, "VariationConfig")
      .def(py::init<>())
      .def_readwrite("added_mass", &VariationConfig::added_mass)
      .def_readwrite("friction", &VariationConfig::friction)
      .def_readwrite("root_body", &VariationConfig::root_body)
      .def_readwrite("least_mass", &VariationConfig::least_mass)
      .def_readwrite("most_mass", &VariationConfig::most_mass)
      .def_readwrite("least_friction", &VariationConfig::least_friction)
      .def_readwrite("most_friction", &VariationConfig::most_friction)
      .def_readwrite("slope", &VariationConfig::slope)
      .def_readwrite("least_slope", &VariationConfig::least_slope)
      .def_readwrite("most_slope", &VariationConfig::most_slope)
      .def_readwrite("forward", &VariationConfig::forward)
      .def_property(
          "field", [](const VariationConfig& config) { return config.field; },
          [](VariationConfig& config, std::shared_ptr<GroundField> field) {
            config.field = std::move(field);
          })
      .def_readwrite("uneven", &VariationConfig::uneven)
      .def_readwrite("least_uneven", &VariationConfig::least_uneven)
      .def_readwrite("most_uneven", &VariationConfig::most_uneven)
      .def_readwrite("scattered", &VariationConfig::scattered);
  py::class_<PerceptionConfig>(module, "PerceptionConfig")
      .def(py::init<>())
      .def_readwrite("noise", &PerceptionConfig::noise)
      .def_readwrite("least_delay", &PerceptionConfig::least_delay)
      .def_readwrite("most_delay", &PerceptionConfig::most_delay);
  py::class_<ObservationConfig>(module, "ObservationConfig")
      .def(py::init<>())
      .def_readwrite("bodies", &ObservationConfig::bodies)
      .def_readwrite("linear_velocity_sensors", &ObservationConfig::linear_velocity_sensors)
      .def_readwrite("angular_velocity_sensors", &ObservationConfig::angular_velocity_sensors)
      .def_readwrite("touch_sensors", &ObservationConfig::touch_sensors)
      .def_readwrite("feet", &ObservationConfig::feet)
      .def_readwrite("muscle_length", &ObservationConfig::muscle_length)
      .def_readwrite("muscle_velocity", &ObservationConfig::muscle_velocity)
      .def_readwrite("muscle_force", &ObservationConfig::muscle_force)
      .def_readwrite("muscle_activation", &ObservationConfig::muscle_activation)
      .def_readwrite("conditions", &ObservationConfig::conditions);
  py::class_<FatigueRates>(module, "FatigueRates")
      .def(py::init([](double tiring, double recovery, double at_rest) {
             return FatigueRates{tiring, recovery, at_rest};
           }),
           py::arg("tiring"), py::arg("recovery"), py::arg("at_rest"));
  py::class_<ConditionConfig>(module, "ConditionConfig")
      .def(py::init<>())
      .def_readwrite("strength", &ConditionConfig::strength)
      .def_readwrite("weak_share", &ConditionConfig::weak_share)
      .def_readwrite("groups", &ConditionConfig::groups)
      .def_readwrite("weakest_group", &ConditionConfig::weakest_group)
      .def_readwrite("strongest_group", &ConditionConfig::strongest_group)
      .def_readwrite("weakest", &ConditionConfig::weakest)
      .def_readwrite("strongest", &ConditionConfig::strongest)
      .def_readwrite("fatigue", &ConditionConfig::fatigue)
      .def_readwrite("fatigue_speed", &ConditionConfig::fatigue_speed)
      .def_readwrite("least_tired", &ConditionConfig::least_tired)
      .def_readwrite("most_tired", &ConditionConfig::most_tired);
  py::enum_<DeviceLaw>(module, "DeviceLaw")
      .value("profile", DeviceLaw::kProfile)
      .value("spring", DeviceLaw::kSpring)
      .value("drive", DeviceLaw::kDrive);
  py::class_<DeviceConfig>(module, "DeviceConfig")
      .def(py::init<>())
      .def_readwrite("law", &DeviceConfig::law)
      .def_readwrite("joint", &DeviceConfig::joint)
      .def_readwrite("side", &DeviceConfig::side)
      .def_readwrite("muscles", &DeviceConfig::muscles)
      .def_readwrite("parameters", &DeviceConfig::parameters)
      .def_readwrite("unit", &DeviceConfig::unit)
      .def_readwrite("most_torque", &DeviceConfig::most_torque)
      .def_readwrite("most_power", &DeviceConfig::most_power)
      .def_readwrite("most_rate", &DeviceConfig::most_rate);
  py::class_<DevicesConfig>(module, "DevicesConfig")
      .def(py::init<>())
      .def_readwrite("devices", &DevicesConfig::devices)
      .def_readwrite("touch_sensors", &DevicesConfig::touch_sensors)
      .def_readwrite("least_added", &DevicesConfig::least_added)
      .def_readwrite("most_added", &DevicesConfig::most_added);
  py::class_<EngineConfig>(module, "EngineConfig")
      .def(py::init<>())
      .def_readwrite("num_envs", &EngineConfig::num_envs)
      .def_readwrite("num_threads", &EngineConfig::num_threads)
      .def_readwrite("substeps", &EngineConfig::substeps)
      .def_readwrite("physics", &EngineConfig::physics)
      .def_readwrite("seed", &EngineConfig::seed)
      .def_readwrite("random_start", &EngineConfig::random_start)
      .def_readwrite("auto_reset", &EngineConfig::auto_reset)
      .def_readwrite("max_episode_steps", &EngineConfig::max_episode_steps)
      .def_readwrite("control", &EngineConfig::control)
      .def_readwrite("condition", &EngineConfig::condition)
      .def_readwrite("observation", &EngineConfig::observation)
      .def_readwrite("variation", &EngineConfig::variation)
      .def_readwrite("perception", &EngineConfig::perception)
      .def_readwrite("devices", &EngineConfig::devices);
}

}  // namespace

void register_engine(py::module_& module) {
  register_configuration(module);
  py::class_<FieldRecorder, std::shared_ptr<FieldRecorder>>(module, "FieldRecorder")
      .def_static("known_fields", &FieldRecorder::known_fields)
      .def("values", &recorded, "A live view of what the last control step's physics steps left.")
      .def_property_readonly(
          "columns", [](const FieldRecorder& recorder) { return as_dict(recorder.columns()); });
  py::class_<BatchEngine>(module, "BatchEngine")
      .def(py::init(&make_engine), py::arg("model_address"), py::arg("motions"), py::arg("task"),
           py::arg("config"), py::keep_alive<1, 3>(), py::keep_alive<1, 4>())
      .def("step", &step, py::arg("actions").noconvert(), py::arg("first"), py::arg("count"))
      .def("reset", &reset, py::arg("mask").noconvert(), py::arg("clip").noconvert(),
           py::arg("start_time").noconvert())
      .def("set_seed", &BatchEngine::set_seed, py::arg("seed"))
      .def("set_sampling_weights", &set_sampling_weights, py::arg("weights").noconvert())
      .def("recompute_control", &BatchEngine::recompute_control,
           py::call_guard<py::gil_scoped_release>())  // Safe: touches no Python object.
      .def("buffers", &buffers, "Live views of what the last call wrote, by name.")
      .def("state_rows", &state_rows)
      .def("state_component", &state_component, py::arg("component"))
      .def("kept_state", &kept_state)
      .def("reference", &reference, py::arg("ahead"))
      .def("get_clips", &get_clips, py::arg("first"), py::arg("count"))
      .def("get_episodes", &get_episodes)
      .def("set_episodes", &set_episodes, py::arg("clip").noconvert(),
           py::arg("control_step").noconvert(), py::arg("start_time").noconvert(),
           py::arg("episode").noconvert(), py::arg("reference_clip") = py::none(),
           py::arg("reference_time") = py::none())
      .def("record", &record, py::arg("fields"),
           "Keeps these fields of mjData of every physics step from now on.")
      .def("stop_recording", [](BatchEngine& engine) { engine.set_recorder(nullptr); })
      .def("limit_excitations", &BatchEngine::limit_excitations, py::arg("mean"),
           py::arg("components"))
      .def("statistics", &statistics)
      .def_property_readonly("invalid_episodes", &BatchEngine::invalid_episodes)
      .def_property_readonly("num_actions", &BatchEngine::num_actions)
      .def_property_readonly("num_threads", &BatchEngine::num_threads)
      .def_property_readonly("physics", &BatchEngine::physics)
      .def_property_readonly("lane_width", &BatchEngine::lane_width)
      .def_property_readonly("redone_steps", &BatchEngine::redone_steps)
      .def_property_readonly("obs_dim", &BatchEngine::obs_dim)
      .def_property_readonly("control_timestep", &BatchEngine::control_timestep)
      .def_property_readonly("kept_layout",
                             [](const BatchEngine& engine) { return as_dict(engine.kept()); })
      .def_property_readonly("control_columns", &BatchEngine::control_columns)
      .def_property_readonly("observation_layout", [](const BatchEngine& engine) {
        return as_dict(engine.observation_layout());
      });
}

}  // namespace kinesis::bindings
