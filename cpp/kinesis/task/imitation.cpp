#include "kinesis/task/imitation.hpp"

#include <cmath>

#include "kinesis/body/heading_frame.hpp"

namespace kinesis {

std::vector<NamedSlice> ImitationTask::layout(int begin) const {
  const int width = 3 * num_tracked();
  return {{"ref_pos_diff", begin, begin + width},
          {"ref_vel_diff", begin + width, begin + 2 * width},
          {"ref_pos_local", begin + 2 * width, begin + 3 * width}};
}

void ImitationTask::observe(const mjModel* model, const mjData* data, int root, const double* pos,
                            const double* vel, float* out) const {
  const int tracked = num_tracked();
  const HeadingFrame heading(data->xmat + 9 * root);
  const mjtNum* root_pos = data->xpos + 3 * root;
  float* pos_diff = out;
  float* vel_diff = out + 3 * tracked;
  float* pos_local = out + 6 * tracked;
  for (int i = 0; i < tracked; ++i) {
    const mjtNum* body_pos = data->xpos + 3 * config_.tracked_bodies[i];
    const mjtNum* body_vel =
        data->sensordata + model->sensor_adr[config_.linear_velocity_sensors[i]];
    const double* p = pos + 3 * i;
    const double* v = vel + 3 * i;
    heading.to_local(p[0] - body_pos[0], p[1] - body_pos[1], p[2] - body_pos[2], pos_diff + 3 * i);
    heading.to_local(v[0] - body_vel[0], v[1] - body_vel[1], v[2] - body_vel[2], vel_diff + 3 * i);
    heading.to_local(p[0] - root_pos[0], p[1] - root_pos[1], p[2] - root_pos[2], pos_local + 3 * i);
  }
}

TrackingResult ImitationTask::evaluate(const mjModel* model, const mjData* data, int root,
                                       const double* pos, const double* vel, double energy,
                                       const double* activation) const {
  const int tracked = num_tracked();
  double squared_pos = 0.0;
  double squared_vel = 0.0;
  double sum_distance = 0.0;
  double max_distance = 0.0;
  for (int i = 0; i < tracked; ++i) {
    const mjtNum* body_pos = data->xpos + 3 * config_.tracked_bodies[i];
    const mjtNum* body_vel =
        data->sensordata + model->sensor_adr[config_.linear_velocity_sensors[i]];
    double squared = 0.0;
    for (int axis = 0; axis < 3; ++axis) {
      const double dp = pos[3 * i + axis] - body_pos[axis];
      const double dv = vel[3 * i + axis] - body_vel[axis];
      squared += dp * dp;
      squared_vel += dv * dv;
    }
    squared_pos += squared;
    sum_distance += std::sqrt(squared);
    max_distance = std::fmax(max_distance, std::sqrt(squared));
  }
  const Tilt tilt = tilt_of(data->xmat + 9 * root);
  const RewardTerms& scale = config_.reward.scale;
  TrackingResult result{};
  result.terms[kPos] = std::exp(-scale[kPos] * squared_pos / (3 * tracked));
  result.terms[kVel] = std::exp(-scale[kVel] * squared_vel / (3 * tracked));
  result.terms[kUpright] =
      std::exp(-scale[kUpright] * (tilt.roll * tilt.roll + tilt.pitch * tilt.pitch));
  result.terms[kEnergy] = energy;
  if (activation != nullptr) {
    double squared = 0.0;
    for (int i = 0; i < model->na; ++i) {
      const double difference = data->act[i] - activation[i];
      squared += difference * difference;
    }
    result.terms[kPrior] = std::exp(-scale[kPrior] * squared / static_cast<double>(model->na));
  }
  for (int i = 0; i < kNumRewardTerms; ++i) {
    result.reward += config_.reward.weight[i] * result.terms[i];
  }
  result.mean_distance = sum_distance / tracked;
  const double measured =
      config_.termination == TerminationRule::kAnyBody ? max_distance : result.mean_distance;
  result.terminated = measured > config_.termination_distance;
  return result;
}

double ImitationTask::energy_of(const double* excitation, int count) const {
  double l1 = 0.0;
  double squared = 0.0;
  for (int i = 0; i < count; ++i) {
    l1 += std::fabs(excitation[i]);
    squared += excitation[i] * excitation[i];
  }
  return std::exp(-config_.reward.scale[kEnergy] * (l1 + std::sqrt(squared)));
}

}  // namespace kinesis
