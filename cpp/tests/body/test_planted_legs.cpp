// Feet reach poses that can be reached, and only their legs move.
#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <stdexcept>
#include <vector>

#include "kinesis/body/planted_legs.hpp"
#include "load_model.hpp"

using namespace kinesis;
using doctest::Approx;

namespace {

// Two legs with all that a foot's pose needs; the left knee slides with its angle.
constexpr const char* kLegs = R"(
<mujoco>
  <compiler autolimits="true"/>
  <default><geom size=".1" mass="1"/></default>
  <worldbody>
    <body name="trunk" pos="0 0 1">
      <freejoint/><geom/>
      <body pos=".1 0 -.1">
        <joint axis="0 1 0"/><joint axis="1 0 0"/><joint axis="0 0 1"/><geom/>
        <body pos="0 0 -.4">
          <joint name="slide" type="slide" axis="0 .2 1"/>
          <joint name="knee" axis="0 1 0" range="0 120"/><geom/>
          <body name="left" pos="0 0 -.4">
            <joint axis="0 1 0"/><joint axis="1 .2 0"/><geom/>
          </body>
        </body>
      </body>
      <body pos="-.1 0 -.1">
        <joint axis="0 1 0"/><joint axis="1 0 0"/><joint axis="0 0 1"/><geom/>
        <body pos="0 0 -.4">
          <joint axis="0 1 0" range="0 120"/><geom/>
          <body name="right" pos="0 0 -.4">
            <joint axis="0 1 0"/><joint axis="1 .2 0"/><geom/>
          </body>
        </body>
      </body>
    </body>
  </worldbody>
  <equality><joint joint1="slide" joint2="knee" polycoef="0 .02 -.01 .003 .001"/></equality>
</mujoco>)";

PlantedLegsConfig both_legs(const Model& model) {
  PlantedLegsConfig config;
  config.feet = {mj_name2id(model.get(), mjOBJ_BODY, "right"),
                 mj_name2id(model.get(), mjOBJ_BODY, "left")};
  return config;
}

}  // namespace

TEST_CASE("planted feet reach their poses, by their own legs") {
  const Model model = load_model(kLegs);
  PlantedLegsConfig config = both_legs(model);
  config.iterations = 40;
  config.posture_weight = 1e-6;
  const PlantedLegs legs(model.get(), config);
  const ChainKinematics chain(model.get(), config.feet);
  const int frames = 4, nq = chain.nq();
  std::mt19937 random(0);
  std::uniform_real_distribution<double> uniform(0.1, 0.5);
  std::vector<double> qpos, pos, rot, change(chain.num_dofs());
  ChainPose pose;
  for (int t = 0; t < frames; ++t) {
    std::vector<double> start(model->qpos0, model->qpos0 + nq);
    for (int k = 0; k < chain.num_dofs(); ++k) {
      change[k] = uniform(random);
    }
    chain.move(change.data(), start.data());
    std::vector<double> wanted = start;
    for (int k = 0; k < chain.num_dofs(); ++k) {
      change[k] = k < 6 ? 0.0 : uniform(random) - 0.2;
    }
    chain.move(change.data(), wanted.data());
    chain.forward(wanted.data(), &pose);
    for (const int foot : config.feet) {
      const int link = chain.link(foot);
      pos.insert(pos.end(), &pose.pos[3 * link], &pose.pos[3 * link] + 3);
      rot.insert(rot.end(), &pose.rot[9 * link], &pose.rot[9 * link] + 9);
    }
    qpos.insert(qpos.end(), start.begin(), start.end());
  }
  const std::vector<double> before = qpos;
  legs.solve(frames, pos.data(), rot.data(), qpos.data());
  for (int t = 0; t < frames; ++t) {
    chain.forward(&qpos[t * nq], &pose);
    for (int f = 0; f < 2; ++f) {
      const int link = chain.link(config.feet[f]);
      for (int k = 0; k < 3; ++k) {
        CHECK(pose.pos[3 * link + k] == Approx(pos[3 * (2 * t + f) + k]).epsilon(1e-5));
      }
      for (int k = 0; k < 9; ++k) {
        CHECK(pose.rot[9 * link + k] == Approx(rot[9 * (2 * t + f) + k]).epsilon(1e-4).scale(1.0));
      }
    }
    for (int k = 0; k < 7; ++k) {
      CHECK(qpos[t * nq + k] == before[t * nq + k]);
    }
  }
}

