#include <algorithm>

#include "kinesis/lanes/build.hpp"

namespace kinesis::lanes {
namespace {

bool zone_of(int type, LaneTouchZone* zone) {
  switch (type) {
    case mjGEOM_BOX:
      *zone = LaneTouchZone::kBox;
      return true;
    case mjGEOM_SPHERE:
      *zone = LaneTouchZone::kSphere;
      return true;
    case mjGEOM_ELLIPSOID:
      *zone = LaneTouchZone::kEllipsoid;
      return true;
    default:
      return false;
  }
}

}  // namespace

void build_sensors(const RestPose& rest, LaneModel* lanes) {
  const mjModel* m = rest.model();
  const mjData* d = rest.data();
  for (int i = 0; i < m->nsensor; ++i) {
    const int type = m->sensor_type[i], object = m->sensor_objid[i];
    const bool plain = m->sensor_refid[i] < 0 && m->sensor_cutoff[i] == 0.0;
    if (!plain) {
      continue;
    }
    if (type == mjSENS_TOUCH) {
      LaneTouchSensor touch{};
      if (!zone_of(m->site_type[object], &touch.zone)) {
        continue;
      }
      touch.column = m->sensor_adr[i];
      touch.body = m->site_bodyid[object];
      touch.node = lanes->node_of[touch.body];
      rest.point(touch.body, d->site_xpos + 3 * object, touch.pos);
      rest.axes(touch.body, d->site_xmat + 9 * object, touch.rot);
      std::copy_n(m->site_size + 3 * object, 3, touch.size);
      lanes->touch_sensors.push_back(touch);
    } else if (type == mjSENS_FRAMELINVEL || type == mjSENS_FRAMEANGVEL) {
      const int kind = m->sensor_objtype[i];
      if (kind != mjOBJ_BODY && kind != mjOBJ_XBODY) {
        continue;
      }
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
