#include "kinesis/engine/observation.hpp"

#include <algorithm>
#include <cmath>

namespace kinesis {
namespace {

float* copy_as_float(const mjtNum* from, int count, float* out) {
  for (int i = 0; i < count; ++i) {
    out[i] = static_cast<float>(from[i]);
  }
  return out + count;
}

}  // namespace

Proprioception::Proprioception(const mjModel* model, const ObservationConfig& config)
    : config_(config) {
  for (const int body : config.bodies) {
    on_floor_.push_back(std::find(config.feet.begin(), config.feet.end(), body) !=
                        config.feet.end());
  }
  const int bodies = static_cast<int>(config.bodies.size());
  const int muscles = static_cast<int>(model->nu);
  layout_.append("root_height", 1);
  layout_.append("root_tilt", 4);
  layout_.append("body_pos", 3 * (bodies - 1));
  layout_.append("body_rot", 6 * bodies);
  layout_.append("body_vel", 3 * bodies);
  layout_.append("body_ang_vel", 3 * bodies);
  layout_.append("foot_contact", static_cast<int>(config.touch_sensors.size()));
  if (config.muscle_length) layout_.append("muscle_length", muscles);
  if (config.muscle_velocity) layout_.append("muscle_velocity", muscles);
  if (config.muscle_force) layout_.append("muscle_force", muscles);
  if (config.muscle_activation) layout_.append("muscle_activation", static_cast<int>(model->na));
}

// Feet are seen by the floor that they stand on, what is over them against gravity.
void Proprioception::stands(const HeadingFrame& heading, std::size_t body, double x, double y,
                            double z, float* out) const {
  if (on_floor_[body]) {
    heading.to_local(x, y, z, out);
  } else {
    heading.upright(x, y, z, out);
  }
}

void Proprioception::write(const mjModel* model, const mjData* data, const Rise& rise,
                           double ground, float* out) const {
  const int root = config_.bodies.front();
  const mjtNum* root_pos = data->xpos + 3 * root;
  const mjtNum* root_mat = data->xmat + 9 * root;
  const HeadingFrame heading(root_mat, rise);
  const Tilt tilt = tilt_of(root_mat, rise);

  *out++ = static_cast<float>(root_pos[2] - ground);
  *out++ = static_cast<float>(std::cos(tilt.roll));
  *out++ = static_cast<float>(std::sin(tilt.roll));
  *out++ = static_cast<float>(std::cos(tilt.pitch));
  *out++ = static_cast<float>(std::sin(tilt.pitch));
  for (std::size_t i = 1; i < config_.bodies.size(); ++i) {
    const mjtNum* pos = data->xpos + 3 * config_.bodies[i];
    heading.place(pos[0] - root_pos[0], pos[1] - root_pos[1], pos[2] - root_pos[2], out);
    out += 3;
  }
  for (std::size_t i = 0; i < config_.bodies.size(); ++i) {
    const mjtNum* mat = data->xmat + 9 * config_.bodies[i];
    stands(heading, i, mat[0], mat[3], mat[6], out);      // the body's x axis
    stands(heading, i, mat[2], mat[5], mat[8], out + 3);  // its z axis
    out += 6;
  }
  for (const int sensor : config_.linear_velocity_sensors) {
    heading.place(data->sensordata + model->sensor_adr[sensor], out);
    out += 3;
  }
  for (std::size_t i = 0; i < config_.bodies.size(); ++i) {
    const mjtNum* spin = data->sensordata + model->sensor_adr[config_.angular_velocity_sensors[i]];
    stands(heading, i, spin[0], spin[1], spin[2], out);
    out += 3;
  }
  for (const int sensor : config_.touch_sensors) {
    *out++ = static_cast<float>(data->sensordata[model->sensor_adr[sensor]]);
  }
  const int muscles = static_cast<int>(model->nu);
  if (config_.muscle_length) out = copy_as_float(data->actuator_length, muscles, out);
  if (config_.muscle_velocity) out = copy_as_float(data->actuator_velocity, muscles, out);
  if (config_.muscle_force) out = copy_as_float(data->actuator_force, muscles, out);
  if (config_.muscle_activation) copy_as_float(data->act, static_cast<int>(model->na), out);
}

}  // namespace kinesis
