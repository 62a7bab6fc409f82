// Clips with errors: what is drawn holds for the episode, and joints and bodies agree.
#include <doctest/doctest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "kinesis/motion/disturbed_motion.hpp"
#include "load_model.hpp"

using namespace kinesis;
using doctest::Approx;

namespace {

constexpr const char* kLegs = R"(
<mujoco>
  <worldbody>
    <body name="trunk" pos="0 0 1">
      <freejoint/>
      <geom size=".1" mass="1"/>
      <body name="thigh" pos="0 .1 0">
        <joint name="hip" axis="0 1 0"/>
        <geom size=".1" mass="1"/>
        <body name="shank" pos="0 0 -.4">
          <joint name="slide" type="slide" axis="1 0 0"/>
          <joint name="knee" axis="0 1 0"/>
          <geom size=".1" mass="1"/>
          <body name="foot" pos="0 0 -.4"><joint name="ankle" axis="0 1 0"/><geom size=".1" mass="1"/></body>
        </body>
      </body>
    </body>
  </worldbody>
  <equality><joint joint1="slide" joint2="knee" polycoef="0 .02 -.01 0 0"/></equality>
</mujoco>)";

constexpr int kFrames = 91;
constexpr double kRate = 30.0;

// A clip in which the trunk goes ahead and the joints swing.
struct Fixture {
  Model model = load_model(kLegs);
  ChainKinematics chain;
  std::vector<int> tracked;
  std::int64_t first[2] = {0, kFrames};
  double rate[1] = {kRate};
  std::vector<float> qpos, qvel, pos, vel;
  std::unique_ptr<MotionTable> clips;

  Fixture() : chain(model.get(), {body("foot")}), tracked{body("trunk"), body("foot")} {
    ChainPose pose;
    const JointCouplings couplings(model.get());
    for (int frame = 0; frame < kFrames; ++frame) {
      const double t = frame / kRate;
      std::vector<double> q(model->qpos0, model->qpos0 + model->nq), v(model->nv, 0.0);
      q[0] = 1.2 * t;
      v[0] = 1.2;
      q[7] = 0.4 * std::sin(2.0 * t);
      v[6] = 0.8 * std::cos(2.0 * t);
      q[9] = 0.3 * std::cos(2.0 * t);
      v[8] = -0.6 * std::sin(2.0 * t);
      chain.couple(q.data());
      v[7] = couplings.slope(joint("slide"), q.data()) * v[8];
      chain.forward(q.data(), &pose);
      chain.velocities(v.data(), &pose);
      qpos.insert(qpos.end(), q.begin(), q.end());
      qvel.insert(qvel.end(), v.begin(), v.end());
      for (const int one : tracked) {
        const int link = chain.link(one);
        pos.insert(pos.end(), &pose.pos[3 * link], &pose.pos[3 * link] + 3);
        vel.insert(vel.end(), &pose.move[3 * link], &pose.move[3 * link] + 3);
      }
    }
    MotionArrays arrays;
    arrays.num_clips = 1;
    arrays.num_frames = kFrames;
    arrays.nq = static_cast<int>(model->nq);
    arrays.nv = static_cast<int>(model->nv);
    arrays.num_tracked = 2;
    arrays.first_frame = first;
    arrays.frame_rate = rate;
    arrays.qpos = qpos.data();
    arrays.qvel = qvel.data();
    arrays.tracked_pos = pos.data();
    arrays.tracked_vel = vel.data();
    clips = std::make_unique<MotionTable>(arrays, std::vector<int>{3});
  }

  int body(const char* name) const { return mj_name2id(model.get(), mjOBJ_BODY, name); }
  int joint(const char* name) const { return mj_name2id(model.get(), mjOBJ_JOINT, name); }
};

// A motion and what one episode of it has drawn.
struct Episode {
  DisturbedMotion motion;
  std::vector<double> plan;

  Episode(const Fixture& f, const MotionErrors& errors, int number = 0)
      : motion(f.clips.get(), f.model.get(), f.tracked, errors), plan(motion.plan().size()) {
    EpisodeRandom random(7, 0, number);
    motion.begin({0, 0.5}, random, plan.data());
  }

  void read(double time, double* pos, double* vel) const {
    motion.tracked_state({0, time}, plan.data(), pos, vel);
  }
};

MotionErrors all_errors() {
  MotionErrors errors;
  errors.each = 1.0;
  errors.share = 1.0;
  errors.height = {0.01, 0.02};
  errors.slope = {-0.01, 0.01};
  errors.drift = {-0.1, 0.1};
  errors.shake = {0.0, 0.01};
  errors.shake_frequency = {1.0, 2.0};
  errors.timing = {0.0, 0.03};
  errors.timing_frequency = {0.5, 1.0};
  errors.smoothing = {0.0, 0.05};
  return errors;
}

}  // namespace

