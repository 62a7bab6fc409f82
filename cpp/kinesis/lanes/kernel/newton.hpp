// The parts of the solver's Newton step. The cost is MuJoCo's primal one: of joint accelerations a,
// half (a - a_smooth)' M (a - a_smooth), and a penalty of every row, couplings' on both sides,
// those of limits and contacts on one.
#pragma once

#include "kinesis/lanes/kernel/workspace.hpp"

namespace kinesis::lanes {

// Values of all rows, J a - aref, at the accelerations that the search starts from.
void begin_rows(const LaneModel& model, Workspace& w);

// The gradient of the cost at qacc, and which rows push.
void find_gradient(const LaneModel& model, Workspace& w);

// The Hessian where these rows push, with this pattern.
void find_hessian(const LaneModel& model, const LaneRows& rows, Workspace& w);

// The cost along the search direction, as far as it is not rows with a kink.
struct Parabola {
  Floats slope, curvature;
};

// Prepares the search along direction: how every row changes.
Parabola look_along(const LaneModel& model, Workspace& w);

struct Line {
  Floats step;
  Mask changed;  // rows, at the full step: otherwise it is the minimum
};

// The step that minimises the cost along the direction, by Newton's method between bounds. Lanes
// that are done are not waited for.
Line search_line(const LaneModel& model, const Workspace& w, const Parabola& smooth,
                 const Floats& first_slope, const Mask& done);

// Moves accelerations and rows along the direction.
void take_step(const LaneModel& model, Workspace& w, const Floats& step);

}  // namespace kinesis::lanes
