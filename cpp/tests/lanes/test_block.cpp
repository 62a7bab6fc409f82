// Blocks of lanes against mj_step, on bodies with what the composed models lack.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "kinesis/lanes/block.hpp"
#include "kinesis/lanes/build.hpp"
#include "kinesis/lanes/library.hpp"
#include "load_model.hpp"

using namespace kinesis;

namespace {

using Data = std::unique_ptr<mjData, decltype(&mj_deleteData)>;

Data make_data(const mjModel* model) { return Data(mj_makeData(model), mj_deleteData); }

// Balls, capsules and ellipsoids on the floor, at each other with and without friction; joints away
// from their bodies' origins, springs, limits; strings around balls and rods, with and without a
// side; a joint that follows another branch's; a body welded to another.
std::string hopper(const std::string& root) {
  return R"(
<mujoco>
  <option timestep=".005"/>
  <worldbody>
    <geom name="floor" type="plane" size="5 5 .1" margin=".002" friction=".8"/>
    <site name="wall" pos=".5 .1 1.2"/>
    <body name="trunk" pos="0 0 .75">
      )" +
         root +
         R"(
      <geom name="trunk" size=".1" mass="4"/>
      <site name="t" pos=".05 0 .05"/>
      <site name="t2" pos="-.06 .03 -.02"/>
      <body name="thigh" pos="0 .02 -.1" euler="5 10 0">
        <joint name="hip" axis="0 1 0" pos="0 .01 .02" damping=".5" range="-40 60" limited="true"/>
        <joint name="twist" axis="0 0 1" damping=".4" stiffness="3" springref=".1"/>
        <geom name="thigh" type="capsule" size=".05" fromto="0 0 0 0 0 -.25" mass="2"/>
        <geom name="ball" size=".03" pos=".01 0 -.15" mass=".1" contype="0" conaffinity="0"/>
        <site name="out" pos=".09 0 -.15"/>
        <body name="plate" pos=".03 0 -.1" euler="0 0 30">
          <geom type="box" size=".02 .03 .01" mass=".3" contype="0" conaffinity="0"/>
          <site name="p" pos=".04 .01 .02"/>
        </body>
        <body name="shank" pos="0 0 -.28">
          <joint name="knee" axis="0 1 0" damping=".5" armature=".01" range="-100 10" limited="true"/>
          <geom name="shank" type="capsule" size=".04" fromto="0 0 0 0 0 -.25" mass="1"/>
          <geom name="rod" type="cylinder" size=".025 .1" euler="90 20 0" mass=".1"
                contype="0" conaffinity="0"/>
          <geom name="foot" type="ellipsoid" size=".1 .05 .03" pos=".05 0 -.27" mass=".5" margin=".001"/>
          <site name="s" pos=".04 0 -.12"/>
          <site name="behind" pos="-.05 0 0"/>
          <site name="s2" pos="-.05 .02 -.1"/>
          <site name="sole" type="box" size=".12 .07 .05" pos=".05 0 -.28"/>
        </body>
      </body>
      <body name="arm" pos="0 -.14 .05">
        <joint name="shoulder" axis="1 0 0" damping=".4" range="-80 80" limited="true"/>
        <geom name="arm" type="capsule" size=".035" fromto="0 0 0 0 0 -.3" mass=".7"/>
        <site name="a" pos=".03 0 -.1"/>
        <body name="hand" pos="0 0 -.33">
          <joint name="reach" type="slide" axis="0 0 1" damping="2" armature=".02"/>
          <geom name="hand" size=".04" mass=".3"/>
          <site name="grip" type="sphere" size=".05"/>
        </body>
      </body>
    </body>
  </worldbody>
  <contact>
    <pair geom1="thigh" geom2="arm" condim="3" friction=".7 .7 .005 .0001 .0001"/>
    <pair geom1="shank" geom2="hand" condim="1" margin=".005"/>
  </contact>
  <equality>
    <joint joint1="reach" joint2="hip" polycoef=".01 .05 .02 0 0" solimp=".95 .95 .001"/>
  </equality>
  <tendon>
    <spatial name="front"><site site="t"/><geom geom="ball" sidesite="out"/><site site="s"/></spatial>
    <spatial name="back"><site site="t2"/><geom geom="rod" sidesite="behind"/><site site="s2"/></spatial>
    <spatial name="free"><site site="p"/><geom geom="rod"/><site site="s2"/></spatial>
    <spatial name="far"><site site="wall"/><site site="t"/><site site="a"/></spatial>
  </tendon>
  <actuator>
    <muscle tendon="front" lengthrange=".2 .6" force="400"/>
    <muscle tendon="back" lengthrange=".2 .6" force="400"/>
    <muscle tendon="free" lengthrange=".1 .5" force="200" ctrllimited="true" ctrlrange="0 .6"/>
    <muscle tendon="far" lengthrange=".3 1.2" force="50"/>
  </actuator>
  <sensor>
    <touch site="sole"/><touch site="grip"/>
    <framelinvel objtype="body" objname="plate"/><frameangvel objtype="xbody" objname="hand"/>
  </sensor>
</mujoco>)";
}

