// Joint torques of muscles and independent joints, against MuJoCo's generalised forces.
#include <doctest/doctest.h>

#include <memory>
#include <random>
#include <vector>

#include "kinesis/body/independent_joints.hpp"
#include "kinesis/muscle/curves.hpp"
#include "kinesis/muscle/torque.hpp"
#include "load_model.hpp"

using namespace kinesis;
using doctest::Approx;

namespace {

constexpr const char* kLeg = R"(
<mujoco>
  <worldbody>
    <body name="trunk" pos="0 0 1">
      <freejoint/>
      <geom size=".1" mass="1"/>
      <site name="t" pos=".05 0 -.1"/>
      <body name="thigh" pos="0 0 -.1">
        <joint name="hip" axis="0 1 0"/>
        <joint name="roll" axis="1 0 0"/>
        <geom size=".05" mass="1"/>
        <site name="h" pos=".06 .01 -.2"/>
        <geom name="round" type="sphere" size=".04" pos="0 0 -.4" contype="0" conaffinity="0"/>
        <body name="shank" pos="0 0 -.4">
          <joint name="slide" type="slide" axis="1 0 0"/>
          <joint name="twist" axis="0 0 1"/>
          <joint name="knee" axis="0 1 0"/>
          <geom size=".05" mass="1"/>
          <site name="s" pos=".05 0 -.1"/>
        </body>
      </body>
    </body>
  </worldbody>
  <equality>
    <joint joint1="slide" joint2="knee" polycoef="0 .02 -.01 .003 .001"/>
    <joint joint1="twist" joint2="slide" polycoef="0 3 1 0 0"/>
  </equality>
  <tendon>
    <spatial name="short"><site site="h"/><geom geom="round"/><site site="s"/></spatial>
    <spatial name="long"><site site="t"/><site site="h"/><site site="s"/></spatial>
  </tendon>
  <actuator>
    <muscle name="a" tendon="short" lengthrange=".1 .5" force="700"/>
    <muscle name="b" tendon="long" lengthrange=".1 .8" force="300"/>
    <muscle name="c" joint="hip" lengthrange="-1 1" force="50"/>
  </actuator>
</mujoco>)";

using Data = std::unique_ptr<mjData, decltype(&mj_deleteData)>;

}  // namespace

TEST_CASE("rows are the joints that follow no other, sources of sources included") {
  const Model model = load_model(kLeg);
  const IndependentJoints joints(model.get(), false);
  const IndependentJoints all(model.get(), true);
  CHECK(joints.rows() == 3);  // hip, roll, knee
  CHECK(all.rows() == 9);
  CHECK(joints.num_couplings() == 2);
  CHECK(joints.row_of(8) == 2);  // slide and twist follow the knee
  CHECK(joints.row_of(9) == 2);
  CHECK(joints.row_of(0) == -1);
}

TEST_CASE("projected forces do the work of the forces they stand for") {
  // Moving the knee alone moves slide and twist along: force . velocity is the same either way.
  const Model model = load_model(kLeg);
  const IndependentJoints joints(model.get(), true);
  std::vector<double> qpos(model->qpos0, model->qpos0 + model->nq);
  const double knee = 0.7, step = 1e-6;
  const auto slide_of = [](double k) {
    return .02 * k - .01 * k * k + .003 * k * k * k + .001 * k * k * k * k;
  };
  const auto twist_of = [](double s) { return 3 * s + s * s; };
  qpos[11] = knee;
  qpos[9] = slide_of(knee);
  qpos[10] = twist_of(qpos[9]);
  const double slide_rate = (slide_of(knee + step) - slide_of(knee - step)) / (2 * step);
  const double twist_rate =
      (twist_of(slide_of(knee + step)) - twist_of(slide_of(knee - step))) / (2 * step);
  std::vector<double> slope(joints.num_couplings()), torque(joints.rows());
  joints.slopes(qpos.data(), slope.data());
  const std::vector<double> force{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  joints.project(force.data(), slope.data(), torque.data());
  CHECK(torque[7] == 8.0);
  CHECK(torque[8] == Approx(11.0 + 9.0 * slide_rate + 10.0 * twist_rate).epsilon(1e-8));
}

TEST_CASE("torques of activations and of passive forces are MuJoCo's") {
  const Model model = load_model(kLeg);
  const IndependentJoints joints(model.get(), false);
  const MuscleTorque torque(model.get(), &joints);
  const Data data(mj_makeData(model.get()), mj_deleteData);
  std::mt19937 random(1);
  std::uniform_real_distribution<double> uniform(-0.5, 0.5);
  for (int trial = 0; trial < 20; ++trial) {
    for (int i = 7; i < model->nq; ++i) {
      data->qpos[i] = uniform(random);
    }
    for (int i = 0; i < model->nv; ++i) {
      data->qvel[i] = uniform(random);
    }
    for (int i = 0; i < model->na; ++i) {
      data->act[i] = 0.5 + uniform(random);
    }
    mj_forward(model.get(), data.get());
    std::vector<double> slope(joints.num_couplings()), arm(torque.values()), value(arm),
        made(joints.rows()), expected(joints.rows());
    torque.read_arms(data.get(), slope.data(), arm.data());
    torque.evaluate(data->actuator_length, data->actuator_velocity, arm.data(), value.data(),
                    made.data());
    for (int i = 0; i < model->nu; ++i) {
      for (int k = torque.start()[i]; k < torque.start()[i + 1]; ++k) {
        made[torque.row()[k]] += value[k] * data->act[i];
      }
    }
    joints.project(data->qfrc_actuator, slope.data(), expected.data());
    for (int row = 0; row < joints.rows(); ++row) {
      CHECK(made[row] == Approx(expected[row]).epsilon(1e-10));
    }
  }
  // The short muscle crosses the knee alone: the trunk's and the hip's shares cancel.
  CHECK(torque.start()[1] == 1);
}

TEST_CASE("an excitation reaches the wanted activation in one substep where it can") {
  const double prm[3] = {0.01, 0.04, 0.0};
  const double h = 1.0 / 150.0;
  for (const double held : {0.0, 0.1, 0.5, 1.0}) {
    for (const double wanted : {0.0, 0.08, 0.12, 0.45, 0.9, 1.0}) {
      const double u = excitation_towards(MuscleTimes<double>{prm[0], prm[1]}, wanted, held, h);
      CHECK(u >= 0.0);
      CHECK(u <= 1.0);
      const double next = held + h * mju_muscleDynamics(u, held, prm);
      if (u > 0.0 && u < 1.0) {
        CHECK(next == Approx(wanted).epsilon(1e-12));
      } else {  // as near as the dynamics allow
        CHECK((u == 1.0 ? next <= wanted + 1e-12 : next >= wanted - 1e-12));
      }
    }
  }
}
