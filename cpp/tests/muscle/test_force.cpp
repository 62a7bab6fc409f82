// Muscles' forces and the actuation stage, against MuJoCo's.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "kinesis/muscle/actuation.hpp"
#include "kinesis/muscle/force.hpp"
#include "load_model.hpp"

using namespace kinesis;

namespace {

// A usual muscle, one whose peak force follows from its acceleration, and one whose passive curve
// has a scale of its own.
std::string arm(const std::string& first = "", const std::string& more = "") {
  return R"(
<mujoco>
  <worldbody>
    <body pos="0 0 1">
      <joint name="shoulder" axis="0 1 0"/>
      <geom size=".1" mass="1"/>
      <body pos="0 0 -.4">
        <joint name="elbow" axis="0 1 0"/>
        <geom size=".1" mass="1"/>
        <site name="hand" pos=".05 0 -.3"/>
      </body>
    </body>
    <site name="wall" pos=".3 0 .9"/>
  </worldbody>
  <tendon><spatial name="t"><site site="wall"/><site site="hand"/></spatial></tendon>
  <actuator>
    <muscle tendon="t" lengthrange=".1 .6" force="300" )" +
         first + R"(/>
    <muscle joint="elbow" lengthrange="-1 1.5" scale="150" lmin=".6" lmax="1.9" vmax="3"
            fpmax="2" fvmax="1.5" range=".8 1.1" ctrllimited="true" ctrlrange=".1 .7"/>
    <general joint="shoulder" lengthrange="-2 1" dyntype="muscle" dynprm=".02 .05 .1"
             gaintype="muscle" gainprm=".75 1.05 200 200 .5 1.6 1.5 1.3 1.2"
             biastype="muscle" biasprm=".6 1.2 180 200 .5 1.5 1.5 1.1 1.2"/>
    )" + more +
         R"(
  </actuator>
</mujoco>)";
}

using Data = std::unique_ptr<mjData, decltype(&mj_deleteData)>;

}  // namespace

TEST_CASE("gains and biases are MuJoCo's") {
  const Model model = load_model(arm());
  const MuscleForce force(model.get());
  std::mt19937 random(1);
  std::uniform_real_distribution<double> share(-0.5, 1.5), speed(-4.0, 4.0);
  for (int i = 0; i < model->nu; ++i) {
    const mjtNum* range = model->actuator_lengthrange + 2 * i;
    const mjtNum acc0 = model->actuator_acc0[i];
    const mjtNum* gain = model->actuator_gainprm + mjNGAIN * i;
    const mjtNum* bias = model->actuator_biasprm + mjNBIAS * i;
    int passive = 0, active = 0;
    for (int k = 0; k < 2000; ++k) {
      const double length = range[0] + (range[1] - range[0]) * share(random);
      const double velocity = speed(random);
      const double expected = mju_muscleGain(length, velocity, range, acc0, gain);
      const double resting = mju_muscleBias(length, range, acc0, bias);
      CHECK(std::abs(force.gain(i, length, velocity) - expected) < 1e-12 * 300);
      CHECK(std::abs(force.bias(i, length) - resting) < 1e-12 * 300);
      active += expected != 0.0;
      passive += resting != 0.0;
    }
    CHECK(active > 200);
    CHECK(passive > 200);
  }
}

TEST_CASE("the actuation stage is mj_fwdActuation's") {
  const Model model = load_model(arm());
  const Data ours(mj_makeData(model.get()), mj_deleteData);
  const Data theirs(mj_makeData(model.get()), mj_deleteData);
  const MuscleActuation actuation(model.get());
  REQUIRE(actuation.covers_model());
  std::mt19937 random(1);
  std::normal_distribution<double> normal;
  for (int k = 0; k < 200; ++k) {
    for (mjData* data : {ours.get(), theirs.get()}) {
      std::mt19937 same(k);
      for (int i = 0; i < model->nv; ++i) {
        data->qpos[i] = normal(same);
        data->qvel[i] = normal(same);
      }
      for (int i = 0; i < model->nu; ++i) {
        data->ctrl[i] = 0.5 + normal(same);
        data->act[i] = std::abs(0.5 * normal(same));
      }
      normal.reset();
      mj_fwdPosition(model.get(), data);
      mj_fwdVelocity(model.get(), data);
    }
    if (k == 7) {
      ours->ctrl[0] = theirs->ctrl[0] = std::numeric_limits<double>::quiet_NaN();
    }
    actuation.update(model.get(), ours.get());
    mj_fwdActuation(model.get(), theirs.get());
    for (int i = 0; i < model->nu; ++i) {
      CHECK(std::abs(ours->act_dot[i] - theirs->act_dot[i]) <= 1e-15);
      CHECK(std::abs(ours->actuator_force[i] - theirs->actuator_force[i]) < 1e-12 * 300);
    }
    for (int i = 0; i < model->nv; ++i) {
      CHECK(std::abs(ours->qfrc_actuator[i] - theirs->qfrc_actuator[i]) < 1e-12 * 300);
    }
  }
}

TEST_CASE("what is more than muscles is left to MuJoCo") {
  CHECK_FALSE(
      MuscleActuation(load_model(arm("", "<motor joint=\"elbow\"/>")).get()).covers_model());
  const std::string limited = "forcelimited=\"true\" forcerange=\"-10 0\"";
  CHECK_FALSE(MuscleActuation(load_model(arm(limited)).get()).covers_model());
  const Model model = load_model(arm());
  model->jnt_actfrclimited[0] = 1;
  CHECK_FALSE(MuscleActuation(model.get()).covers_model());
}
