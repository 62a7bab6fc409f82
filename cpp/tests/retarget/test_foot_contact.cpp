#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "kinesis/retarget/foot_contact.hpp"

using namespace kinesis;
using doctest::Approx;

namespace {

constexpr double kRate = 100.0;

// A foot that stands for 50 frames, swings 1 m ahead in 50, and stands again for 50.
struct Step {
  std::vector<double> height, path;

  explicit Step(double slide = 0.0) {
    for (int t = 0; t < 150; ++t) {
      const double x = t < 50 ? 0.0 : t < 100 ? (t - 50) / 50.0 : 1.0;
      height.push_back(t < 50 || t >= 100 ? 0.0 : 0.1 * std::sin(M_PI * (t - 50) / 50.0));
      path.insert(path.end(), {x + slide * t / kRate, 0.0, height.back()});
    }
  }
};

}  // namespace

TEST_CASE("a foot stands where it is low and slow") {
  const Step step;
  const Flags contact = detect_contact(step.height, step.path, kRate, ContactSettings{});
  CHECK(contact[0] == 1);
  CHECK(contact[45] == 1);
  CHECK(contact[75] == 0);
  CHECK(contact[105] == 1);
}

TEST_CASE("short contacts are dropped and short gaps are closed") {
  ContactSettings settings;
  settings.shortest = 0.05;
  std::vector<double> path(3 * 60, 0.0), height(60, 0.5);
  for (int t = 20; t < 23; ++t) {
    height[t] = 0.0;  // 3 frames of standing
  }
  CHECK(detect_contact(height, path, kRate, settings) == Flags(60, 0));
  std::vector<double> low(60, 0.0);
  low[30] = 0.5;
  CHECK(detect_contact(low, path, kRate, settings) == Flags(60, 1));
}

TEST_CASE("a held point stays at its mean, and its displacement fades") {
  const Step step(0.02);
  Flags contact(150, 0);
  std::fill(contact.begin() + 10, contact.begin() + 40, 1);
  const Flags companion(150, 0);
  const std::vector<double> shift = hold_in_place(step.path, companion, 0.1, 20.0, &contact);
  const double place = step.path[3 * 10] + shift[2 * 10];
  CHECK(place == Approx(0.02 * 24.5 / kRate));
  for (int t = 10; t < 40; ++t) {
    CHECK(step.path[3 * t] + shift[2 * t] == Approx(place));
  }
  CHECK(std::abs(shift[2 * 45]) < std::abs(shift[2 * 39]));
  CHECK(shift[2 * 60] == 0.0);
  CHECK(shift[2 * 145] == 0.0);
}

TEST_CASE("the place is taken from the frames in which the companion stands too") {
  const Step step(1.0);
  Flags contact(150, 0), companion(150, 0);
  std::fill(contact.begin() + 10, contact.begin() + 20, 1);
  companion[12] = 1;
  const std::vector<double> shift = hold_in_place(step.path, companion, 0.2, 5.0, &contact);
  CHECK(step.path[3 * 15] + shift[2 * 15] == Approx(step.path[3 * 12]));
}

TEST_CASE("what wanders does not stand") {
  const Step step(3.0);
  Flags contact(150, 0);
  std::fill(contact.begin(), contact.begin() + 50, 1);
  const std::vector<double> shift = hold_in_place(step.path, Flags(150, 0), 0.06, 5.0, &contact);
  CHECK(contact == Flags(150, 0));
  CHECK(shift == std::vector<double>(300, 0.0));
}

TEST_CASE("the root shift takes a steady slide and an offset from the floor away") {
  const Step step(0.1);
  std::vector<double> height = step.height;
  for (double& h : height) {
    h += 0.03;
  }
  const Flags contact(150, 1);  // as if it stood throughout, x moving with the slide alone
  std::vector<double> path;
  for (int t = 0; t < 150; ++t) {
    path.insert(path.end(), {0.1 * t / kRate, 0.0, 0.03});
  }
  const std::vector<double> flat(150, 0.03);
  const std::vector<double> shift = root_shift({path}, {flat}, {contact}, kRate, 3.0);
  for (int t = 1; t < 150; ++t) {
    const double moved = path[3 * t] + shift[3 * t] - path[3 * (t - 1)] - shift[3 * (t - 1)];
    CHECK(std::abs(moved) < 1e-6);
    CHECK(shift[3 * t + 2] == Approx(-0.03).epsilon(1e-4));
  }
  // The motion's middle stays where it was.
  CHECK(shift[0] == Approx(-shift[3 * 149]).epsilon(1e-3));
}

TEST_CASE("what hardly moves near the floor stands on it") {
  std::vector<double> height(60, 0.03), path(3 * 60, 0.0);
  CHECK(detect_contact(height, path, kRate, ContactSettings{}) == Flags(60, 1));
  for (int t = 0; t < 60; ++t) {
    path[3 * t] = 0.3 * t / kRate;  // slow, but on its way
  }
  CHECK(detect_contact(height, path, kRate, ContactSettings{}) == Flags(60, 0));
}

TEST_CASE("a contact is shortened until its point stays near its place") {
  std::vector<double> path;
  for (int t = 0; t < 100; ++t) {
    path.insert(path.end(), {t < 60 ? 0.0 : 0.01 * (t - 60), 0.0, 0.0});
  }
  Flags contact(100, 1);
  hold_in_place(path, Flags(100, 0), 0.05, 20.0, &contact);
  CHECK(contact[0] == 1);
  CHECK(contact[59] == 1);
  CHECK(contact[99] == 0);
}

TEST_CASE("a runner's feet stand though they move faster") {
  std::vector<double> height(60, 0.005), path;
  for (int t = 0; t < 60; ++t) {
    path.insert(path.end(), {0.8 * t / kRate, 0.0, 0.0});  // 0.8 m/s
  }
  CHECK(detect_contact(height, path, kRate, ContactSettings{}) == Flags(60, 0));
  const std::vector<double> pace(60, 2.0);
  CHECK(detect_contact(height, path, kRate, ContactSettings{}, pace) == Flags(60, 1));
}
