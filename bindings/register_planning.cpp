// Motions made up as they go: settings, and one that is played by itself.
#include <pybind11/stl.h>

#include <array>
#include <stdexcept>
#include <string>

#include "arrays.hpp"
#include "kinesis/motion/plan_player.hpp"

namespace kinesis::bindings {
namespace {

void register_settings(py::module_& module) {
  py::class_<MatchingWeights>(module, "MatchingWeights")
      .def(py::init<>())
      .def_readwrite("path", &MatchingWeights::path)
      .def_readwrite("facing", &MatchingWeights::facing)
      .def_readwrite("feet", &MatchingWeights::feet)
      .def_readwrite("feet_velocity", &MatchingWeights::feet_velocity)
      .def_readwrite("velocity", &MatchingWeights::velocity);
  py::class_<MatchingConfig>(module, "MatchingConfig")
      .def(py::init<>())
      .def_readwrite("quaternion_address", &MatchingConfig::quaternion_address)
      .def_readwrite("forward", &MatchingConfig::forward)
      .def_readwrite("feet", &MatchingConfig::feet)
      .def_readwrite("ahead", &MatchingConfig::ahead)
      .def_readwrite("remaining", &MatchingConfig::remaining)
      .def_readwrite("weights", &MatchingConfig::weights);
  py::class_<Springs>(module, "Springs")
      .def(py::init<>())
      .def_readwrite("velocity_time", &Springs::velocity_time)
      .def_readwrite("facing_time", &Springs::facing_time)
      .def_readwrite("top_turn_rate", &Springs::top_turn_rate);
  py::class_<PlannerConfig>(module, "PlannerConfig")
      .def(py::init<>())
      .def_readwrite("springs", &PlannerConfig::springs)
      .def_readwrite("search_interval", &PlannerConfig::search_interval)
      .def_readwrite("dwell", &PlannerConfig::dwell)
      .def_readwrite("near", &PlannerConfig::near)
      .def_readwrite("stay", &PlannerConfig::stay)
      .def_readwrite("start_lead", &PlannerConfig::start_lead)
      .def_readwrite("turn", &PlannerConfig::turn)
      .def_readwrite("follow_time", &PlannerConfig::follow_time)
      .def_readwrite("leash", &PlannerConfig::leash)
      .def_readwrite("homing_speed", &PlannerConfig::homing_speed)
      .def_readwrite("homing_distance", &PlannerConfig::homing_distance);
}

void register_player(py::module_& module) {
  py::class_<PlanPlayer>(module, "PlanPlayer",
                         "Plays what is planned, by itself; of one thread at a time.")
      .def(py::init<const MotionTable*, const MatchingConfig&, const PlannerConfig&, double, double,
                    int>(),
           py::arg("clips"), py::arg("matching"), py::arg("planner"), py::arg("blend_time"),
           py::arg("timestep"), py::arg("frames_a_step"), py::keep_alive<1, 2>())
      .def(
          "begin",
          [](PlanPlayer& player, int clip, double time) {
            if (clip < 0 || clip >= player.clips().num_clips()) {
              throw std::invalid_argument("there is no clip " + std::to_string(clip));
            }
            player.begin({clip, time});
          },
          py::arg("clip"), py::arg("time"))
      .def(
          "advance",
          [](PlanPlayer& player, const std::array<double, 2>& velocity, double facing) {
            player.advance({{velocity[0], velocity[1]}, facing});
          },
          py::arg("velocity"), py::arg("facing"), "Goes on for a timestep.")
      .def_property_readonly(
          "root",
          [](const PlanPlayer& player) {
            const Stance root = player.root();
            return py::make_tuple(root.x, root.y, root.facing);
          },
          "Where the root is (m) and which way it faces (rad).")
      .def_property_readonly(
          "velocity",
          [](const PlanPlayer& player) {
            const double* v = player.velocity();
            return py::make_tuple(v[0], v[1]);
          },
          "Of the root, m/s.")
      .def(
          "positions",
          [](const PlanPlayer& player) {
            const py::ssize_t nq = player.clips().nq();
            const auto count = static_cast<py::ssize_t>(player.positions().size()) / nq;
            return owned(player.positions(), {count, nq});
          },
          "A copy of the joint positions of what was played, (frames, nq).");
}

// What takes commands up as plans do, with no clips: a point on the floor that faces somewhere.
struct SteeredPoint {
  Springs springs;
  Steering now{};
};

void register_point(py::module_& module) {
  py::class_<SteeredPoint>(
      module, "SteeredPoint",
      "A point that takes commands up as planned motions do; see steering.hpp.")
      .def(py::init([](const Springs& springs, double speed) {
             SteeredPoint point{springs};
             point.now.velocity[0] = speed;
             return point;
           }),
           py::arg("springs"), py::arg("speed") = 0.0, "At the origin, facing and going along x.")
      .def(
          "advance",
          [](SteeredPoint& point, const std::array<double, 2>& velocity, double facing,
             double seconds) {
            point.now.advance({{velocity[0], velocity[1]}, facing}, point.springs, point.now.facing,
                              seconds);
          },
          py::arg("velocity"), py::arg("facing"), py::arg("seconds"),
          "Goes on, as long as a spring's time holds several of it.")
      .def_property_readonly(
          "root",
          [](const SteeredPoint& point) {
            return py::make_tuple(point.now.place[0], point.now.place[1], point.now.facing);
          },
          "Place (m) and facing (rad).")
      .def_property_readonly(
          "velocity",
          [](const SteeredPoint& point) {
            return py::make_tuple(point.now.velocity[0], point.now.velocity[1]);
          },
          "m/s.")
      .def_property_readonly(
          "turn_rate", [](const SteeredPoint& point) { return point.now.turn_rate; }, "rad/s.");
}

}  // namespace

void register_planning(py::module_& module) {
  register_settings(module);
  register_player(module);
  register_point(module);
}

}  // namespace kinesis::bindings
