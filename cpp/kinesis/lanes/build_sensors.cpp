#include <algorithm>

#include "kinesis/lanes/build.hpp"

namespace kinesis::lanes {
namespace {

LaneTouchZone zone_of(int type) {
  switch (type) {
    case mjGEOM_BOX:
      return LaneTouchZone::kBox;
    case mjGEOM_SPHERE:
      return LaneTouchZone::kSphere;
    default:
      return LaneTouchZone::kEllipsoid;
  }
}

int limit_of(const LaneModel& lanes, int dof) {
  const auto& limits = lanes.limits;
  const auto found = std::find_if(limits.begin(), limits.end(),
                                  [&](const LaneLimit& limit) { return limit.dof == dof; });
  return found == limits.end() ? -1 : static_cast<int>(found - limits.begin());
}

}  // namespace

bool covers_sensor(const mjModel* model, int sensor) {
  if (model->sensor_refid[sensor] >= 0 || model->sensor_cutoff[sensor] != 0.0) {
    return false;
  }
  switch (model->sensor_type[sensor]) {
    case mjSENS_TOUCH: {
      const int zone = model->site_type[model->sensor_objid[sensor]];
      return zone == mjGEOM_BOX || zone == mjGEOM_SPHERE || zone == mjGEOM_ELLIPSOID;
    }
    case mjSENS_JOINTLIMITFRC:
      return true;
    case mjSENS_FRAMELINVEL:
    case mjSENS_FRAMEANGVEL: {
      const int kind = model->sensor_objtype[sensor];
      return kind == mjOBJ_BODY || kind == mjOBJ_XBODY;
    }
    default:
      return false;
  }
}

void build_sensors(const RestPose& rest, LaneModel* lanes) {
  const mjModel* m = rest.model();
  const mjData* d = rest.data();
  for (int i = 0; i < m->nsensor; ++i) {
    const int type = m->sensor_type[i], object = m->sensor_objid[i];
    if (type == mjSENS_TOUCH) {
      LaneTouchSensor touch{};
      touch.zone = zone_of(m->site_type[object]);
      touch.column = m->sensor_adr[i];
      touch.body = m->site_bodyid[object];
      touch.node = lanes->node_of[touch.body];
      rest.point(touch.body, d->site_xpos + 3 * object, touch.pos);
      rest.axes(touch.body, d->site_xmat + 9 * object, touch.rot);
      std::copy_n(m->site_size + 3 * object, 3, touch.size);
      lanes->touch_sensors.push_back(touch);
    } else if (type == mjSENS_JOINTLIMITFRC) {
      lanes->limit_sensors.push_back({m->sensor_adr[i], limit_of(*lanes, m->jnt_dofadr[object])});
    } else {
      const int kind = m->sensor_objtype[i];
      LaneFrameSensor frame{};
      frame.column = m->sensor_adr[i];
      frame.node = lanes->node_of[object];
      frame.angular = type == mjSENS_FRAMEANGVEL;
      rest.point(object, (kind == mjOBJ_BODY ? d->xipos : d->xpos) + 3 * object, frame.pos);
      lanes->frame_sensors.push_back(frame);
    }
  }
}

}  // namespace kinesis::lanes
