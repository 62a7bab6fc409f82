#include "kinesis/lanes/kernel/newton.hpp"

namespace kinesis::lanes {
namespace {

constexpr int kMostLineSteps = 12;
constexpr float kSlopeTolerance = 0.01f;  // of the first slope, MuJoCo's ls_tolerance

// What one-sided rows add to slope and curvature so far along; and lanes in which a row pushes that
// did not, or the other way round.
Mask add_kinked(const LaneModel& model, const Workspace& w, const Floats& step, Parabola& at) {
  Mask changed(false);
  const auto row = [&](const Floats& value, const Floats& change, const Floats& weight,
                       const Mask& on, const Mask& was) {
    const Mask pushes = (value < 0.0f) & on;
    const Floats share = where(pushes, weight) * change;
    at.slope += share * value;
    at.curvature += share * change;
    changed |= pushes ^ was;
  };
  for (std::size_t i = 0; i < model.limits.size(); ++i) {
    const LimitState& state = w.limits[i];
    if (state.any) {
      const int dof = model.limits[i].dof;
      const Floats change = state.sign * w.direction[dof];
      const Mask there = state.weight > 0.0f;
      row(state.sign * w.qacc[dof] - state.reference + step * change, change, state.weight, there,
          state.on & there);
    }
  }
  for (int i = 0; i < w.num_floor_contacts; ++i) {
    const FloorContact& c = w.floor_contacts[i];
    const Floats normal = c.normal + step * c.by_normal, along = c.along + step * c.by_along,
                 across = c.across + step * c.by_across;
    row(normal + along, c.by_normal + c.by_along, c.weight, c.on, c.active[0]);
    row(normal - along, c.by_normal - c.by_along, c.weight, c.on, c.active[1]);
    row(normal + across, c.by_normal + c.by_across, c.weight, c.on, c.active[2]);
    row(normal - across, c.by_normal - c.by_across, c.weight, c.on, c.active[3]);
  }
  for (int i = 0; i < w.num_limb_contacts; ++i) {
    const LimbContact& one = w.limb_contacts[i];
    row(one.value + step * one.change, one.change, one.weight, one.on, one.active);
  }
  return changed;
}

}  // namespace

Line search_line(const LaneModel& model, const Workspace& w, const Parabola& smooth,
                 const Floats& first_slope, const Mask& done) {
  Line line{Floats(1.0f), Mask(false)};
  Floats low(0.0f), high(1e30f);
  Mask found = done;
  for (int i = 0; i < kMostLineSteps; ++i) {
    Parabola at{smooth.slope + line.step * smooth.curvature, smooth.curvature};
    const Mask changed = add_kinked(model, w, line.step, at);
    found |= abs(at.slope) <= kSlopeTolerance * abs(first_slope);
    if (i == 0) {
      line.changed = changed;
      found |= !changed;
    }
    if (drjit::all(found)) {
      break;
    }
    const Mask downhill = at.slope < 0.0f;
    low = select(downhill, larger(low, line.step), low);
    high = select(downhill, high, smaller(high, line.step));
    Floats next = line.step - at.slope / larger(at.curvature, 1e-30f);
    const Mask outside = (next <= low) | (next >= high);
    next = select(outside, select(high < 1e29f, 0.5f * (low + high), 2.0f * line.step), next);
    line.step = select(found, line.step, next);
  }
  return line;
}

}  // namespace kinesis::lanes
