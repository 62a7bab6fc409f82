// Whether geoms that lanes cannot collide are apart, as their bounds tell.
#pragma once

#include "kinesis/lanes/kernel/workspace.hpp"

namespace kinesis::lanes {

// Lanes in which two bounds may be nearer than the margin.
Mask may_touch(const LaneModel& model, const Workspace& w, const LaneBound& a, const LaneBound& b,
               float margin);

Mask may_touch_floor(const LaneModel& model, const Workspace& w, const LaneBound& bound,
                     float margin);

}  // namespace kinesis::lanes
