// Muscles whose tendons stretch: curves, the equilibrium that a step solves, and its derivative.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "kinesis/muscle/force.hpp"
#include "kinesis/muscle/stretch.hpp"
#include "load_model.hpp"

using namespace kinesis;

namespace {

constexpr double kStep = 1.0 / 150.0;
// A soleus, and a short tendon of a hip muscle.
const StretchingMuscle<double> kMuscles[] = {
    {6195.0, 0.044, 0.277, 0.139, stretch::tendon_rate(0.049), 10.0, 1.0},
    {374.0, 0.068, 0.016, 0.03, stretch::tendon_rate(0.049), 10.0, 0.1},
};

double tendon_force(const StretchingMuscle<double>& m, double length, double unstretched) {
  const double strain = (length - unstretched) / m.slack;
  return m.peak * 0.2 * std::max(0.0, std::exp(m.rate * strain) - 1.0);
}

// Along a muscle that is pulled to and fro by some millimetres while it contracts and rests.
template <class Visit>
void along_a_movement(const StretchingMuscle<double>& m, const Visit& visit) {
  double before = 0.0;
  for (int k = 0; k < 300; ++k) {
    const double t = k * kStep;
    const double length = 1.01 * m.slack + m.optimal * (0.9 + 0.2 * std::sin(7.0 * t));
    const double velocity = m.optimal * 1.4 * std::cos(7.0 * t);
    const double activation = 0.5 - 0.5 * std::cos(9.0 * t);
    const Stretched<double> now = stretched(m, activation, length, velocity, before, kStep);
    visit(activation, length, velocity, before, now);
    before = now.unstretched;
  }
}

}  // namespace

TEST_CASE("slopes are those of the curves") {
  constexpr double kSmall = 1e-6;
  const auto check = [](const auto& curve, double x) {
    const double slope = (curve(x + kSmall).value - curve(x - kSmall).value) / (2.0 * kSmall);
    CHECK(curve(x).slope == doctest::Approx(slope).epsilon(1e-6));
  };
  for (double x = 0.3; x < 1.8; x += 0.11) {
    check([](double l) { return stretch::active_force(l); }, x);
    check([](double l) { return stretch::passive_force(l); }, x);
    check([](double v) { return stretch::force_by_velocity(v); }, x - 1.1);
  }
  CHECK(stretch::active_force(1.0).value == doctest::Approx(1.0));
  CHECK(stretch::force_by_velocity(0.0).value == doctest::Approx(1.0));
  CHECK(stretch::force_by_velocity(-1.0).value == doctest::Approx(0.0).epsilon(1e-3));
  CHECK(stretch::passive_force(1.6).value == doctest::Approx(1.0));
}

TEST_CASE("fibres and tendon pull alike, and forces change as told") {
  for (const StretchingMuscle<double>& m : kMuscles) {
    int taut = 0;
    along_a_movement(m, [&](double activation, double length, double velocity, double before,
                            const Stretched<double>& now) {
      CHECK(-now.force == doctest::Approx(tendon_force(m, length, now.unstretched)).epsilon(1e-9));
      const double span = (now.unstretched - m.slack) / m.optimal;
      const double fibre = std::sqrt(span * span + m.thickness);
      double pull = m.passive * stretch::passive_force(fibre).value;
      double speed = velocity / (m.optimal * m.fastest) * span / fibre;
      if (before > 0.0) {
        const double from = (before - m.slack) / m.optimal;
        speed = (fibre - std::sqrt(from * from + m.thickness)) / (kStep * m.fastest);
      }
      const double share = stretch::force_by_velocity(speed).value;
      pull += activation * stretch::active_force(fibre).value * share + stretch::kDamping * speed;
      CHECK(std::abs(-now.force - std::max(0.0, m.peak * pull * span / fibre)) < 1e-3 * m.peak);
      // Newton's last step leaves 1e-4 of the peak force, and a slack tendon has a corner.
      constexpr double kSmall = 1e-2;
      const auto force = [&](double a) {
        return stretched(m, a, length, velocity, before, kStep).force;
      };
      if (force(activation - kSmall) < 0.0) {
        const double slope =
            (force(activation + kSmall) - force(activation - kSmall)) / (2.0 * kSmall);
        CHECK(std::abs(now.gain - slope) < 0.01 * m.peak + 0.05 * std::abs(slope));
        ++taut;
      }
    });
    CHECK(taut > 100);
  }
}

TEST_CASE("a muscle that is shorter than its tendon pulls nothing") {
  for (const StretchingMuscle<double>& m : kMuscles) {
    const Stretched<double> now = stretched(m, 1.0, 0.9 * m.slack, 0.0, 0.0, kStep);
    CHECK(now.force == 0.0);
    CHECK(std::isfinite(now.unstretched));
  }
}

TEST_CASE("custom numbers that are not one a muscle, or out of range, are refused") {
  const auto model =
      [](const std::string& numbers, int room) {
        return load_model(R"(
<mujoco>
  <size nuserdata=")" + std::to_string(room) +
                          R"("/>
  <custom>)" + numbers + R"(</custom>
  <worldbody>
    <body pos="0 0 1">
      <joint name="elbow" axis="0 1 0"/>
      <geom size=".1" mass="1"/>
      <site name="hand" pos=".05 0 -.3"/>
    </body>
    <site name="wall" pos=".3 0 .9"/>
  </worldbody>
  <tendon><spatial name="t"><site site="wall"/><site site="hand"/></spatial></tendon>
  <actuator><muscle tendon="t" lengthrange=".2 .4" range=".5 1.5" force="300"/></actuator>
</mujoco>)");
      };
  const auto strain = [](const std::string& data) {
    return "<numeric name=\"tendon_strain\" data=\"" + data + "\"/>";
  };
  CHECK(MuscleForce(model(strain(".05"), 2).get()).stretches());
  CHECK_FALSE(MuscleForce(model(strain("0"), 0).get()).stretches());
  CHECK_FALSE(MuscleForce(model("", 0).get()).stretches());
  CHECK_THROWS_WITH(MuscleForce(model(strain(".05 .05"), 2).get()),
                    "the model's custom numbers \"tendon_strain\" are 2; it has 1 muscles");
  CHECK_THROWS(MuscleForce(model(strain("-.05"), 2).get()));
  CHECK_THROWS(MuscleForce(model(strain(".6"), 2).get()));
  CHECK_THROWS_WITH(MuscleForce(model(strain(".05"), 1).get()),
                    "a model whose tendons stretch needs nuserdata 2; it has 1");
}
