#include <doctest/doctest.h>

#include <stdexcept>

#include "kinesis/motion/motion_table.hpp"

using doctest::Approx;
using kinesis::MotionArrays;
using kinesis::MotionTable;

namespace {

// Clip 0 of three frames at 10 Hz, clip 1 of one frame; one joint beside a quaternion.
struct Fixture {
  std::int64_t first[3] = {0, 3, 4};
  double rate[2] = {10.0, 10.0};
  float qpos[4 * 5] = {0, 1, 0,    0,    0,  //
                       1, 0, 0.6f, 0.8f, 0,  //
                       3, 0, 1,    0,    0,  //
                       7, 1, 0,    0,    0};
  float qvel[4] = {0, 2, 4, 6};
  float pos[4 * 3] = {0, 0, 0, 1, 2, 3, 2, 4, 6, 9, 9, 9};
  float vel[4 * 3] = {0, 0, 0, -1, -2, -3, -2, -4, -6, -9, -9, -9};

  MotionTable table() {
    MotionArrays arrays;
    arrays.num_clips = 2;
    arrays.num_frames = 4;
    arrays.nq = 5;
    arrays.nv = 1;
    arrays.num_tracked = 1;
    arrays.first_frame = first;
    arrays.frame_rate = rate;
    arrays.qpos = qpos;
    arrays.qvel = qvel;
    arrays.tracked_pos = pos;
    arrays.tracked_vel = vel;
    return MotionTable(arrays, {1});
  }
};

}  // namespace

TEST_CASE("lookup is linear in time, with unit quaternions") {
  Fixture fixture;
  const MotionTable table = fixture.table();
  double qpos[5], qvel[1], pos[3], vel[3];
  table.joint_state({0, 0.05}, nullptr, qpos, qvel);
  CHECK(qpos[0] == Approx(0.5));
  CHECK(qvel[0] == Approx(1.0));
  CHECK(qpos[1] * qpos[1] + qpos[2] * qpos[2] + qpos[3] * qpos[3] == Approx(1.0));
  CHECK(qpos[3] / qpos[1] == Approx(0.8));
  table.tracked_state({0, 0.15}, nullptr, pos, vel);
  CHECK(pos[2] == Approx(4.5));
  CHECK(vel[2] == Approx(-4.5));
}

TEST_CASE("lookup is held before the start, goes on past the end, and takes clips of one frame") {
  Fixture fixture;
  const MotionTable table = fixture.table();
  double pos[3], vel[3];
  table.tracked_state({0, -1.0}, nullptr, pos, vel);
  CHECK(pos[0] == 0.0);
  table.tracked_state({0, 0.3}, nullptr, pos, vel);  // at 0.2 s: 2, moving at -2
  CHECK(pos[0] == Approx(1.8));
  CHECK(vel[0] == Approx(-2.0));
  table.tracked_state({1, 0.0}, nullptr, pos, vel);
  CHECK(pos[0] == 9.0);
  CHECK(table.duration(0) == Approx(0.2));
  CHECK(table.duration(1) == 0.0);
}

TEST_CASE("frames and quaternions outside the arrays are refused") {
  Fixture fixture;
  MotionArrays arrays;
  arrays.num_clips = 2;
  arrays.num_frames = 4;
  arrays.nq = 5;
  arrays.first_frame = fixture.first;
  arrays.frame_rate = fixture.rate;
  CHECK_NOTHROW(MotionTable(arrays, {1}));
  for (const int address : {-1, 2, 500000000, -500000000, 2147483647}) {
    CHECK_THROWS_AS(MotionTable(arrays, {address}), std::invalid_argument);
  }
  arrays.num_frames = 3;
  CHECK_THROWS_AS(MotionTable(arrays, {1}), std::invalid_argument);
  arrays.num_frames = 4;
  fixture.first[1] = 4;  // a clip without frames
  CHECK_THROWS_AS(MotionTable(arrays, {1}), std::invalid_argument);
}