const std::string kFree = "<freejoint/>";
const std::string kStands = R"(<joint type="slide" axis="0 0 1" damping="5"/>
  <joint type="hinge" axis="1 0 0" damping="1"/>)";

void randomise(const mjModel* model, mjData* data, std::mt19937* random) {
  std::normal_distribution<double> normal;
  mj_resetData(model, data);
  for (int i = 0; i < model->nv; ++i) {
    data->qvel[i] = normal(*random);
  }
  mj_integratePos(model, data->qpos, data->qvel, 0.25);
  if (model->jnt_type[0] == mjJNT_FREE) {
    data->qpos[2] = 0.55 + 0.2 * std::abs(normal(*random));
    data->qpos[0] += 40.0;  // far from the world's origin
  }
  for (int i = 0; i < model->na; ++i) {
    data->act[i] = std::min(1.0, std::abs(0.4 * normal(*random)));
    data->ctrl[i] = std::abs(0.6 * normal(*random));
  }
  for (int i = 0; i < 3; ++i) {
    mj_step(model, data);
  }
}

double farthest(const mjtNum* a, const mjtNum* b, mjtSize count) {
  double most = 0.0, scale = 1.0;
  for (mjtSize i = 0; i < count; ++i) {
    most = std::max(most, std::abs(a[i] - b[i]));
    scale = std::max(scale, std::abs(b[i]));
  }
  return most / scale;
}

}  // namespace

