// A whole clip on a body of two legs: marching on the spot, with feet that slide and sink.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>

#include "kinesis/retarget/retargeter.hpp"
#include "load_model.hpp"

using namespace kinesis;

namespace {

std::string leg(const std::string& side, double y) {
  const std::string at = std::to_string(y);
  return "<body name='thigh" + side + "' pos='0 " + at +
         " 0'>"
         "<joint axis='0 1 0' range='-90 90'/><joint axis='1 0 0' range='-40 40'/>"
         "<geom type='capsule' fromto='0 0 -.1 0 0 -.3' size='.05'/>"
         "<body name='shank" +
         side +
         "' pos='0 0 -.4'><joint axis='0 1 0' range='0 120'/>"
         "<geom type='capsule' fromto='0 0 -.1 0 0 -.3' size='.04'/>"
         "<body name='foot" +
         side +
         "' pos='0 0 -.4'><joint axis='0 1 0' range='-50 50'/>"
         "<geom type='capsule' fromto='-.05 0 -.05 .1 0 -.05' size='.02'/>"
         "<body name='toes" +
         side +
         "' pos='.12 0 -.05'><joint axis='0 1 0' range='-40 40'/>"
         "<geom type='capsule' fromto='0 0 0 .05 0 0' size='.02'/>"
         "</body></body></body></body>";
}

Model load() {
  return load_model(
      "<mujoco><compiler autolimits='true'/><worldbody><body name='trunk' pos='0 0 .9'>"
      "<freejoint/><geom size='.1'/>" +
      leg("_r", -0.1) + leg("_l", 0.1) + "</body></worldbody></mujoco>");
}

RetargetConfig configure(const mjModel* model) {
  const auto body = [&](const std::string& name) {
    return mj_name2id(model, mjOBJ_BODY, name.c_str());
  };
  RetargetConfig config;
  config.bodies = {body("trunk")};
  for (const std::string side : {"_r", "_l"}) {
    const int first = static_cast<int>(config.bodies.size());
    for (const char* part : {"shank", "foot", "toes"}) {
      config.bodies.push_back(body(part + side));
    }
    Foot foot;
    foot.ankle_target = first + 1;
    foot.toes_target = first + 2;
    foot.heel.body = body("foot" + side);
    foot.heel.sole = {{foot.heel.body, {-0.05, 0.0, -0.05}, 0.02}};
    foot.heel.point = {-0.05, 0.0, -0.07};
    foot.toes.body = body("toes" + side);
    foot.toes.sole = {{foot.heel.body, {0.1, 0.0, -0.05}, 0.02},
                      {foot.toes.body, {0.05, 0.0, 0.0}, 0.02}};
    foot.toes.point = {0.05, 0.0, -0.02};
    config.feet.push_back(foot);
    auto& shapes = side == "_r" ? config.right : config.left;
    shapes = {{body("thigh" + side), {0, 0, -0.1}, {0, 0, -0.3}, 0.05},
              {body("shank" + side), {0, 0, -0.1}, {0, 0, -0.3}, 0.04}};
  }
  return config;
}

// Marching on the spot at 60 Hz, 5 cm into the floor, sliding on at 0.1 m/s.
struct March {
  static constexpr int kFrames = 120;
  std::vector<double> qpos, targets, quat;

  March(const mjModel* model, const RetargetConfig& config) {
    const ChainKinematics chain(model, config.bodies);
    ChainPose pose;
    for (int t = 0; t < kFrames; ++t) {
      std::vector<double> q(model->qpos0, model->qpos0 + model->nq);
      const double phase = 2.0 * M_PI * t / 60.0;
      q[0] = 0.1 * t / 60.0;
      q[2] = 0.82;
      for (int side = 0; side < 2; ++side) {
        const double lift = std::max(0.0, std::sin(phase + M_PI * side));
        double* joints = &q[7 + 5 * side];  // two of the hip, knee, ankle, toes
        joints[0] = -0.6 * lift;
        joints[2] = 1.2 * lift;
        joints[3] = -0.6 * lift;
      }
      chain.forward(q.data(), &pose);
      for (const int body : config.bodies) {
        const double* at = &pose.pos[3 * chain.link(body)];
        targets.insert(targets.end(), at, at + 3);
      }
      quat.insert(quat.end(), &q[3], &q[7]);
      qpos.insert(qpos.end(), q.begin(), q.end());
    }
  }

