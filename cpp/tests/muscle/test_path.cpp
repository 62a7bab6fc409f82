// Muscle paths and the fused step, against mj_tendon and mj_step.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <vector>

#include "kinesis/muscle/path.hpp"
#include "kinesis/physics/physics_step.hpp"
#include "load_model.hpp"

using namespace kinesis;

namespace {

// Two trees and the world; balls and rods with and without sides, inside ones, pulleys; a path
// that begins where another body's does; neighbouring sites of one body.
std::string arm(const std::string& option, const std::string& more_tendons = "") {
  return R"(
<mujoco>
  <option timestep=".002" )" +
         option + R"(/>
  <worldbody>
    <geom name="floor" type="plane" size="5 5 .1"/>
    <site name="w" pos=".1 .1 .8"/>
    <body name="trunk" pos="0 0 .5">
      <freejoint/>
      <geom size=".1" mass="2"/>
      <site name="t" pos=".05 0 .05"/>
      <site name="t2" pos=".02 .03 -.08"/>
      <body name="upper" pos="0 0 -.1">
        <joint type="ball" damping=".5"/>
        <geom name="bone" type="cylinder" size=".03 .2" euler="10 80 0" mass="1"
              contype="0" conaffinity="0"/>
        <geom name="ball" size=".04" pos="0 0 -.2" mass=".1" contype="0" conaffinity="0"/>
        <site name="u" pos=".06 .01 -.1"/>
        <site name="out" pos=".08 0 -.2"/>
        <site name="in" pos=".005 0 -.2"/>
        <body name="lower" pos="0 0 -.25">
          <joint name="elbow" axis="0 1 0" damping=".1"/>
          <geom size=".05" pos="0 0 -.1" mass="1"/>
          <site name="l" pos=".05 0 -.05"/>
          <site name="l2" pos="-.05 .02 -.1"/>
        </body>
      </body>
    </body>
    <body name="other" pos=".4 0 .5">
      <joint type="slide" axis="0 0 1" damping="1"/>
      <joint axis="0 1 0" damping="1"/>
      <geom size=".08" mass="1"/>
      <site name="o" pos="0 0 .05"/>
    </body>
  </worldbody>
  <tendon>
    <spatial name="plain"><site site="t"/><site site="u"/><site site="l"/></spatial>
    <spatial name="over"><site site="t"/><geom geom="ball" sidesite="out"/><site site="l"/></spatial>
    <spatial name="free"><site site="u"/><geom geom="ball"/><site site="l2"/></spatial>
    <spatial name="rod"><site site="t2"/><geom geom="bone"/><site site="l2"/></spatial>
    <spatial name="through"><site site="t"/><geom geom="ball" sidesite="in"/><site site="l"/></spatial>
    <spatial name="apart"><site site="l"/><site site="o"/><site site="w"/></spatial>
    <spatial name="along">
      <site site="t"/><site site="t2"/><site site="l"/><site site="l2"/><pulley divisor="2"/>
      <site site="u"/><site site="out"/>
    </spatial>
    <spatial name="pulleys">
      <site site="w"/><site site="t"/><pulley divisor="2"/>
      <site site="t"/><geom geom="ball" sidesite="out"/><site site="l"/><pulley divisor="3"/>
      <site site="t2"/><site site="o"/>
    </spatial>
    )" + more_tendons +
         R"(
  </tendon>
  <actuator>
    <muscle tendon="plain" lengthrange=".1 .5" force="100"/>
    <muscle tendon="over" lengthrange=".1 .5" force="100"/>
    <muscle tendon="pulleys" lengthrange=".1 .8" force="100"/>
  </actuator>
  <sensor><tendonvel tendon="rod"/><framelinacc objtype="body" objname="lower"/></sensor>
</mujoco>)";
}

using Data = std::unique_ptr<mjData, decltype(&mj_deleteData)>;

Data make_data(const mjModel* model) { return Data(mj_makeData(model), mj_deleteData); }

void randomise(const mjModel* model, mjData* data, std::mt19937* random) {
  std::normal_distribution<double> normal;
  mj_resetData(model, data);
  for (int i = 0; i < model->nv; ++i) {
    data->qvel[i] = normal(*random);
  }
  mj_integratePos(model, data->qpos, data->qvel, 0.6);
  data->qpos[2] = 0.4 + 0.2 * std::abs(data->qpos[2]);
  for (int i = 0; i < model->na; ++i) {
    data->act[i] = data->ctrl[i] = std::min(1.0, std::abs(0.4 * normal(*random)));
  }
}

double worst(const double* a, const double* b, int count) {
  double largest = 0.0, scale = 1.0;
  for (int i = 0; i < count; ++i) {
    scale = std::max(scale, std::abs(a[i]));
    largest = std::max(largest, std::abs(a[i] - b[i]));
  }
  return largest / scale;
}

}  // namespace

