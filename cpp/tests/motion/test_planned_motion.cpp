#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "kinesis/base/small_vector.hpp"
#include "kinesis/motion/planned_motion.hpp"
#include "wandering_clips.hpp"

using doctest::Approx;
using kinesis::Moment;
using kinesis::MotionTable;
using kinesis::PlannedMotion;

namespace {

struct Read {
  std::array<double, 8> qpos;
  std::array<double, 7> qvel;
  std::array<double, 6> pos, vel;
  double torque, activation, excitation;
};

Read read(const PlannedMotion& motion, const Moment& at, const double* plan) {
  Read out;
  motion.joint_state(at, plan, out.qpos.data(), out.qvel.data());
  motion.tracked_state(at, plan, out.pos.data(), out.vel.data());
  motion.torque(at, plan, &out.torque);
  motion.activation(at, plan, &out.activation);
  motion.excitation(at, plan, &out.excitation);
  return out;
}

void check_equal(const Read& a, const Read& b, double tolerance) {
  const double* first = a.qpos.data();
  const double* second = b.qpos.data();
  for (std::size_t i = 0; i < sizeof(Read) / sizeof(double); ++i) {
    CHECK(std::abs(first[i] - second[i]) < tolerance);
  }
}

}  // namespace

TEST_CASE("a planned motion begins as its clip lies") {
  const wandering_clips::Clips clips;
  const MotionTable table = clips.table();
  const PlannedMotion motion(&table, 3, 0.1);
  std::vector<double> plan(motion.plan().size(), 7.0);
  motion.start_plan({1, 0.5}, 0.0, plan.data());
  const Moment at = motion.at(0.4, plan.data());
  CHECK(at.clip == 1);
  CHECK(at.time == Approx(0.9));
  Read clip;
  table.joint_state(at, nullptr, clip.qpos.data(), clip.qvel.data());
  table.tracked_state(at, nullptr, clip.pos.data(), clip.vel.data());
  table.torque(at, nullptr, &clip.torque);
  table.activation(at, nullptr, &clip.activation);
  table.excitation(at, nullptr, &clip.excitation);
  check_equal(read(motion, at, plan.data()), clip, 1e-12);
}

TEST_CASE("one clip goes over into another without a jump, and is left behind") {
  const wandering_clips::Clips clips;
  const MotionTable table = clips.table();
  const PlannedMotion motion(&table, 3, 0.1);
  std::vector<double> plan(motion.plan().size());
  std::vector<double> work(motion.workspace_size());
  motion.start_plan({0, 0.3}, 0.0, plan.data());
  // A second transition while the first is still under way.
  double elapsed = 0.5;
  for (const Moment to : {Moment{1, 1.1}, Moment{0, 0.7}}) {
    const Moment from = motion.at(elapsed, plan.data());
    const Read before = read(motion, from, plan.data());
    motion.join(from, to, elapsed, plan.data(), work.data());
    const Moment now = motion.at(elapsed, plan.data());
    CHECK(now.clip == to.clip);
    CHECK(now.time == Approx(to.time));
    check_equal(read(motion, now, plan.data()), before, 1e-9);
    // Velocities are the rates of positions on the way, too: joints, the root and tracked bodies.
    const double dt = 1e-4;
    const Moment later = {now.clip, now.time + 0.055};
    const Read a = read(motion, {later.clip, later.time - dt}, plan.data());
    const Read b = read(motion, {later.clip, later.time + dt}, plan.data());
    const Read middle = read(motion, later, plan.data());
    CHECK((b.qpos[7] - a.qpos[7]) / (2 * dt) == Approx(middle.qvel[6]).epsilon(0.1));
    CHECK((b.pos[4] - a.pos[4]) / (2 * dt) == Approx(middle.vel[4]).epsilon(0.1));
    elapsed += 0.15;
  }
  const kinesis::Placement place = motion.placement(plan.data());
  const Moment end = motion.at(elapsed + 2.0, plan.data());
  const Read late = read(motion, end, plan.data());
  Read clip;
  table.tracked_state(end, nullptr, clip.pos.data(), clip.vel.data());
  const double c = std::cos(place.yaw), s = std::sin(place.yaw);
  CHECK(late.pos[3] == Approx(place.x + c * clip.pos[3] - s * clip.pos[4]));
  CHECK(late.pos[4] == Approx(place.y + s * clip.pos[3] + c * clip.pos[4]));
}

TEST_CASE("what is played can be turned about a point of the floor and moved") {
  const wandering_clips::Clips clips;
  const MotionTable table = clips.table();
  const PlannedMotion motion(&table, 3, 0.1);
  std::vector<double> plan(motion.plan().size());
  motion.start_plan({0, 1.0}, 0.0, plan.data());
  const Moment at = motion.at(0.2, plan.data());
  const Read before = read(motion, at, plan.data());
  const double about[2] = {before.qpos[0], before.qpos[1]};
  motion.shift({0.3, -0.1, 0.5}, about, plan.data());
  const Read after = read(motion, at, plan.data());
  CHECK(after.qpos[0] == Approx(before.qpos[0] + 0.3));
  CHECK(after.qpos[1] == Approx(before.qpos[1] - 0.1));
  double turn[3];
  kinesis::rotation_between(before.qpos.data() + 3, after.qpos.data() + 3, turn);
  CHECK(turn[2] == Approx(0.5));
  CHECK(after.qvel[0] == Approx(std::cos(0.5) * before.qvel[0] - std::sin(0.5) * before.qvel[1]));
}

TEST_CASE("planned motions refuse bodies without a free joint") {
  const wandering_clips::Clips clips;
  const MotionTable table = clips.table();
  CHECK_THROWS_AS(PlannedMotion(&table, 2, 0.1), std::invalid_argument);
  CHECK_THROWS_AS(PlannedMotion(&table, 3, 0.0), std::invalid_argument);
}
