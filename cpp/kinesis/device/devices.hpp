// Devices on a body: torques at its joints by where in its stride a leg is, by a spring that is
// locked and let go, or by how a muscle is driven.
#pragma once

#include <mujoco/mujoco.h>

#include <array>
#include <vector>

#include "kinesis/base/episode_random.hpp"
#include "kinesis/base/layout.hpp"
#include "kinesis/device/gait_clock.hpp"

namespace kinesis {

enum class DeviceLaw {
  // A torque that rises to a peak and falls again within a stride, by cubics that are flat at both
  // ends (Zhang et al. 2017, Science 356:1280). Parameters: peak torque, N m; when, and how long
  // rise and fall last, each as a share of the stride.
  kProfile,
  // A spring that a clutch locks where the joint is at one moment of the stride and lets go at
  // another (Collins et al. 2015, Nature 522:212). It pulls one way: against a joint that has moved
  // along its positive direction if the stiffness is positive, against the other if it is negative.
  // Parameters: stiffness, N m/rad; the two moments, shares of the stride.
  kSpring,
  // A torque in proportion to the mean excitation of some muscles. Parameter: N m at full drive.
  kDrive,
};

struct DeviceConfig {
  static constexpr int kParameters = 4;

  DeviceLaw law = DeviceLaw::kProfile;
  int joint = 0;             // a hinge that follows no other
  int side = 0;              // the leg whose stride counts: 0 right, 1 left
  std::vector<int> muscles;  // of kDrive
  std::array<double, kParameters> parameters = {};
  double unit = 1.0;  // of the first parameter, in which what is added is counted
  // What it can do: N m, W that it puts in or takes out, N m/s.
  double most_torque = 1e9, most_power = 1e9, most_rate = 1e9;
};

struct DevicesConfig {
  std::vector<DeviceConfig> devices;
  std::array<std::vector<int>, 2> touch_sensors;  // under the right foot, and the left
  // What each device's first parameter has more, drawn evenly anew in every episode, for all
  // devices at the same place between their bounds: DeviceConfig::unit times these.
  double least_added = 0.0, most_added = 0.0;
};

// What devices sense of a body before a physics step.
struct DeviceSenses {
  std::vector<double> angle, rate, drive;  // of every device: rad, rad/s, 0..1
};

// An environment keeps, in columns that may be written between steps, the devices' parameters
// (device); and their torques, N m, work that they have done and taken since the episode began, J,
// the angles that springs are locked at, and the clocks of both feet. Immutable after construction.
//
// The forces from outside on the joints that have devices (qfrc_applied) are theirs.
class Devices {
 public:
  // Throws std::invalid_argument for joints, muscles or parameters that there cannot be.
  Devices(const mjModel* model, const DevicesConfig& config);

  bool any() const { return !config_.devices.empty(); }
  int count() const { return static_cast<int>(config_.devices.size()); }
  const DeviceConfig& device(int i) const { return config_.devices[i]; }
  const DevicesConfig& config() const { return config_; }
  int dof(int i) const { return dof_[i]; }
  int qpos(int i) const { return qpos_[i]; }

  void describe(Layout& kept) const;
  // Writes what is kept of a body that nobody has changed.
  void fill(double* kept) const;
  // An episode begins: draws, and starts the clocks, with so many N under the feet.
  void begin(EpisodeRandom& random, const std::array<double, 2>& load, double* kept) const;

  // What devices sense: of a body that data holds; and of one whose numbers read(place) tells,
  // where its positions, velocities and excitations begin at these places.
  void sense(const mjModel* model, const mjData* data, DeviceSenses* senses) const;
  template <class Read>
  void sense(const Read& read, int qpos, int qvel, int ctrl, DeviceSenses* senses) const;
  // N under both feet: by read, whose sensors begin at a place, or by data.
  template <class Read>
  std::array<double, 2> load(const mjModel* model, const Read& read, int sensordata) const;
  std::array<double, 2> load(const mjModel* model, const mjData* data) const;

  // A physics step is about to be taken: returns the torques (count()), N m.
  const double* act(const DeviceSenses& senses, double seconds, double* kept) const;
  // It was taken, with so many N under the feet.
  void note(const std::array<double, 2>& load, double seconds, double* kept) const;

 private:
  double wanted(int i, const DeviceSenses& senses, const double* parameters, double phase,
                double* lock) const;

  DevicesConfig config_;
  std::vector<int> dof_, qpos_;  // addresses of the devices' joints
};

template <class Read>
void Devices::sense(const Read& read, int qpos, int qvel, int ctrl, DeviceSenses* senses) const {
  for (auto* each : {&senses->angle, &senses->rate, &senses->drive}) {
    each->assign(static_cast<std::size_t>(count()), 0.0);
  }
  for (int i = 0; i < count(); ++i) {
    senses->angle[i] = read(qpos + qpos_[i]);
    senses->rate[i] = read(qvel + dof_[i]);
    const std::vector<int>& muscles = config_.devices[i].muscles;
    for (const int muscle : muscles) {
      senses->drive[i] += read(ctrl + muscle) / static_cast<double>(muscles.size());
    }
  }
}

template <class Read>
std::array<double, 2> Devices::load(const mjModel* model, const Read& read, int sensordata) const {
  std::array<double, 2> load = {0.0, 0.0};
  for (int side = 0; side < 2; ++side) {
    for (const int sensor : config_.touch_sensors[side]) {
      load[side] += read(sensordata + model->sensor_adr[sensor]);
    }
  }
  return load;
}

}  // namespace kinesis
