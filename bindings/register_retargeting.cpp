// Inverse kinematics and motion derivatives over numpy arrays.
#include <pybind11/stl.h>

#include "arrays.hpp"
#include "kinesis/body/planted_legs.hpp"
#include "kinesis/motion/motion_derivatives.hpp"
#include "kinesis/retarget/retargeter.hpp"

namespace kinesis::bindings {
namespace {

py::dict solve(const Retargeter& retargeter, const Array<double>& targets,
               const Array<double>& root_quat, double frame_rate,
               const std::optional<Array<double>>& posture) {
  const py::ssize_t frames = root_quat.shape(0);
  const py::ssize_t bodies = retargeter.num_bodies();
  const py::ssize_t feet = retargeter.num_feet();
  if (frames < 1 || !(frame_rate > 0.0)) {
    throw std::invalid_argument("a clip needs a frame and a positive frame rate");
  }
  RetargetInput input;
  input.frames = static_cast<int>(frames);
  input.frame_rate = frame_rate;
  input.targets = checked(targets, {frames, bodies, 3}, "targets");
  input.root_quat = checked(root_quat, {frames, 4}, "root_quat");
  if (posture) {
    input.posture = checked(*posture, {frames, retargeter.nq()}, "posture");
  }
  RetargetResult result;
  {
    // Safe: the arguments hold references to the arrays, and no Python object is touched.
    const py::gil_scoped_release release;
    result = retargeter.solve(input);
  }
  py::dict out;
  out["qpos"] = owned(std::move(result.qpos), {frames, retargeter.nq()});
  out["targets"] = owned(std::move(result.targets), {frames, bodies, 3});
  out["reached"] = owned(std::move(result.reached), {frames, retargeter.nq()});
  out["fit"] = owned(std::move(result.fit), {frames, bodies});
  out["error"] = owned(std::move(result.error), {frames, bodies});
  out["sole"] = owned(std::move(result.sole), {frames, feet});
  out["slide"] = owned(std::move(result.slide), {frames, feet});
  out["contact"] = owned(std::move(result.contact), {frames, feet, 2});
  out["limit_share"] = result.limit_share;
  return out;
}

py::array velocities(std::uintptr_t model_address, const Array<double>& qpos, double frame_rate) {
  const auto* model = reinterpret_cast<const mjModel*>(model_address);
  const py::ssize_t frames = qpos.shape(0);
  const double* rows = checked(qpos, {frames, static_cast<py::ssize_t>(model->nq)}, "qpos");
  std::vector<double> qvel(static_cast<std::size_t>(frames * model->nv));
  {
    // Safe: the argument holds a reference to the array, and no Python object is touched.
    const py::gil_scoped_release release;
    joint_velocities(model, rows, static_cast<int>(frames), frame_rate, qvel.data());
  }
  return owned(std::move(qvel), {frames, static_cast<py::ssize_t>(model->nv)});
}

py::tuple pose(std::uintptr_t model_address, const Array<double>& qpos) {
  const auto* model = reinterpret_cast<const mjModel*>(model_address);
  const py::ssize_t frames = qpos.shape(0);
  const auto bodies = static_cast<py::ssize_t>(model->nbody);
  const auto joints = static_cast<py::ssize_t>(model->njnt);
  const double* rows = checked(qpos, {frames, static_cast<py::ssize_t>(model->nq)}, "qpos");
  std::vector<double> pos(static_cast<std::size_t>(3 * frames * bodies)), rot(3 * pos.size());
  std::vector<double> anchor(static_cast<std::size_t>(3 * frames * joints)), axis(anchor.size());
  {
    // Safe: the argument holds a reference to the array, and no Python object is touched.
    const py::gil_scoped_release release;
    body_poses(model, rows, static_cast<int>(frames),
               {pos.data(), rot.data(), anchor.data(), axis.data()});
  }
  return py::make_tuple(
      owned(std::move(pos), {frames, bodies, 3}), owned(std::move(rot), {frames, bodies, 3, 3}),
      owned(std::move(anchor), {frames, joints, 3}), owned(std::move(axis), {frames, joints, 3}));
}

py::array plant(const PlantedLegs& legs, const Array<double>& qpos, const Array<double>& foot_pos,
                const Array<double>& foot_rot) {
  const py::ssize_t frames = qpos.shape(0);
  const double* rows = checked(qpos, {frames, legs.nq()}, "qpos");
  const double* pos = checked(foot_pos, {frames, legs.num_feet(), 3}, "foot_pos");
  const double* rot = checked(foot_rot, {frames, legs.num_feet(), 3, 3}, "foot_rot");
  std::vector<double> found(rows, rows + frames * legs.nq());
  {
    // Safe: the arguments hold references to the arrays, and no Python object is touched.
    const py::gil_scoped_release release;
    legs.solve(static_cast<int>(frames), pos, rot, found.data());
  }
  return owned(std::move(found), {frames, legs.nq()});
}

py::tuple track(std::uintptr_t model_address, const Array<double>& qpos, const Array<double>& qvel,
                const std::vector<int>& bodies) {
  const auto* model = reinterpret_cast<const mjModel*>(model_address);
  const py::ssize_t frames = qpos.shape(0);
  const auto width = static_cast<py::ssize_t>(bodies.size());
  const double* q = checked(qpos, {frames, static_cast<py::ssize_t>(model->nq)}, "qpos");
  const double* v = checked(qvel, {frames, static_cast<py::ssize_t>(model->nv)}, "qvel");
  std::vector<double> pos(static_cast<std::size_t>(frames * width * 3)), vel(pos.size());
  {
    // Safe: the arguments hold references to the arrays, and no Python object is touched.
    const py::gil_scoped_release release;
    tracked_motion(model, q, v, static_cast<int>(frames), bodies, pos.data(), vel.data());
  }
  return py::make_tuple(owned(std::move(pos), {frames, width, 3}),
                        owned(std::move(vel), {frames, width, 3}));
}

}  // namespace

void register_retargeting(py::module_& module) {
  py::class_<SoleSphere>(module, "SoleSphere")
      .def(py::init<>())
      .def_readwrite("body", &SoleSphere::body)
      .def_readwrite("centre", &SoleSphere::centre)
      .def_readwrite("radius", &SoleSphere::radius);
  py::class_<FootPart>(module, "FootPart")
      .def(py::init<>())
      .def_readwrite("sole", &FootPart::sole)
      .def_readwrite("body", &FootPart::body)
      .def_readwrite("point", &FootPart::point);
  py::class_<Foot>(module, "Foot")
      .def(py::init<>())
      .def_readwrite("heel", &Foot::heel)
      .def_readwrite("toes", &Foot::toes)
      .def_readwrite("ankle_target", &Foot::ankle_target)
      .def_readwrite("toes_target", &Foot::toes_target);
  py::class_<Capsule>(module, "Capsule")
      .def(py::init<>())
      .def_readwrite("body", &Capsule::body)
      .def_readwrite("from_", &Capsule::from)
      .def_readwrite("to", &Capsule::to)
      .def_readwrite("radius", &Capsule::radius);
  py::class_<RetargetConfig>(module, "RetargetConfig")
      .def(py::init<>())
      .def_readwrite("bodies", &RetargetConfig::bodies)
      .def_readwrite("feet", &RetargetConfig::feet)
      .def_readwrite("right", &RetargetConfig::right)
      .def_readwrite("left", &RetargetConfig::left)
      .def_readwrite("free_joints", &RetargetConfig::free_joints);
  py::class_<Retargeter>(module, "Retargeter", "Inverse kinematics of clips and a contact pass.")
      .def(py::init([](std::uintptr_t model_address, const RetargetConfig& config) {
             return std::make_unique<Retargeter>(reinterpret_cast<const mjModel*>(model_address),
                                                 config);
           }),
           py::arg("model_address"), py::arg("config"))
      .def("solve", &solve, py::arg("targets").noconvert(), py::arg("root_quat").noconvert(),
           py::arg("frame_rate"), py::arg("posture").noconvert() = py::none());
  py::class_<PlantedLegs, std::shared_ptr<PlantedLegs>>(
      module, "PlantedLegs", "Joints of legs whose feet take given poses.")
      .def(py::init([](std::uintptr_t model_address, std::vector<int> feet, int iterations) {
             PlantedLegsConfig config;
             config.feet = std::move(feet);
             config.iterations = iterations;
             return std::make_shared<PlantedLegs>(reinterpret_cast<const mjModel*>(model_address),
                                                  config);
           }),
           py::arg("model_address"), py::arg("feet"),
           py::arg("iterations") = PlantedLegsConfig{}.iterations)
      .def("solve", &plant, py::arg("qpos").noconvert(), py::arg("foot_pos").noconvert(),
           py::arg("foot_rot").noconvert());
  module.def("body_poses", &pose, py::arg("model_address"), py::arg("qpos").noconvert(),
             "Positions and orientations of all bodies, and anchors and axes of all joints.");
  module.def("joint_velocities", &velocities, py::arg("model_address"), py::arg("qpos").noconvert(),
             py::arg("frame_rate"),
             "Velocities (frames, nv) of positions (frames, nq), by central differences.");
  module.def("tracked_motion", &track, py::arg("model_address"), py::arg("qpos").noconvert(),
             py::arg("qvel").noconvert(), py::arg("bodies"),
             "Positions and velocities (frames, bodies, 3) of body origins, world frame.");
}

}  // namespace kinesis::bindings
