// Kinematics and least squares against MuJoCo's own, on a leg with a coupled knee.
#include <doctest/doctest.h>

#include <cmath>
#include <memory>
#include <random>
#include <string>

#include "kinesis/base/small_vector.hpp"
#include "kinesis/body/chain_kinematics.hpp"
#include "kinesis/retarget/pose_solver.hpp"
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
      <body name="spare" pos="0 0 .3"><joint axis="1 0 0"/><geom size=".1" mass="1"/></body>
      <body name="thigh" pos=".1 0 -.1" euler="10 20 30">
        <joint name="h1" axis="0 1 0" range="-60 60" limited="true"/>
        <joint name="h2" axis="1 .3 0" pos="0 .02 0"/>
        <geom size=".1" mass="1"/>
        <body name="shank" pos="0 0 -.4">
          <joint name="slide" type="slide" axis="0 .2 1"/>
          <joint name="knee" axis="0 1 0" range="0 120" limited="true"/>
          <joint name="roll" axis="1 0 0"/>
          <geom size=".1" mass="1"/>
          <body name="foot" pos=".05 0 -.4"><joint axis="0 1 0"/><geom size=".1" mass="1"/></body>
        </body>
      </body>
    </body>
  </worldbody>
  <equality>
    <joint joint1="slide" joint2="knee" polycoef="0 .02 -.01 .003 .001"/>
    <joint joint1="roll" joint2="knee" polycoef=".1 -.2 .05 0 0"/>
  </equality>
</mujoco>)";

using Data = std::unique_ptr<mjData, decltype(&mj_deleteData)>;

Model load() { return load_model(kLeg); }

std::vector<double> random_posture(const ChainKinematics& chain, const mjModel* model, int seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform(-0.4, 0.9);
  std::vector<double> qpos(model->qpos0, model->qpos0 + model->nq);
  std::vector<double> change(chain.num_dofs());
  for (double& x : change) {
    x = uniform(random);
  }
  chain.move(change.data(), qpos.data());
  return qpos;
}

}  // namespace

TEST_CASE("poses are MuJoCo's, and couplings hold") {
  const Model model = load();
  const Data data(mj_makeData(model.get()), mj_deleteData);
  const int foot = mj_name2id(model.get(), mjOBJ_BODY, "foot");
  const ChainKinematics chain(model.get(), {foot});
  CHECK(chain.num_dofs() == 6 + 4);  // h1, h2, knee and the foot's; the rest is coupled or spare
  ChainPose pose;
  for (int seed = 0; seed < 5; ++seed) {
    const std::vector<double> qpos = random_posture(chain, model.get(), seed);
    mju_copy(data->qpos, qpos.data(), model->nq);
    mj_kinematics(model.get(), data.get());
    chain.forward(qpos.data(), &pose);
    for (const char* name : {"trunk", "thigh", "shank", "foot"}) {
      const int body = mj_name2id(model.get(), mjOBJ_BODY, name);
      const int link = chain.link(body);
      for (int k = 0; k < 3; ++k) {
        CHECK(pose.pos[3 * link + k] == Approx(data->xpos[3 * body + k]));
      }
      for (int k = 0; k < 9; ++k) {
        CHECK(pose.rot[9 * link + k] == Approx(data->xmat[9 * body + k]));
      }
    }
    const auto value = [&](const char* name) {
      return qpos[model->jnt_qposadr[mj_name2id(model.get(), mjOBJ_JOINT, name)]];
    };
    const double knee = value("knee");
    CHECK(value("roll") == Approx(0.1 - 0.2 * knee + 0.05 * knee * knee));
  }
}

TEST_CASE("velocities are MuJoCo's, dependent joints moved by their drivers") {
  const Model model = load();
  const Data data(mj_makeData(model.get()), mj_deleteData);
  const int foot = mj_name2id(model.get(), mjOBJ_BODY, "foot");
  const ChainKinematics chain(model.get(), {foot});
  const JointCouplings couplings(model.get());
  const std::vector<double> qpos = random_posture(chain, model.get(), 2);
  mju_copy(data->qpos, qpos.data(), model->nq);
  for (int i = 0; i < model->nv; ++i) {
    data->qvel[i] = 0.3 * i - 1.0;
  }
  for (const int joint : couplings.followers()) {
    data->qvel[model->jnt_dofadr[joint]] = couplings.slope(joint, qpos.data()) *
                                           data->qvel[model->jnt_dofadr[couplings.driver(joint)]];
  }
  mj_kinematics(model.get(), data.get());
  mj_comPos(model.get(), data.get());
  mj_comVel(model.get(), data.get());
  ChainPose pose;
  chain.forward(qpos.data(), &pose);
  chain.velocities(data->qvel, &pose);
  for (const char* name : {"trunk", "thigh", "shank", "foot"}) {
    const int body = mj_name2id(model.get(), mjOBJ_BODY, name);
    double exact[6];
    mj_objectVelocity(model.get(), data.get(), mjOBJ_XBODY, body, exact, 0);
    for (int k = 0; k < 3; ++k) {
      CHECK(pose.turn[3 * chain.link(body) + k] == Approx(exact[k]));
      CHECK(pose.move[3 * chain.link(body) + k] == Approx(exact[3 + k]));
    }
  }
}