TEST_CASE("a step in lanes is mj_step, to single precision") {
  if (lane_libraries().empty()) {
    return;
  }
  for (const std::string& root : {kFree, kStands}) {
    const Model model = load_model(hopper(root));
    REQUIRE(beyond_lanes(model.get()) == "");
    const LanePhysics physics(model.get());
    const PhysicsStep exact(model.get(), Physics::kFused);
    LaneBlock block(&physics);
    const Data data = make_data(model.get()), scratch = make_data(model.get());
    std::mt19937 random(3);
    std::vector<double> apart, sensed;
    int again = 0, contacts = 0, steps = 0;
    for (int round = 0; round < 60; ++round) {
      std::vector<Data> bodies;
      for (int lane = 0; lane < block.width(); ++lane) {
        bodies.push_back(make_data(model.get()));
        randomise(model.get(), bodies.back().get(), &random);
        bodies.back()->qfrc_applied[model->nv - 2] = lane % 4 == 1 ? 3.0 : 0.0;
        bodies.back()->eq_active[0] = lane == 2 ? 0 : 1;  // what lanes leave to the fused step
        block.load(lane, bodies.back().get());
        const double force[3] = {30.0, -20.0, 10.0};
        const int pushed = lane % 3 == 0 ? mj_name2id(model.get(), mjOBJ_BODY, "plate") : -1;
        block.push(lane, pushed, force);
        if (pushed >= 0) {
          mju_copy3(bodies.back()->xfrc_applied + 6 * pushed, force);
        }
      }
      const auto stepped = block.step(block.all(), exact, model.get(), scratch.get());
      CHECK(stepped.lost == 0);
      for (int lane = 0; lane < block.width(); ++lane, ++steps) {
        const bool left = (stepped.again >> lane & 1u) != 0;
        CHECK((left || lane != 2));
        again += left && lane != 2 ? 1 : 0;
        mjData* body = bodies[lane].get();
        block.store(lane, data.get());
        block.show(lane, model.get(), data.get(), true);
        mj_step(model.get(), body);
        contacts += body->ncon;
        apart.push_back(std::max(farthest(data->qpos, body->qpos, model->nq),
                                 farthest(data->qvel, body->qvel, model->nv)));
        CHECK(farthest(data->act, body->act, model->na) < 1e-5);
        CHECK(farthest(data->actuator_length, body->actuator_length, model->nu) < 1e-5);
        CHECK(farthest(data->actuator_moment, body->actuator_moment, model->nJmom) < 1e-4);
        sensed.push_back(farthest(data->sensordata, body->sensordata, model->nsensordata));
      }
    }
    CHECK(contacts > steps / 2);
    CHECK(again < steps / 20);
    std::sort(apart.begin(), apart.end());
    std::sort(sensed.begin(), sensed.end());
    CHECK(apart[apart.size() / 2] < 1e-5);
    CHECK(apart[apart.size() * 98 / 100] < 1e-4);
    CHECK(sensed[sensed.size() / 2] < 1e-5);
    CHECK(sensed[sensed.size() * 98 / 100] < 1e-4);
  }
}

TEST_CASE("poses of all bodies are those of mj_kinematics") {
  if (lane_libraries().empty()) {
    return;
  }
  const Model model = load_model(hopper(kFree));
  const LanePhysics physics(model.get());
  LaneBlock block(&physics);
  const Data data = make_data(model.get()), shown = make_data(model.get());
  std::mt19937 random(5);
  randomise(model.get(), data.get(), &random);
  for (int lane = 0; lane < block.width(); ++lane) {
    block.load(lane, data.get());
  }
  block.pose();
  block.show_bodies(block.width() - 1, model.get(), shown.get());
  mj_kinematics(model.get(), data.get());
  for (int i = 3; i < 3 * model->nbody; ++i) {
    CHECK(shown->xpos[i] == doctest::Approx(data->xpos[i]).epsilon(1e-6));
  }
  for (int i = 9; i < 9 * model->nbody; ++i) {
    CHECK(std::abs(shown->xmat[i] - data->xmat[i]) < 1e-6);
  }
  for (int body = 1; body < model->nbody; ++body) {
    const double agreement = mju_dot(shown->xquat + 4 * body, data->xquat + 4 * body, 4);
    CHECK(std::abs(agreement) == doctest::Approx(1.0).epsilon(1e-6));
  }
}

TEST_CASE("a state that is no number is MuJoCo's to find bad, and its neighbours go on") {
  if (lane_libraries().empty()) {
    return;
  }
  const Model model = load_model(hopper(kFree));
  const LanePhysics physics(model.get());
  const PhysicsStep exact(model.get(), Physics::kFused);
  LaneBlock block(&physics);
  const Data data = make_data(model.get()), scratch = make_data(model.get());
  std::mt19937 random(7);
  randomise(model.get(), data.get(), &random);
  for (int lane = 0; lane < block.width(); ++lane) {
    data->qvel[8] = lane == 1 ? std::nan("") : 0.5;
    block.load(lane, data.get());
  }
  const auto stepped = block.step(block.all(), exact, model.get(), scratch.get());
  CHECK(stepped.again == 2u);
  CHECK(stepped.lost == 2u);
  block.store(0, data.get());
  block.store(2, scratch.get());
  CHECK(farthest(data->qvel, scratch->qvel, model->nv) == 0.0);
}
