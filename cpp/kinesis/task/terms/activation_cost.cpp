// What muscles cost: minus the mean squared activation.
#include "kinesis/task/reward_term.hpp"

namespace kinesis {
namespace {

double activation_cost(const Body& body, const Reference&, const Moment&) {
  double sum = 0.0;
  for (int i = 0; i < body.model->na; ++i) {
    sum += body.data->act[i] * body.data->act[i];
  }
  return body.model->na > 0 ? -sum / body.model->na : 0.0;
}

const bool added = RewardTerm::add("activation_cost", &activation_cost);

}  // namespace
}  // namespace kinesis