  RetargetInput input() const {
    RetargetInput input;
    input.frames = kFrames;
    input.frame_rate = 60.0;
    input.targets = targets.data();
    input.root_quat = quat.data();
    return input;
  }
};

double mean(const std::vector<double>& values) {
  double sum = 0.0;
  int count = 0;
  for (const double x : values) {
    if (std::isfinite(x)) {
      sum += x;
      ++count;
    }
  }
  return sum / count;
}

}  // namespace

TEST_CASE("a clip is reached, stands on the floor and does not slide") {
  const Model model = load();
  const RetargetConfig config = configure(model.get());
  const March march(model.get(), config);
  const Retargeter retargeter(model.get(), config);
  const RetargetResult result = retargeter.solve(march.input());
  CHECK(mean(result.fit) < 0.003);
  CHECK(mean(result.error) < 0.01);
  CHECK(mean(result.slide) < 0.01);
  CHECK(*std::min_element(result.sole.begin(), result.sole.end()) > -0.003);
  int standing = 0;
  for (std::size_t i = 0; i < result.contact.size(); ++i) {
    standing += result.contact[i];
  }
  CHECK(standing > March::kFrames);  // of four parts, each half of the time at least
  for (int t = 0; t < March::kFrames; ++t) {
    for (int j = 1; j < model->njnt; ++j) {
      const double value = result.qpos[t * model->nq + model->jnt_qposadr[j]];
      CHECK(value >= model->jnt_range[2 * j] - 1e-9);
      CHECK(value <= model->jnt_range[2 * j + 1] + 1e-9);
    }
  }
  const RetargetResult again = retargeter.solve(march.input());
  CHECK(again.qpos == result.qpos);
}

TEST_CASE("a given posture is kept, and no feet mean no contact pass") {
  const Model model = load();
  RetargetConfig config = configure(model.get());
  const March march(model.get(), config);
  config.feet.clear();
  RetargetInput input = march.input();
  input.posture = march.qpos.data();
  const RetargetResult result = Retargeter(model.get(), config).solve(input);
  double furthest = 0.0;
  for (std::size_t i = 0; i < result.qpos.size(); ++i) {
    furthest = std::max(furthest, std::abs(result.qpos[i] - march.qpos[i]));
  }
  CHECK(furthest < 0.05);  // what smoothing at 7 Hz rounds off where legs begin to lift
  CHECK(result.contact.empty());
}

TEST_CASE("single frames are solved") {
  const Model model = load();
  const RetargetConfig config = configure(model.get());
  const March march(model.get(), config);
  RetargetInput input = march.input();
  input.frames = 1;
  const RetargetResult result = Retargeter(model.get(), config).solve(input);
  CHECK(mean(result.fit) < 0.001);
  CHECK(std::isnan(result.slide[0]));
}

TEST_CASE("a recorded floor that rises is followed, and swinging feet clear it") {
  const Model model = load();
  const RetargetConfig config = configure(model.get());
  March march(model.get(), config);
  const int bodies = static_cast<int>(config.bodies.size());
  for (int t = 0; t < March::kFrames; ++t) {
    for (int b = 0; b < bodies; ++b) {
      march.targets[3 * (t * bodies + b) + 2] += 0.1 * t / March::kFrames;
    }
  }
  const RetargetResult result = Retargeter(model.get(), config).solve(march.input());
  int lifted = 0, swinging = 0;
  for (int t = 0; t < March::kFrames; ++t) {
    int standing = 0;
    for (int foot = 0; foot < 2; ++foot) {
      const std::size_t at = 2 * t + foot;
      const bool stands = result.contact[2 * at] != 0 || result.contact[2 * at + 1] != 0;
      standing += stands;
      swinging += !stands;
      lifted += !stands && result.sole[at] > 0.8 * config.clearance;
    }
    CHECK(standing > 0);
  }
  CHECK(swinging > 20);
  CHECK(lifted > swinging / 2);
  CHECK(*std::min_element(result.sole.begin(), result.sole.end()) > -0.005);
}