TEST_CASE("episodes without errors are the clips") {
  const Fixture f;
  MotionErrors errors = all_errors();
  errors.share = 0.0;
  const Episode episode(f, errors);
  double pos[6], vel[6], exact_pos[6], exact_vel[6];
  episode.read(1.234, pos, vel);
  f.clips->tracked_state({0, 1.234}, nullptr, exact_pos, exact_vel);
  for (int i = 0; i < 6; ++i) {
    CHECK(pos[i] == exact_pos[i]);
    CHECK(vel[i] == exact_vel[i]);
  }
}

TEST_CASE("a motion that is too high is so as a whole, and nothing else") {
  const Fixture f;
  MotionErrors errors;
  errors.each = 1.0;
  errors.share = 1.0;
  errors.height = {0.01, 0.01};
  const Episode episode(f, errors);
  double pos[6], vel[6], exact_pos[6], exact_vel[6];
  for (const double time : {0.5, 1.0, 2.0, 3.0, 3.1}) {  // the clip ends at 3
    episode.read(time, pos, vel);
    f.clips->tracked_state({0, time}, nullptr, exact_pos, exact_vel);
    for (int i = 0; i < 6; ++i) {
      CHECK(pos[i] == Approx(exact_pos[i] + (i % 3 == 2 ? 0.01 : 0.0)).epsilon(1e-6));
      CHECK(vel[i] == Approx(exact_vel[i]).epsilon(1e-6));
    }
  }
}

TEST_CASE("velocities are the derivatives of positions, whatever is drawn") {
  const Fixture f;
  for (int number = 0; number < 5; ++number) {
    const Episode episode(f, all_errors(), number);
    const double step = 1e-4;
    double pos[6], vel[6], before[6], after[6], unused[6];
    for (int frame = 0; 0.515 + frame / kRate < 2.5; ++frame) {
      const double time = 0.515 + frame / kRate;
      episode.read(time, pos, vel);
      episode.read(time - step, before, unused);
      episode.read(time + step, after, unused);
      for (int i = 0; i < 6; ++i) {
        CHECK(vel[i] == Approx((after[i] - before[i]) / (2.0 * step)).epsilon(0.02).scale(1.0));
      }
    }
  }
}

TEST_CASE(
    "joints that err keep their couplings, move the bodies, and leave the feet where they are") {
  const Fixture f;
  MotionErrors errors;
  errors.each = 1.0;
  errors.share = 1.0;
  errors.joints = {{{f.joint("hip"), f.joint("knee")}, {-1.0, 1.0}, {0.2, 0.2}}};
  const Episode episode(f, errors);
  std::vector<double> qpos(f.model->nq), qvel(f.model->nv), exact(f.model->nq);
  double lift = 0.0, pos[6], vel[6], exact_pos[6];
  for (int i = 0; i < 6; ++i) {
    const double time = 0.5 + 0.3 * i;
    episode.motion.joint_state({0, time}, episode.plan.data(), qpos.data(), qvel.data());
    f.clips->joint_state({0, time}, nullptr, exact.data(), qvel.data());
    CHECK(qpos[7] == Approx(exact[7] - 0.2));
    CHECK(qpos[9] == Approx(exact[9] + 0.2));
    CHECK(qpos[8] == Approx(0.02 * qpos[9] - 0.01 * qpos[9] * qpos[9]));
    episode.read(time, pos, vel);
    f.clips->tracked_state({0, time}, nullptr, exact_pos, vel);
    lift += (pos[5] - exact_pos[5]) / 6.0;
    CHECK(std::abs(pos[3] - exact_pos[3]) > 0.01);
  }
  CHECK(lift == Approx(0.0).scale(1.0));
  errors.joints = {{{f.joint("slide")}, {1.0}, {0.1, 0.1}}};
  CHECK_THROWS_AS(Episode(f, errors), std::invalid_argument);
}

TEST_CASE(
    "noise and dropped frames are the same whenever they are read, and other in every episode") {
  const Fixture f;
  MotionErrors errors;
  errors.each = 1.0;
  errors.share = 1.0;
  errors.joint_noise = {0.02, 0.02};
  errors.root_noise = {0.005, 0.005};
  errors.dropped = {1.0, 1.0};
  const Episode one(f, errors, 1), other(f, errors, 2);
  double pos[6], again[6], others[6], unused[6];
  one.read(1.9, pos, unused);
  one.read(1.0, again, unused);
  one.read(1.9, again, unused);
  other.read(1.9, others, unused);
  for (int i = 0; i < 6; ++i) {
    CHECK(pos[i] == again[i]);
    CHECK(pos[i] != others[i]);
  }
  errors.joint_noise = errors.root_noise = {};
  const Episode drops(f, errors);
  drops.read(1.0, pos, unused);
  drops.read(1.1, again, unused);
  CHECK(pos[0] == again[0]);
  drops.read(1.2, again, unused);
  CHECK(again[0] == Approx(1.2 * 1.2));
}