TEST_CASE("Jacobians are the derivatives of the poses along the couplings") {
  const Model model = load();
  const int foot = mj_name2id(model.get(), mjOBJ_BODY, "foot");
  const ChainKinematics chain(model.get(), {foot});
  const int link = chain.link(foot);
  const std::vector<double> qpos = random_posture(chain, model.get(), 1);
  const double local[3] = {0.1, -0.02, 0.03};
  ChainPose pose;
  double here[3], there[3];
  chain.forward(qpos.data(), &pose);
  ChainKinematics::place(pose, link, local, here);
  std::vector<double> jacobian(3 * chain.dofs_of(link).size());
  chain.point_jacobian(pose, link, here, jacobian.data());
  const double step = 1e-6;
  for (std::size_t i = 0; i < chain.dofs_of(link).size(); ++i) {
    std::vector<double> change(chain.num_dofs(), 0.0);
    change[chain.dofs_of(link)[i]] = step;
    std::vector<double> moved = qpos;
    chain.move(change.data(), moved.data());
    chain.forward(moved.data(), &pose);
    ChainKinematics::place(pose, link, local, there);
    for (int k = 0; k < 3; ++k) {
      const double slope = (there[k] - here[k]) / step;
      CHECK(jacobian[k * chain.dofs_of(link).size() + i] == Approx(slope).epsilon(1e-4).scale(1.0));
    }
  }
}

TEST_CASE("steps reach a target that can be reached, within the ranges") {
  const Model model = load();
  const int foot = mj_name2id(model.get(), mjOBJ_BODY, "foot");
  const int shank = mj_name2id(model.get(), mjOBJ_BODY, "shank");
  const ChainKinematics chain(model.get(), {foot});
  const std::vector<double> wanted = random_posture(chain, model.get(), 3);
  ChainPose target;
  chain.forward(wanted.data(), &target);
  std::vector<double> qpos(model->qpos0, model->qpos0 + model->nq);
  chain.couple(qpos.data());
  PoseSolver solver(chain);
  const double weight[3] = {1.0, 1.0, 1.0};
  for (int i = 0; i < 60; ++i) {
    solver.begin(qpos.data());
    for (const int link : {0, chain.link(shank), chain.link(foot)}) {
      double error[3];
      for (int k = 0; k < 3; ++k) {
        error[k] = target.pos[3 * link + k] - solver.pose().pos[3 * link + k];
      }
      solver.add_point(link, &solver.pose().pos[3 * link], error, weight);
    }
    double turn[3];
    rotation_between(&qpos[3], &wanted[3], turn);
    solver.add_root_turn(turn, 0.2);
    solver.step(qpos.data());
  }
  ChainPose reached;
  chain.forward(qpos.data(), &reached);
  for (const int link : {0, chain.link(shank), chain.link(foot)}) {
    for (int k = 0; k < 3; ++k) {
      CHECK(reached.pos[3 * link + k] == Approx(target.pos[3 * link + k]).epsilon(1e-4).scale(1.0));
    }
  }
  for (int d = 6; d < chain.num_dofs(); ++d) {
    CHECK(qpos[chain.qpos_address(d)] >= chain.low(d));
    CHECK(qpos[chain.qpos_address(d)] <= chain.high(d));
  }
}

TEST_CASE("a floor stops what targets push through it, and pulls on nothing above") {
  const Model model = load();
  const int foot = mj_name2id(model.get(), mjOBJ_BODY, "foot");
  const ChainKinematics chain(model.get(), {foot});
  PoseSolver solver(chain);
  for (const double wish : {-0.5, 0.5}) {
    std::vector<double> qpos(model->qpos0, model->qpos0 + model->nq);
    chain.couple(qpos.data());
    const int link = chain.link(foot);
    double height = 0.0, before = 0.0;
    for (int i = 0; i < 40; ++i) {
      solver.begin(qpos.data());
      const double* at = &solver.pose().pos[3 * link];
      before = i == 0 ? at[2] : before;
      height = at[2];
      const double error[3] = {0.0, 0.0, before + wish - at[2]};
      const double weight[3] = {0.0, 0.0, 1.0};
      solver.add_point(link, at, error, weight);
      solver.add_floor(link, at, at[2] - before, 100.0);
      solver.step(qpos.data());
    }
    CHECK(height == Approx(before + std::max(0.0, wish)).epsilon(1e-3));
  }
}

TEST_CASE("bodies that do not hang on the root are refused") {
  const Model model = load();
  CHECK_THROWS_AS(ChainKinematics(model.get(), {0}), std::invalid_argument);
}
