// Joints that follow joints, by hand and on a chain of them.
#include <doctest/doctest.h>

#include "kinesis/body/couplings.hpp"
#include "kinesis/body/independent_joints.hpp"
#include "kinesis/body/tree.hpp"
#include "load_model.hpp"

using namespace kinesis;
using doctest::Approx;

namespace {

constexpr const char* kChain = R"(
<mujoco>
  <worldbody>
    <body name="trunk" pos="0 0 1">
      <freejoint/>
      <geom size=".1" mass="1"/>
      <body><joint name="a" axis="0 1 0" ref="10"/><geom size=".1" mass="1"/></body>
      <body><joint name="b" axis="0 1 0"/><geom size=".1" mass="1"/>
        <body><joint name="held" axis="1 0 0"/><geom size=".1" mass="1"/></body></body>
      <body><joint name="c" axis="0 1 0"/><geom size=".1" mass="1"/></body>
    </body>
  </worldbody>
  <equality>
    <joint joint1="c" joint2="b" polycoef="0 3 0 0 0"/>
    <joint joint1="b" joint2="a" polycoef=".1 .5 .2 0 0"/>
    <joint joint1="held" polycoef=".3 0 0 0 0"/>
  </equality>
</mujoco>)";

}  // namespace

TEST_CASE("a joint may follow one that follows another") {
  const Model model = load_model(kChain);
  const JointCouplings couplings(model.get());
  const int a = 1, b = 2, held = 3, c = 4;
  CHECK(couplings.of(a) == nullptr);
  CHECK(couplings.driver(a) == a);
  CHECK(couplings.driver(b) == a);
  CHECK(couplings.driver(c) == a);
  CHECK(couplings.driver(held) == -1);
  CHECK(couplings.followers() == std::vector<int>{b, c});

  std::vector<double> qpos(model->qpos0, model->qpos0 + model->nq);
  qpos[model->jnt_qposadr[a]] += 0.4;
  const double follows = 0.1 + 0.5 * 0.4 + 0.2 * 0.16;
  CHECK(couplings.position(b, qpos.data()) == Approx(follows));
  CHECK(couplings.position(c, qpos.data()) == Approx(3 * follows));
  CHECK(couplings.position(held, qpos.data()) == Approx(0.3));
  CHECK(couplings.slope(b, qpos.data()) == Approx(0.5 + 0.4 * 0.4));
  CHECK(couplings.slope(c, qpos.data()) == Approx(3 * (0.5 + 0.4 * 0.4)));
  CHECK(couplings.slope(held, qpos.data()) == 0.0);

  const IndependentJoints joints(model.get(), false);
  CHECK(joints.rows() == 1);
  CHECK(joints.num_couplings() == 2);
  CHECK(joints.row_of(model->jnt_dofadr[c]) == 0);
  CHECK(joints.row_of(model->jnt_dofadr[held]) == -1);
}

TEST_CASE("what hangs on a body is below it") {
  const Model model = load_model(kChain);
  CHECK(is_below(model.get(), 4, 3));
  CHECK(is_below(model.get(), 4, 1));
  CHECK(is_below(model.get(), 4, 4));
  CHECK_FALSE(is_below(model.get(), 4, 2));
  CHECK_FALSE(is_below(model.get(), 3, 4));
  CHECK(moves(model.get(), 0, 5));
  CHECK(free_joint(model.get()) == 0);
}
