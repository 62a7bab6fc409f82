// MotionTable over numpy arrays.
#include <pybind11/stl.h>

#include "arrays.hpp"
#include "kinesis/motion/disturbed_motion.hpp"
#include "kinesis/motion/laid_motion.hpp"
#include "kinesis/motion/motion_table.hpp"

namespace kinesis::bindings {
namespace {

// Torque, activation and excitation of every frame.
using Prior = std::tuple<Array<float>, Array<float>, Array<float>>;

MotionTable make_table(const Array<std::int64_t>& first_frame, const Array<double>& frame_rate,
                       const Array<float>& qpos, const Array<float>& qvel,
                       const Array<float>& tracked_pos, const Array<float>& tracked_vel,
                       std::vector<int> quaternion_addresses, const std::optional<Prior>& prior) {
  const py::ssize_t clips = frame_rate.size();
  const py::ssize_t frames = qpos.shape(0);
  MotionArrays arrays;
  arrays.num_clips = static_cast<int>(clips);
  arrays.num_frames = frames;
  arrays.nq = static_cast<int>(qpos.shape(1));
  arrays.nv = static_cast<int>(qvel.shape(1));
  arrays.num_tracked = static_cast<int>(tracked_pos.shape(1));
  arrays.first_frame = checked(first_frame, {clips + 1}, "first_frame");
  arrays.frame_rate = checked(frame_rate, {clips}, "frame_rate");
  arrays.qpos = checked(qpos, {frames, arrays.nq}, "qpos");
  arrays.qvel = checked(qvel, {frames, arrays.nv}, "qvel");
  arrays.tracked_pos = checked(tracked_pos, {frames, arrays.num_tracked, 3}, "tracked_pos");
  arrays.tracked_vel = checked(tracked_vel, {frames, arrays.num_tracked, 3}, "tracked_vel");
  if (prior) {
    const auto& [torque, activation, excitation] = *prior;
    arrays.num_torques = static_cast<int>(torque.shape(1));
    arrays.num_muscles = static_cast<int>(activation.shape(1));
    arrays.torque = checked(torque, {frames, arrays.num_torques}, "torque");
    arrays.activation = checked(activation, {frames, arrays.num_muscles}, "activation");
    arrays.excitation = checked(excitation, {frames, arrays.num_muscles}, "excitation");
  }
  return MotionTable(arrays, std::move(quaternion_addresses));
}

using Bounds = std::pair<double, double>;

void def_span(py::class_<MotionErrors>& of, const char* name, Span MotionErrors::* member) {
  of.def_property(
      name,
      [member](const MotionErrors& self) {
        return Bounds((self.*member).low, (self.*member).high);
      },
      [member](MotionErrors& self, Bounds bounds) {
        self.*member = {bounds.first, bounds.second};
      });
}

// A clip's frames as one episode from its beginning has them: qpos, qvel, tracked_pos, tracked_vel.
py::tuple read_episode(const DisturbedMotion& motion, int clip, double frame_rate,
                       py::ssize_t frames, std::uint64_t seed) {
  Array<double> qpos({frames, static_cast<py::ssize_t>(motion.nq())});
  Array<double> qvel({frames, static_cast<py::ssize_t>(motion.nv())});
  const auto tracked = static_cast<py::ssize_t>(motion.num_tracked());
  Array<double> pos({frames, tracked, py::ssize_t{3}}), vel({frames, tracked, py::ssize_t{3}});
  double *at_qpos = qpos.mutable_data(), *at_qvel = qvel.mutable_data();
  double *at_pos = pos.mutable_data(), *at_vel = vel.mutable_data();
  {
    py::gil_scoped_release release;  // the arrays are nobody else's yet
    EpisodeRandom random(seed, static_cast<std::uint32_t>(clip), 0);
    std::vector<double> plan(motion.plan().size());
    motion.begin({clip, 0.0}, random, plan.data());
    for (py::ssize_t i = 0; i < frames; ++i) {
      const Moment at{clip, static_cast<double>(i) / frame_rate};
      motion.joint_state(at, plan.data(), at_qpos + i * motion.nq(), at_qvel + i * motion.nv());
      motion.tracked_state(at, plan.data(), at_pos + 3 * i * tracked, at_vel + 3 * i * tracked);
    }
  }
  return py::make_tuple(qpos, qvel, pos, vel);
}

// A state as it is on a floor that rises so, and on ground with these columns.
py::tuple laid(const LaidMotion& motion, std::array<double, kRiseColumns> rise,
               const Array<double>& qpos, const Array<double>& qvel,
               std::array<double, Ground::kColumns> ground) {
  const py::ssize_t nq = motion.nq(), nv = motion.nv();
  Array<double> at(nq), rate(nv);
  std::copy_n(checked(qpos, {nq}, "qpos"), nq, at.mutable_data());
  std::copy_n(checked(qvel, {nv}, "qvel"), nv, rate.mutable_data());
  std::vector<double> plan(motion.plan().size());
  Footing footing;
  std::copy(ground.begin(), ground.end(), std::copy(rise.begin(), rise.end(), footing.begin()));
  motion.stand(footing, plan.data());
  motion.lay(plan.data(), at.mutable_data(), rate.mutable_data());
  return py::make_tuple(at, rate);
}

}  // namespace

void register_motions(py::module_& module) {
  py::class_<GroundField, std::shared_ptr<GroundField>>(module, "GroundField",
                                                        "Heights of uneven ground, on a grid.")
      .def(py::init([](const Array<double>& heights, double cell) {
             if (heights.ndim() != 2) {
               throw std::invalid_argument("heights of the ground are rows and columns");
             }
             return std::make_shared<GroundField>(
                 static_cast<int>(heights.shape(0)), static_cast<int>(heights.shape(1)),
                 std::vector<double>(heights.data(), heights.data() + heights.size()), cell);
           }),
           py::arg("heights"), py::arg("cell"))
      .def(
          "height",
          [](const GroundField& field, std::array<double, Ground::kColumns> ground, double x,
             double y) { return Ground::of(&field, ground.data()).height(x, y); },
          py::arg("ground"), py::arg("x"), py::arg("y"),
          "How high the ground of a body with these columns is at a place of the world, m.");
  py::class_<Reference>(module, "Reference", "What bodies follow.");
  py::class_<MotionTable, Reference>(module, "MotionTable",
                                     "Clips; borrows the arrays and keeps them alive.")
      .def(py::init(&make_table), py::arg("first_frame").noconvert(),
           py::arg("frame_rate").noconvert(), py::arg("qpos").noconvert(),
           py::arg("qvel").noconvert(), py::arg("tracked_pos").noconvert(),
           py::arg("tracked_vel").noconvert(), py::arg("quaternion_addresses"), py::arg("prior"),
           py::keep_alive<1, 2>(), py::keep_alive<1, 3>(), py::keep_alive<1, 4>(),
           py::keep_alive<1, 5>(), py::keep_alive<1, 6>(), py::keep_alive<1, 7>(),
           py::keep_alive<1, 9>());
  py::class_<JointError>(module, "JointError")
      .def(py::init([](std::vector<int> joints, std::vector<double> coefficient, Bounds span) {
             return JointError{
                 std::move(joints), std::move(coefficient), {span.first, span.second}};
           }),
           py::arg("joints"), py::arg("coefficient"), py::arg("span"));
  py::class_<MotionErrors> errors(module, "MotionErrors");
  errors.def(py::init<>())
      .def_readwrite("share", &MotionErrors::share)
      .def_readwrite("each", &MotionErrors::each)
      .def_readwrite("joints", &MotionErrors::joints);
  def_span(errors, "height", &MotionErrors::height);
  def_span(errors, "slope", &MotionErrors::slope);
  def_span(errors, "drift", &MotionErrors::drift);
  def_span(errors, "shake", &MotionErrors::shake);
  def_span(errors, "shake_frequency", &MotionErrors::shake_frequency);
  def_span(errors, "timing", &MotionErrors::timing);
  def_span(errors, "timing_frequency", &MotionErrors::timing_frequency);
  def_span(errors, "smoothing", &MotionErrors::smoothing);
  def_span(errors, "joint_noise", &MotionErrors::joint_noise);
  def_span(errors, "root_noise", &MotionErrors::root_noise);
  def_span(errors, "dropped", &MotionErrors::dropped);
  py::class_<DisturbedMotion, Reference>(module, "DisturbedMotion",
                                         "Clips with errors, drawn anew in every episode.")
      .def(py::init([](const MotionTable& clips, std::uintptr_t model,
                       const std::vector<int>& tracked, const MotionErrors& drawn) {
             return DisturbedMotion(&clips, reinterpret_cast<const mjModel*>(model), tracked,
                                    drawn);
           }),
           py::arg("clips"), py::arg("model"), py::arg("tracked"), py::arg("errors"),
           py::keep_alive<1, 2>())
      .def("read_episode", &read_episode, py::arg("clip"), py::arg("frame_rate"), py::arg("frames"),
           py::arg("seed"));
  py::class_<LaidMotion, Reference>(module, "LaidMotion",
                                    "A motion laid on slopes and uneven ground.")
      .def(py::init([](const Reference& level, std::shared_ptr<PlantedLegs> legs,
                       std::shared_ptr<GroundField> ground) {
             return LaidMotion(&level, std::move(legs), std::move(ground));
           }),
           py::arg("level"), py::arg("legs"), py::arg("ground").none(true) = py::none(),
           py::keep_alive<1, 2>())
      .def("laid", &laid, py::arg("rise"), py::arg("qpos").noconvert(), py::arg("qvel").noconvert(),
           py::arg("ground") = std::array<double, Ground::kColumns>{});
}

}  // namespace kinesis::bindings
