// The lanes outside the engine: what they are compiled for, and their steps, to compare them.
#include <memory>
#include <string>

#include "kinesis/lanes/block.hpp"
#include "kinesis/lanes/build.hpp"
#include "kinesis/lanes/library.hpp"
#include "states.hpp"

namespace kinesis::bindings {
namespace {

py::dict layout_of(const LaneFields& f) {
  py::dict begin;
#define KINESIS_NAME(field) begin[#field] = f.field
  KINESIS_NAME(qpos);
  KINESIS_NAME(qvel);
  KINESIS_NAME(act);
  KINESIS_NAME(rot);
  KINESIS_NAME(pos);
  KINESIS_NAME(cdof);
  KINESIS_NAME(mass_matrix);
  KINESIS_NAME(cvel);
  KINESIS_NAME(bias);
  KINESIS_NAME(moment_arm);
  KINESIS_NAME(qfrc_actuator);
  KINESIS_NAME(qfrc_smooth);
  KINESIS_NAME(qacc);
  KINESIS_NAME(length);
  KINESIS_NAME(velocity);
  KINESIS_NAME(force);
  KINESIS_NAME(act_dot);
  KINESIS_NAME(sensordata);
  KINESIS_NAME(contacts);
#undef KINESIS_NAME
  begin["size"] = f.size;
  return begin;
}

// What lanes leave after steps from each of states, and the fields of the last step, all of it with
// a row a state. What was redone in double precision has the state alone.
py::dict step_lanes(std::uintptr_t model_address, const Array<double>& states, int steps) {
  const mjModel* model = model_at(model_address);
  const States given(model, states);
  const std::string beyond = beyond_lanes(model);
  if (!beyond.empty()) {
    throw std::invalid_argument("lanes do not step " + beyond);
  }
  const LanePhysics physics(model);
  const LaneModel& lanes = physics.model();
  const auto count = static_cast<std::size_t>(given.count);
  const int width = physics.width(), size = lanes.fields.size;
  std::vector<double> after(count * given.width);
  std::vector<float> fields(count * size);
  std::vector<int> redone(count), iterations(count);
  {
    // Safe: the arguments hold references to the arrays, and no Python object is touched.
    const py::gil_scoped_release release;
    const std::unique_ptr<mjData, decltype(&mj_deleteData)> data(mj_makeData(model), mj_deleteData);
    const PhysicsStep exact(model, Physics::kFused);
    LaneBlock block(&physics);
    for (std::size_t first = 0; first < count; first += width) {
      const int live = static_cast<int>(std::min<std::size_t>(width, count - first));
      for (int lane = 0; lane < width; ++lane) {
        if (lane < live) {
          mj_setState(model, data.get(), given.rows + (first + lane) * given.width,
                      mjSTATE_INTEGRATION);
          block.load(lane, data.get());
        } else {
          block.copy(0, lane);
        }
      }
      for (int step = 0; step < steps; ++step) {
        const unsigned again = block.step(~0u >> (32 - live), exact, model, data.get()).again;
        for (int lane = 0; lane < live; ++lane) {
          redone[first + lane] += static_cast<int>(again >> lane & 1u);
          iterations[first + lane] = block.iterations();
        }
      }
      for (int lane = 0; lane < live; ++lane) {
        mj_setState(model, data.get(), given.rows + (first + lane) * given.width,
                    mjSTATE_INTEGRATION);
        block.store(lane, data.get());
        data->time += steps * model->opt.timestep;
        mj_getState(model, data.get(), after.data() + (first + lane) * given.width,
                    mjSTATE_INTEGRATION);
        for (int i = 0; i < size; ++i) {
          fields[(first + lane) * size + i] = *block.at(i, lane);
        }
      }
    }
  }
  py::dict out;
  out["states"] = owned(std::move(after), {given.count, given.width});
  out["fields"] = owned(std::move(fields), {given.count, static_cast<py::ssize_t>(size)});
  out["layout"] = layout_of(lanes.fields);
  out["redone"] = owned(std::move(redone), {given.count});
  out["iterations"] = owned(std::move(iterations), {given.count});
  return out;
}

py::list libraries() {
  py::list out;
  for (const LaneLibrary& one : lane_libraries()) {
    out.append(py::make_tuple(one.name, one.width, one.runs_here));
  }
  return out;
}

}  // namespace

void register_lanes(py::module_& module) {
  module.def(
      "beyond_lanes",
      [](std::uintptr_t model_address) { return beyond_lanes(model_at(model_address)); },
      py::arg("model_address"), "What of a model lanes do not step, in a line; empty: nothing.");
  module.def("lane_libraries", &libraries,
             "Name, bodies a vector, and whether this processor runs it, of each set of "
             "instructions that this build has lanes for, the widest first.");
  module.def(
      "lane_library", [] { return lane_library().name; },
      "The name of the one that is used here; KINESIS_FAST_LANES may choose it.");
  module.def(
      "step_lanes", &step_lanes, py::arg("model_address"), py::arg("states").noconvert(),
      py::arg("steps"),
      "States after `steps` steps in lanes from each of states, (count, state size) rows of "
      "mjSTATE_INTEGRATION; `fields` of the last step, (count, size), whose columns `layout` "
      "names; how often each was redone in double precision, and solver iterations of the "
      "slowest lane.");
}

}  // namespace kinesis::bindings
