#include "kinesis/lanes/kernel/rows.hpp"
#include "kinesis/lanes/kernel/stages.hpp"

namespace kinesis::lanes {
namespace {

void limit(const LaneLimit& limit, const Workspace& w, LimitState& state) {
  const Floats q = w.qpos[limit.qpos];
  const Floats above_low = q - limit.low, below_high = limit.high - q;
  const Mask low = above_low < limit.margin, high = below_high < limit.margin;
  state.on = low | high;
  state.any = any(state.on);
  if (!state.any) {
    return;
  }
  const Floats beyond = select(low, above_low, below_high) - limit.margin;
  const Floats impedance = impedance_at(limit.stiffness, beyond);
  state.sign = select(low, Floats(1.0f), Floats(-1.0f));
  state.weight = where(state.on, weight_of(impedance, limit.inverse_weight));
  state.reference = -limit.stiffness.damping * state.sign * w.qvel[limit.dof] -
                    limit.stiffness.stiffness * impedance * beyond;
}

void couple(const LaneCoupling& one, const Workspace& w, CouplingState& state) {
  const float* c = one.polynomial;
  Floats follows(c[0]), slope(0.0f), speed = w.qvel[one.dof];
  if (one.other_dof >= 0) {
    const Floats x = w.qpos[one.other_qpos] - one.other_rest;
    follows = (((c[4] * x + c[3]) * x + c[2]) * x + c[1]) * x + c[0];
    slope = ((4.0f * c[4] * x + 3.0f * c[3]) * x + 2.0f * c[2]) * x + c[1];
    speed -= slope * w.qvel[one.other_dof];
  }
  const Floats miss = w.qpos[one.qpos] - one.rest - follows;
  state.slope = -slope;
  state.reference = -one.damping * speed - one.stiffness * one.impedance * miss;
}

}  // namespace

void constrain(const LaneModel& model, Workspace& w) {
  for (std::size_t i = 0; i < model.limits.size(); ++i) {
    limit(model.limits[i], w, w.limits[i]);
  }
  for (std::size_t i = 0; i < model.couplings.size(); ++i) {
    couple(model.couplings[i], w, w.couplings[i]);
  }
}

}  // namespace kinesis::lanes
