#include "kinesis/device/devices.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "kinesis/base/typed_columns.hpp"
#include "kinesis/body/couplings.hpp"

namespace kinesis {
namespace {

constexpr int kParameters = DeviceConfig::kParameters;
constexpr double kUnlocked = 1e9;  // rad

// Rows are anyone's to write: what is no number counts as none.
double sane(double value) { return std::isfinite(value) ? value : 0.0; }

double smooth(double x) { return x * x * (3.0 - 2.0 * x); }

// From 0 up to 1 at a moment, and down again.
double bump(double phase, double peak, double rise, double fall) {
  if (phase < 0.0 || phase <= peak - rise || phase >= peak + fall) {
    return 0.0;
  }
  return phase <= peak ? smooth((phase - peak + rise) / rise)
                       : smooth((peak + fall - phase) / fall);
}

}  // namespace

Devices::Devices(const mjModel* model, const DevicesConfig& config) : config_(config) {
  const JointCouplings couplings(model);
  for (const DeviceConfig& device : config_.devices) {
    if (device.joint < 0 || device.joint >= model->njnt ||
        model->jnt_type[device.joint] != mjJNT_HINGE ||
        couplings.driver(device.joint) != device.joint) {
      throw std::invalid_argument("a device is at joint " + std::to_string(device.joint) +
                                  ", which is no hinge that moves of its own");
    }
    if (device.side < 0 || device.side > 1) {
      throw std::invalid_argument("a device's side is " + std::to_string(device.side));
    }
    for (const int muscle : device.muscles) {
      if (muscle < 0 || muscle >= model->nu) {
        throw std::invalid_argument("a device follows muscle " + std::to_string(muscle) + " of " +
                                    std::to_string(model->nu));
      }
    }
    if (device.law == DeviceLaw::kDrive && device.muscles.empty()) {
      throw std::invalid_argument("a device follows no muscle");
    }
    dof_.push_back(model->jnt_dofadr[device.joint]);
    qpos_.push_back(model->jnt_qposadr[device.joint]);
  }
}

void Devices::describe(Layout& kept) const {
  if (any()) {
    kept.append("device", kParameters * count());
    kept.append("device_torque", count());
    kept.append("device_work", 2 * count());
    kept.append("device_lock", count());
    kept.append("gait_clock", 2 * static_cast<int>(sizeof(GaitClock) / sizeof(double)));
  }
}

void Devices::fill(double* kept) const {
  for (const DeviceConfig& device : config_.devices) {
    kept = std::copy(device.parameters.begin(), device.parameters.end(), kept);
  }
}

void Devices::begin(EpisodeRandom& random, const std::array<double, 2>& load, double* kept) const {
  if (config_.least_added != 0.0 || config_.most_added != 0.0) {
    const double added =
        config_.least_added + (config_.most_added - config_.least_added) * random.uniform();
    for (int i = 0; i < count(); ++i) {
      const DeviceConfig& device = config_.devices[i];
      kept[kParameters * i] = device.parameters[0] + device.unit * added;
    }
  }
  double* rest = kept + kParameters * count();
  std::fill_n(rest, 3 * count(), 0.0);  // torque and work
  std::fill_n(rest + 3 * count(), count(), kUnlocked);
  for (int side = 0; side < 2; ++side) {
    (&columns_as<GaitClock>(rest + 4 * count()))[side].begin(load[side]);
  }
}

std::array<double, 2> Devices::load(const mjModel* model, const mjData* data) const {
  return load(model, [&](int place) { return data->sensordata[place]; }, 0);
}

void Devices::sense(const mjModel* model, const mjData* data, DeviceSenses* senses) const {
  // Places of three arrays, one after the other.
  const int nq = static_cast<int>(model->nq), nv = static_cast<int>(model->nv);
  const auto read = [&](int place) {
    return place < nq        ? data->qpos[place]
           : place < nq + nv ? data->qvel[place - nq]
                             : data->ctrl[place - nq - nv];
  };
  sense(read, 0, nq, nq + nv, senses);
}

double Devices::wanted(int i, const DeviceSenses& senses, const double* parameters, double phase,
                       double* lock) const {
  const double first = sane(parameters[0]);
  switch (config_.devices[i].law) {
    case DeviceLaw::kProfile:
      return first * bump(phase, sane(parameters[1]), std::max(1e-3, sane(parameters[2])),
                          std::max(1e-3, sane(parameters[3])));
    case DeviceLaw::kSpring: {
      if (phase < sane(parameters[1]) || phase >= sane(parameters[2])) {
        *lock = kUnlocked;
        return 0.0;
      }
      if (!(std::fabs(*lock) < kUnlocked)) {
        *lock = senses.angle[i];
      }
      const double moved = senses.angle[i] - *lock;
      return first >= 0.0 ? -first * std::max(0.0, moved) : first * std::min(0.0, moved);
    }
    case DeviceLaw::kDrive:
      return first * senses.drive[i];
  }
  return 0.0;
}

const double* Devices::act(const DeviceSenses& senses, double seconds, double* kept) const {
  double* torque = kept + kParameters * count();
  double* work = torque + count();
  double* lock = work + 2 * count();
  const GaitClock* clocks = &columns_as<GaitClock>(lock + count());
  for (int i = 0; i < count(); ++i) {
    const DeviceConfig& device = config_.devices[i];
    const double rate = senses.rate[i];
    double made = wanted(i, senses, kept + kParameters * i, clocks[device.side].phase(), &lock[i]);
    const double change = device.most_rate * seconds;
    made = std::clamp(made, torque[i] - change, torque[i] + change);
    const double power = std::fabs(rate) > 1e-9 ? device.most_power / std::fabs(rate) : 1e18;
    const double most = std::min(device.most_torque, power);
    torque[i] = std::clamp(sane(made), -most, most);
    const double done = torque[i] * rate * seconds;
    work[2 * i + (done < 0.0 ? 1 : 0)] += done;
  }
  return torque;
}

void Devices::note(const std::array<double, 2>& load, double seconds, double* kept) const {
  GaitClock* clocks = &columns_as<GaitClock>(kept + (kParameters + 4) * count());
  for (int side = 0; side < 2; ++side) {
    clocks[side].tick(load[side], seconds);
  }
}

}  // namespace kinesis