TEST_CASE("a foot that hangs on no joint is refused") {
  const Model model = load_model(kLegs);
  PlantedLegsConfig config;
  config.feet = {mj_name2id(model.get(), mjOBJ_BODY, "trunk")};
  CHECK_THROWS_AS(PlantedLegs(model.get(), config), std::invalid_argument);
}

TEST_CASE("straight legs bend under a lower root, and a root that is too high must sink") {
  const Model model = load_model(kLegs);
  PlantedLegsConfig config = both_legs(model);
  config.posture_weight = 1e-6;
  const PlantedLegs legs(model.get(), config);
  const ChainKinematics& chain = legs.chain();
  std::vector<double> qpos(model->qpos0, model->qpos0 + chain.nq());
  PlantedLegsWork work;
  chain.forward(qpos.data(), &work.pose);
  std::vector<double> pos, rot;
  for (int foot = 0; foot < 2; ++foot) {
    const int link = legs.foot_link(foot);
    pos.insert(pos.end(), &work.pose.pos[3 * link], &work.pose.pos[3 * link] + 3);
    rot.insert(rot.end(), &work.pose.rot[9 * link], &work.pose.rot[9 * link] + 9);
  }
  // Thigh and shank are 0.4 m each, and end where the foot's joints are: 0.1 % less than straight.
  CHECK(legs.too_high(work.pose, pos.data(), rot.data()) == Approx(0.0008).epsilon(1e-6));
  qpos[2] -= 0.05;
  chain.forward(qpos.data(), &work.pose);
  CHECK(legs.too_high(work.pose, pos.data(), rot.data()) == 0.0);
  legs.solve_frame(pos.data(), rot.data(), qpos.data(), &work);
  chain.forward(qpos.data(), &work.pose);
  for (int foot = 0; foot < 2; ++foot) {
    for (int k = 0; k < 3; ++k) {
      CHECK(work.pose.pos[3 * legs.foot_link(foot) + k] ==
            Approx(pos[3 * foot + k]).epsilon(1e-5).scale(1.0));
    }
  }
}

TEST_CASE("legs move as their feet do, under a root that moves") {
  const Model model = load_model(kLegs);
  PlantedLegsConfig config = both_legs(model);
  config.rate_weight = 1e-6;
  const PlantedLegs legs(model.get(), config);
  const ChainKinematics& chain = legs.chain();
  std::vector<double> change(chain.num_dofs(), 0.4);
  std::vector<double> qpos(model->qpos0, model->qpos0 + chain.nq()), qvel(model->nv, 0.0);
  chain.move(change.data(), qpos.data());
  qvel[0] = 0.3;
  qvel[4] = -0.2;
  const double move[6] = {0.1, 0.0, 0.2, 0.0, -0.1, 0.0};
  const double turn[6] = {0.0, 0.3, 0.0, 0.0, 0.0, 0.0};
  PlantedLegsWork work;
  legs.match_rates(move, turn, qpos.data(), qvel.data(), &work);
  chain.velocities(qvel.data(), &work.pose);
  for (int foot = 0; foot < 2; ++foot) {
    for (int k = 0; k < 3; ++k) {
      CHECK(work.pose.move[3 * legs.foot_link(foot) + k] ==
            Approx(move[3 * foot + k]).epsilon(1e-6).scale(1.0));
      CHECK(work.pose.turn[3 * legs.foot_link(foot) + k] ==
            Approx(turn[3 * foot + k]).epsilon(1e-6).scale(1.0));
    }
  }
  CHECK(qvel[0] == 0.3);
  std::vector<double> coupled = qvel;
  chain.couple_rates(qpos.data(), coupled.data());
  CHECK(coupled == qvel);
}