TEST_CASE("lengths and Jacobians are those of mj_tendon") {
  const Model model = load_model(arm(""));
  const MusclePath path(model.get());
  REQUIRE(path.covers_model());
  const Data data = make_data(model.get());
  std::mt19937 random(1);
  int curved = 0;
  for (int round = 0; round < 500; ++round) {
    randomise(model.get(), data.get(), &random);
    mj_kinematics(model.get(), data.get());
    mj_comPos(model.get(), data.get());
    mj_tendon(model.get(), data.get());
    const std::vector<double> length(data->ten_length, data->ten_length + model->ntendon);
    const std::vector<double> jacobian(data->ten_J, data->ten_J + model->nJten);
    curved += data->ten_wrapnum[1] > 2;
    path.update(model.get(), data.get());
    CHECK(worst(length.data(), data->ten_length, static_cast<int>(model->ntendon)) < 1e-13);
    CHECK(worst(jacobian.data(), data->ten_J, static_cast<int>(model->nJten)) < 1e-12);
  }
  CHECK(curved > 50);
  CHECK(curved < 500);
}

TEST_CASE("sites at one place pull along x, as in MuJoCo") {
  const Model model = load_model(R"(
<mujoco><worldbody>
  <site name="w"/>
  <body><joint type="slide" axis="1 0 0"/><joint type="slide" axis="0 1 0"/>
    <geom size=".1"/><site name="b"/></body></worldbody>
  <tendon><spatial><site site="w"/><site site="b"/></spatial></tendon></mujoco>)");
  const Data data = make_data(model.get());
  mj_forward(model.get(), data.get());
  const std::vector<double> expected(data->ten_J, data->ten_J + model->nJten);
  MusclePath(model.get()).update(model.get(), data.get());
  CHECK(expected == std::vector<double>(data->ten_J, data->ten_J + model->nJten));
}

TEST_CASE("one fused step is one mj_step") {
  for (const char* option : {"", "integrator=\"implicit\"", "integrator=\"implicitfast\"",
                             "solver=\"CG\"", "cone=\"elliptic\" jacobian=\"sparse\""}) {
    CAPTURE(option);
    const Model model = load_model(arm(option));
    const PhysicsStep fused(model.get(), Physics::kFused);
    REQUIRE(fused.physics() == Physics::kFused);
    const Data expected = make_data(model.get()), actual = make_data(model.get());
    std::mt19937 random(2);
    int contacts = 0;
    for (int round = 0; round < 100; ++round) {
      randomise(model.get(), expected.get(), &random);
      mj_step(model.get(), expected.get());
      mj_copyData(actual.get(), model.get(), expected.get());
      mj_step(model.get(), expected.get());
      fused.step(model.get(), actual.get());
      contacts += expected->ncon > 0;
      CHECK(worst(expected->qpos, actual->qpos, static_cast<int>(model->nq)) < 1e-11);
      CHECK(worst(expected->qvel, actual->qvel, static_cast<int>(model->nv)) < 1e-11);
      CHECK(worst(expected->act, actual->act, static_cast<int>(model->na)) < 1e-11);
      CHECK(worst(expected->qacc_warmstart, actual->qacc_warmstart, static_cast<int>(model->nv)) <
            1e-10);
      CHECK(worst(expected->sensordata, actual->sensordata, static_cast<int>(model->nsensordata)) <
            1e-10);
      CHECK(expected->time == actual->time);
    }
    CHECK(contacts > 10);
  }
}

TEST_CASE("energy is computed where it is asked for") {
  const Model model = load_model(arm("") + "");
  model->opt.enableflags |= mjENBL_ENERGY;
  const PhysicsStep fused(model.get(), Physics::kFused);
  const Data expected = make_data(model.get()), actual = make_data(model.get());
  mj_step(model.get(), expected.get());
  fused.step(model.get(), actual.get());
  CHECK(actual->energy[0] == doctest::Approx(expected->energy[0]));
  CHECK(actual->energy[1] == doctest::Approx(expected->energy[1]));
  CHECK(actual->energy[0] != 0.0);
}

TEST_CASE("bad states are reset and counted as by mj_step") {
  const Model model = load_model(arm(""));
  const PhysicsStep fused(model.get(), Physics::kFused);
  const Data data = make_data(model.get());
  data->warning[mjWARN_BADQPOS].number = 2;  // said already: silent
  data->qpos[0] = std::nan("");
  fused.step(model.get(), data.get());
  CHECK(data->warning[mjWARN_BADQPOS].number == 1);
  CHECK(data->time == doctest::Approx(0.002));
}

TEST_CASE("models beyond the fused step are stepped by mj_step") {
  const auto physics = [](const Model& model) {
    return PhysicsStep(model.get(), Physics::kFused).physics();
  };
  CHECK(physics(load_model(arm("integrator=\"RK4\""))) == Physics::kMujoco);
  CHECK(physics(load_model(arm("", R"(<fixed><joint joint="elbow" coef="1"/></fixed>)"))) ==
        Physics::kMujoco);
  const Model model = load_model(arm(""));
  model->opt.enableflags |= mjENBL_SLEEP;
  CHECK(physics(model) == Physics::kMujoco);
  CHECK(PhysicsStep(load_model(arm("")).get(), Physics::kMujoco).physics() == Physics::kMujoco);
}
