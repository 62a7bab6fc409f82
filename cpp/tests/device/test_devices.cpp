// Clocks of feet and laws of devices, against numbers worked by hand.
#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>
#include <vector>

#include "kinesis/device/devices.hpp"
#include "load_model.hpp"

using namespace kinesis;

namespace {

constexpr double kStep = 0.01;

const char* const kLeg = R"(<mujoco><worldbody><body><freejoint/><geom size=".1"/>
  <body pos="0 0 -.3"><joint name="knee" axis="0 1 0"/><geom size=".05"/></body></body>
  </worldbody></mujoco>)";

// Lets a foot step so often: so many s loaded, so many s not.
void walk(GaitClock& clock, int strides, double stance, double swing) {
  for (int i = 0; i < strides; ++i) {
    for (double t = 0.0; t < stance - 1e-9; t += kStep) clock.tick(600.0, kStep);
    for (double t = 0.0; t < swing - 1e-9; t += kStep) clock.tick(0.0, kStep);
  }
}

DevicesConfig one_device(DeviceLaw law, std::array<double, 4> parameters) {
  DevicesConfig config;
  DeviceConfig device;
  device.law = law;
  device.joint = 1;
  device.parameters = parameters;
  config.devices.push_back(device);
  return config;
}

}  // namespace

TEST_CASE("a foot's clock knows its stride from the second strike on") {
  GaitClock clock;
  clock.begin(0.0);
  clock.tick(0.0, 0.2);
  walk(clock, 1, 0.6, 0.4);
  CHECK(clock.phase() < 0.0);
  walk(clock, 1, 0.6, 0.4);
  CHECK(clock.stride == doctest::Approx(1.0).epsilon(0.02));
  CHECK(clock.phase() == doctest::Approx(0.99).epsilon(0.02));
  for (double load : {600.0, 600.0, 30.0, 10.0, 600.0, 600.0}) clock.tick(load, kStep);
  CHECK(clock.stands == 1.0);  // it bounces
  CHECK(clock.since_strike == doctest::Approx(0.05).epsilon(0.05));
  walk(clock, 1, 0.1, 0.1);  // too short for a stride
  walk(clock, 1, 0.6, 0.4);
  CHECK(clock.stride == 0.0);
  clock.tick(0.0, 3.0);
  CHECK(clock.phase() < 0.0);
}

TEST_CASE("torques of the laws, and their limits") {
  const Model model = load_model(kLeg);
  const auto torque = [&](const Devices& devices, double phase, double angle, double rate,
                          double drive, std::vector<double>& kept) {
    GaitClock* clocks = reinterpret_cast<GaitClock*>(kept.data() + 8);
    clocks[0] = {.since_strike = phase, .stride = 1.0, .stands = 1.0, .since_change = 1.0};
    DeviceSenses senses;
    senses.angle = {angle};
    senses.rate = {rate};
    senses.drive = {drive};
    return devices.act(senses, kStep, kept.data())[0];
  };
  const auto fresh = [](const Devices& devices) {
    Layout layout;
    devices.describe(layout);
    std::vector<double> kept(layout.size());
    devices.fill(kept.data());
    EpisodeRandom random(1, 2, 3);
    devices.begin(random, {0.0, 0.0}, kept.data());
    return kept;
  };
  SUBCASE("a profile") {
    const Devices devices(model.get(), one_device(DeviceLaw::kProfile, {-40.0, 0.5, 0.2, 0.1}));
    std::vector<double> kept = fresh(devices);
    CHECK(torque(devices, 0.3, 0, 0, 0, kept) == 0.0);
    CHECK(torque(devices, 0.4, 0, 0, 0, kept) == doctest::Approx(-20.0));
    CHECK(torque(devices, 0.45, 0, 0, 0, kept) == doctest::Approx(-40.0 * 27.0 / 32.0));
    CHECK(torque(devices, 0.5, 0, 2.0, 0, kept) == doctest::Approx(-40.0));
    CHECK(torque(devices, 0.55, 0, 0, 0, kept) == doctest::Approx(-20.0));
    CHECK(torque(devices, 0.6, 0, 0, 0, kept) == 0.0);
    CHECK(kept[5] == 0.0);                                   // J done
    CHECK(kept[6] == doctest::Approx(-40.0 * 2.0 * kStep));  // J taken
    kept[0] = NAN;
    CHECK(torque(devices, 0.5, 0, 0, 0, kept) == 0.0);
  }
  SUBCASE("a spring that is locked, and let go") {
    const Devices devices(model.get(), one_device(DeviceLaw::kSpring, {100.0, 0.1, 0.6, 0.0}));
    std::vector<double> kept = fresh(devices);
    CHECK(torque(devices, 0.05, 0.3, 0, 0, kept) == 0.0);
    CHECK(torque(devices, 0.1, 0.2, 0, 0, kept) == 0.0);  // locked at 0.2 rad
    CHECK(torque(devices, 0.3, 0.25, 0, 0, kept) == doctest::Approx(-5.0));
    CHECK(torque(devices, 0.4, 0.1, 0, 0, kept) == 0.0);  // it hangs loose
    CHECK(torque(devices, 0.6, 0.3, 0, 0, kept) == 0.0);
    CHECK(torque(devices, 0.2, 0.3, 0, 0, kept) == 0.0);  // locked anew
  }
  SUBCASE("a muscle's drive, within what the motor can do") {
    DevicesConfig config = one_device(DeviceLaw::kDrive, {30.0, 0, 0, 0});
    CHECK_THROWS_AS(Devices(model.get(), config), std::invalid_argument);
    config.devices[0].law = DeviceLaw::kProfile;
    config.devices[0].parameters = {30.0, 0.5, 0.2, 0.2};
    config.devices[0].most_torque = 20.0;
    config.devices[0].most_power = 40.0;
    config.devices[0].most_rate = 1500.0;
    const Devices devices(model.get(), config);
    std::vector<double> kept = fresh(devices);
    CHECK(torque(devices, 0.5, 0, 0.1, 0, kept) == doctest::Approx(15.0));  // as fast as it can
    CHECK(torque(devices, 0.5, 0, 0.1, 0, kept) == doctest::Approx(20.0));
    CHECK(torque(devices, 0.5, 0, 4.0, 0, kept) == doctest::Approx(10.0));
  }
  DevicesConfig config = one_device(DeviceLaw::kProfile, {});
  config.devices[0].joint = 0;  // the free one
  CHECK_THROWS_AS(Devices(model.get(), config), std::invalid_argument);
}
