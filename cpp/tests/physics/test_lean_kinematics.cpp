// Poses of what is read, against mj_kinematics.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "kinesis/physics/lean_kinematics.hpp"
#include "load_model.hpp"

using namespace kinesis;

namespace {

std::string leg(const std::string& spatial = "") {
  return R"(
<mujoco>
  <worldbody>
    <body name="thigh" pos="0 0 1">
      <freejoint/>
      <geom size=".1" mass="1"/>
      <site name="origin" pos=".1 .02 -.1"/>
      <site name="unread" pos=".1 0 -.2"/>
      <body name="shank" pos="0 0 -.4">
        <joint axis="0 1 0"/>
        <geom name="ball" size=".1" pos=".01 0 -.2" mass="1"/>
        <site name="insertion" pos=".05 .01 -.1"/>
        <site name="felt" type="box" size=".1 .1 .1" pos="0 0 -.3" euler="20 30 0"/>
        <site name="imu" pos="0 .02 -.3" euler="0 0 50"/>
      </body>
    </body>
  </worldbody>
  <tendon><spatial name="t" )" +
         spatial + R"(><site site="origin"/><site site="insertion"/></spatial></tendon>
  <actuator><muscle tendon="t" lengthrange=".1 .5" force="100"/></actuator>
  <sensor><touch site="felt"/><velocimeter site="imu"/></sensor>
</mujoco>)";
}

struct Poses {
  std::vector<double> body, geom, site, turned;
};

Poses poses(const mjModel* model, const mjData* data) {
  return {{data->xmat, data->xmat + 9 * model->nbody},
          {data->geom_xpos, data->geom_xpos + 3 * model->ngeom},
          {data->site_xpos, data->site_xpos + 3 * model->nsite},
          {data->site_xmat, data->site_xmat + 9 * model->nsite}};
}

// Positions and velocities that no symmetry hides anything in.
void move(const mjModel* model, mjData* data) {
  for (int i = 0; i < model->nv; ++i) {
    data->qvel[i] = std::sin(1.0 + i);
  }
  mj_integratePos(model, data->qpos, data->qvel, 1.0);
}

double apart(const std::vector<double>& a, const std::vector<double>& b, int first, int count) {
  double largest = 0.0;
  for (int i = first; i < first + count; ++i) {
    largest = std::max(largest, std::abs(a[i] - b[i]));
  }
  return largest;
}

}  // namespace

TEST_CASE("bodies, geoms and the sites that are read are where mj_kinematics has them") {
  const Model model = load_model(leg());
  const std::unique_ptr<mjData, decltype(&mj_deleteData)> data(mj_makeData(model.get()),
                                                               mj_deleteData);
  const auto site = [&](const char* name) { return mj_name2id(model.get(), mjOBJ_SITE, name); };
  mj_kinematics(model.get(), data.get());
  const Poses before = poses(model.get(), data.get());
  move(model.get(), data.get());
  LeanKinematics(model.get(), {site("origin"), site("insertion")}).update(model.get(), data.get());
  const Poses lean = poses(model.get(), data.get());
  mj_kinematics(model.get(), data.get());
  const Poses full = poses(model.get(), data.get());

  CHECK(lean.body == full.body);
  CHECK(lean.geom == full.geom);
  for (const char* name : {"origin", "insertion", "felt", "imu"}) {
    CHECK(apart(lean.site, full.site, 3 * site(name), 3) < 1e-15);
  }
  for (const char* name : {"felt", "imu"}) {
    CHECK(apart(lean.turned, full.turned, 9 * site(name), 9) == 0.0);
  }
  CHECK(apart(lean.site, before.site, 3 * site("unread"), 3) == 0.0);
  CHECK(apart(full.site, before.site, 3 * site("unread"), 3) > 0.1);
}

TEST_CASE("where MuJoCo reads paths itself, all sites are posed") {
  const Model model = load_model(leg("armature=\".01\""));
  const std::unique_ptr<mjData, decltype(&mj_deleteData)> data(mj_makeData(model.get()),
                                                               mj_deleteData);
  move(model.get(), data.get());
  LeanKinematics(model.get(), {0}).update(model.get(), data.get());
  const Poses lean = poses(model.get(), data.get());
  mj_kinematics(model.get(), data.get());
  const Poses full = poses(model.get(), data.get());
  CHECK(lean.site == full.site);
  CHECK(lean.turned == full.turned);
}

TEST_CASE("bodies alone") {
  const Model model = load_model(leg());
  const std::unique_ptr<mjData, decltype(&mj_deleteData)> data(mj_makeData(model.get()),
                                                               mj_deleteData);
  move(model.get(), data.get());
  LeanKinematics::update_bodies(model.get(), data.get());
  const Poses lean = poses(model.get(), data.get());
  mj_kinematics(model.get(), data.get());
  CHECK(lean.body == poses(model.get(), data.get()).body);
}
