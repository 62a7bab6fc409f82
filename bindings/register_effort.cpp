// Least muscle effort, and the muscle prior of motions, over numpy arrays.
#include <pybind11/stl.h>

#include <algorithm>
#include <cmath>

#include "arrays.hpp"
#include "kinesis/motion/motion_prior.hpp"
#include "kinesis/muscle/effort.hpp"
#include "kinesis/muscle/feasible_range.hpp"

namespace kinesis::bindings {
namespace {

// Solves many problems of one pattern in turn: value (problems, values), wanted (problems, rows).
py::tuple solve_effort(const MuscleEffort& effort, const Array<double>& value,
                       const Array<double>& wanted, const Array<double>& weight,
                       const Array<double>& upper) {
  const py::ssize_t problems = wanted.shape(0);
  const double* values = checked(value, {problems, effort.values()}, "value");
  const double* targets = checked(wanted, {problems, effort.rows()}, "wanted");
  const double* weights = checked(weight, {effort.columns()}, "weight");
  const double* uppers = checked(upper, {effort.columns()}, "upper");
  std::vector<double> x(static_cast<std::size_t>(problems * effort.columns()));
  std::vector<int> steps(static_cast<std::size_t>(problems));
  {
    // Safe: the arguments hold references to the arrays, and no Python object is touched.
    const py::gil_scoped_release release;
    std::vector<double> workspace(effort.workspace_size()), multiplier(effort.rows());
    for (py::ssize_t p = 0; p < problems; ++p) {
      std::fill(multiplier.begin(), multiplier.end(), 0.0);
      steps[p] =
          effort.solve(values + p * effort.values(), targets + p * effort.rows(), weights, uppers,
                       workspace.data(), multiplier.data(), x.data() + p * effort.columns());
    }
  }
  return py::make_tuple(owned(std::move(x), {problems, effort.columns()}),
                        owned(std::move(steps), {problems}));
}

py::dict solve_prior(const MotionPrior& prior, const Array<double>& qpos, const Array<double>& qvel,
                     const Array<double>& qacc, const std::optional<Array<double>>& force,
                     const std::optional<Array<double>>& place, int floor_frames, double timestep) {
  const py::ssize_t frames = qpos.shape(0);
  const auto nv = static_cast<py::ssize_t>(prior.model()->nv);
  const py::ssize_t feet = prior.num_feet();
  MotionPriorInput input;
  input.frames = static_cast<int>(frames);
  input.floor_frames = floor_frames;
  input.timestep = timestep;
  input.qpos = checked(qpos, {frames, static_cast<py::ssize_t>(prior.model()->nq)}, "qpos");
  input.qvel = checked(qvel, {frames, nv}, "qvel");
  input.qacc = checked(qacc, {frames, nv}, "qacc");
  if (force && place) {
    input.force = checked(*force, {frames, feet, 3}, "force");
    input.place = checked(*place, {frames, feet, 3}, "place");
  }
  MotionPriorResult result;
  {
    // Safe: the arguments hold references to the arrays, and no Python object is touched.
    const py::gil_scoped_release release;
    result = prior.solve(input);
  }
  py::dict out;
  out["torque"] = owned(std::move(result.torque), {frames, prior.num_joints()});
  out["activation"] = owned(std::move(result.activation), {frames, prior.num_muscles()});
  out["residual"] = owned(std::move(result.residual), {frames, prior.rows()});
  out["force"] = owned(std::move(result.force), {frames, feet, 3});
  return out;
}

// Least and most of every variable of many problems: NaN where one has no solution.
py::tuple find_ranges(const Array<double>& matrix, const Array<double>& rhs,
                      const Array<double>& upper) {
  const py::ssize_t problems = rhs.shape(0), rows = rhs.shape(1), columns = upper.shape(0);
  const double* matrices = checked(matrix, {problems, rows, columns}, "matrix");
  const double* sides = checked(rhs, {problems, rows}, "rhs");
  const double* uppers = checked(upper, {columns}, "upper");
  const auto size = static_cast<std::size_t>(problems * columns);
  std::vector<double> low(size, std::nan("")), high(size, std::nan(""));
  {
    // Safe: the arguments hold references to the arrays, and no Python object is touched.
    const py::gil_scoped_release release;
    FeasibleRange range(static_cast<int>(rows), static_cast<int>(columns));
    for (py::ssize_t p = 0; p < problems; ++p) {
      range.solve(matrices + p * rows * columns, sides + p * rows, uppers, low.data() + p * columns,
                  high.data() + p * columns);
    }
  }
  return py::make_tuple(owned(std::move(low), {problems, columns}),
                        owned(std::move(high), {problems, columns}));
}

}  // namespace

void register_effort(py::module_& module) {
  module.def("feasible_ranges", &find_ranges, py::arg("matrix").noconvert(),
             py::arg("rhs").noconvert(), py::arg("upper").noconvert(),
             "Least and most (problems, columns) of x where matrix x = rhs and 0 <= x <= upper.");
  py::class_<MuscleEffort>(module, "MuscleEffort")
      .def(py::init<int, std::vector<int>, std::vector<int>, std::vector<double>>(),
           py::arg("rows"), py::arg("start"), py::arg("row"), py::arg("row_weight"))
      .def("solve", &solve_effort, py::arg("value").noconvert(), py::arg("wanted").noconvert(),
           py::arg("weight").noconvert(), py::arg("upper").noconvert());
  py::class_<MotionPriorConfig>(module, "MotionPriorConfig")
      .def(py::init<>())
      .def_readwrite("feet", &MotionPriorConfig::feet)
      .def_readwrite("friction", &MotionPriorConfig::friction)
      .def_readwrite("torque_weight", &MotionPriorConfig::torque_weight)
      .def_readwrite("root_force_weight", &MotionPriorConfig::root_force_weight)
      .def_readwrite("root_torque_weight", &MotionPriorConfig::root_torque_weight)
      .def_readwrite("contact_weight", &MotionPriorConfig::contact_weight)
      .def_readwrite("contact_height", &MotionPriorConfig::contact_height)
      .def_readwrite("highest_contact", &MotionPriorConfig::highest_contact)
      .def_readwrite("floor_slack", &MotionPriorConfig::floor_slack)
      .def_readwrite("effort_weight", &MotionPriorConfig::effort_weight);
  py::class_<MotionPrior>(module, "MotionPrior")
      .def(py::init([](std::uintptr_t address, const MotionPriorConfig& config) {
             return std::make_unique<MotionPrior>(reinterpret_cast<const mjModel*>(address),
                                                  config);
           }),
           py::arg("model_address"), py::arg("config"))
      .def("solve", &solve_prior, py::arg("qpos").noconvert(), py::arg("qvel").noconvert(),
           py::arg("qacc").noconvert(), py::arg("force") = py::none(),
           py::arg("place") = py::none(), py::arg("floor_frames") = 0, py::arg("timestep") = 0.0);
}

}  // namespace kinesis::bindings
