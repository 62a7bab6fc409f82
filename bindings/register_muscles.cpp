// Muscles, and what they press bones together with, along given motions.
#include <algorithm>
#include <memory>
#include <vector>

#include "arrays.hpp"
#include "kinesis/muscle/force.hpp"
#include "kinesis/muscle/joint_reactions.hpp"
#include "states.hpp"

namespace kinesis::bindings {
namespace {

// Muscles along given lengths (frames, muscles): unstretched lengths, m, and forces, N.
py::tuple pull_muscles(std::uintptr_t model_address, const Array<double>& length,
                       const Array<double>& velocity, const Array<double>& activation,
                       double timestep) {
  const MuscleForce force(model_at(model_address));
  const py::ssize_t frames = length.shape(0), muscles = force.size();
  const double* lengths = checked(length, {frames, muscles}, "length");
  const double* velocities = checked(velocity, {frames, muscles}, "velocity");
  const double* activations = checked(activation, {frames, muscles}, "activation");
  const auto size = static_cast<std::size_t>(frames * muscles);
  std::vector<double> unstretched(size), pulled(size);
  for (py::ssize_t i = 0; i < muscles; ++i) {
    double before = 0.0;
    for (py::ssize_t at = i; at < frames * muscles; at += muscles) {
      const Stretched<double> now = force.pull(static_cast<int>(i), activations[at], lengths[at],
                                               velocities[at], before, timestep);
      before = unstretched[at] = now.unstretched;
      pulled[at] = now.force;
    }
  }
  return py::make_tuple(owned(std::move(unstretched), {frames, muscles}),
                        owned(std::move(pulled), {frames, muscles}));
}

// Forces at joints (frames, nbody, 3), see joint_reactions, of a motion with its derivatives,
// muscle forces (frames, muscles) and forces from outside at bodies' centres of mass (frames,
// nbody, 3).
py::array reactions_at_joints(std::uintptr_t model_address, const Array<double>& qpos,
                              const Array<double>& qvel, const Array<double>& qacc,
                              const Array<double>& muscle_force, const Array<double>& outside) {
  const mjModel* model = model_at(model_address);
  const py::ssize_t frames = qpos.shape(0), bodies = model->nbody;
  const double* q = checked(qpos, {frames, static_cast<py::ssize_t>(model->nq)}, "qpos");
  const double* v = checked(qvel, {frames, static_cast<py::ssize_t>(model->nv)}, "qvel");
  const double* a = checked(qacc, {frames, static_cast<py::ssize_t>(model->nv)}, "qacc");
  const double* pull =
      checked(muscle_force, {frames, static_cast<py::ssize_t>(model->nu)}, "muscle_force");
  const double* pushed = checked(outside, {frames, bodies, 3}, "outside");
  std::vector<double> out(static_cast<std::size_t>(frames * bodies * 3));
  {
    // Safe: the arguments hold references to the arrays, and no Python object is touched.
    const py::gil_scoped_release release;
    const std::unique_ptr<mjData, decltype(&mj_deleteData)> data(mj_makeData(model), mj_deleteData);
    for (py::ssize_t t = 0; t < frames; ++t) {
      std::copy_n(q + t * model->nq, model->nq, data->qpos);
      std::copy_n(v + t * model->nv, model->nv, data->qvel);
      std::copy_n(a + t * model->nv, model->nv, data->qacc);
      std::copy_n(pull + t * model->nu, model->nu, data->actuator_force);
      for (py::ssize_t body = 0; body < bodies; ++body) {
        mju_copy3(data->xfrc_applied + 6 * body, pushed + 3 * (t * bodies + body));
      }
      joint_reactions(model, data.get(), out.data() + t * bodies * 3);
    }
  }
  return owned(std::move(out), {frames, bodies, 3});
}

// Of muscles at these unstretched lengths and velocities (frames, muscles): N a unit of activation,
// and N without any.
py::tuple muscle_gains(std::uintptr_t model_address, const Array<double>& length,
                       const Array<double>& velocity) {
  const MuscleForce force(model_at(model_address));
  const py::ssize_t frames = length.shape(0), muscles = force.size();
  const double* lengths = checked(length, {frames, muscles}, "length");
  const double* velocities = checked(velocity, {frames, muscles}, "velocity");
  std::vector<double> gain, bias;
  for (py::ssize_t at = 0; at < frames * muscles; ++at) {
    const auto i = static_cast<int>(at % muscles);
    gain.push_back(force.gain(i, lengths[at], velocities[at]));
    bias.push_back(force.bias(i, lengths[at]));
  }
  return py::make_tuple(owned(std::move(gain), {frames, muscles}),
                        owned(std::move(bias), {frames, muscles}));
}

// Of fibres whose tendons stretch, at these lengths, in optimal lengths: active and passive force,
// in peak forces.
py::tuple fibre_forces(const Array<double>& length) {
  const std::vector<py::ssize_t> shape(length.shape(), length.shape() + length.ndim());
  std::vector<double> active, passive;
  for (py::ssize_t i = 0; i < length.size(); ++i) {
    active.push_back(stretch::active_force(length.data()[i]).value);
    passive.push_back(stretch::passive_force(length.data()[i]).value);
  }
  return py::make_tuple(owned(std::move(active), shape), owned(std::move(passive), shape));
}

}  // namespace

void register_muscles(py::module_& module) {
  module.def("pull_muscles", &pull_muscles, py::arg("model_address"), py::arg("length").noconvert(),
             py::arg("velocity").noconvert(), py::arg("activation").noconvert(),
             py::arg("timestep"),
             "Unstretched lengths and forces (frames, muscles) along given lengths.");
  module.def("joint_reactions", &reactions_at_joints, py::arg("model_address"),
             py::arg("qpos").noconvert(), py::arg("qvel").noconvert(), py::arg("qacc").noconvert(),
             py::arg("muscle_force").noconvert(), py::arg("outside").noconvert(),
             "Forces on bodies at their joints (frames, nbody, 3), N, in the bodies' axes.");
  module.def("muscle_gains", &muscle_gains, py::arg("model_address"), py::arg("length").noconvert(),
             py::arg("velocity").noconvert(),
             "Forces a unit of activation, and without any, (frames, muscles), at given "
             "unstretched lengths and velocities.");
  module.def("fibre_forces", &fibre_forces, py::arg("length").noconvert(),
             "Active and passive force of fibres whose tendons stretch, at given lengths.");
}

}  // namespace kinesis::bindings
