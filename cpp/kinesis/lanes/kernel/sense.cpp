#include "kinesis/lanes/kernel/stages.hpp"

namespace kinesis::lanes {
namespace {

// Whether a ray meets a touch sensor's zone, as mju_rayGeom has it: a point within does, whatever
// the direction; outside of it, where the way along the direction leads through.
Mask meets(const LaneTouchSensor& sensor, const Vector3& point, const Vector3& direction) {
  const Vector3 size = constant3(sensor.size);
  if (sensor.zone == LaneTouchZone::kBox) {
    Floats enter(-1e30f), leave(1e30f);
    for (int i = 0; i < 3; ++i) {
      const Floats safe = select(abs(direction[i]) < 1e-20f, Floats(1e-20f), direction[i]);
      const Floats a = (-size[i] - point[i]) / safe, b = (size[i] - point[i]) / safe;
      enter = larger(enter, smaller(a, b));
      leave = smaller(leave, larger(a, b));
    }
    return (enter <= leave) & (leave >= 0.0f);
  }
  const Vector3 inverse =
      sensor.zone == LaneTouchZone::kSphere
          ? Vector3(1.0f / sensor.size[0], 1.0f / sensor.size[0], 1.0f / sensor.size[0])
          : Vector3(1.0f / sensor.size[0], 1.0f / sensor.size[1], 1.0f / sensor.size[2]);
  const Vector3 p = point * inverse, d = direction * inverse;
  const Floats a = dot(d, d), b = dot(d, p), c = dot(p, p) - 1.0f;
  const Floats root = b * b - a * c;
  return (root >= 0.0f) & (-b + sqrt(larger(root, 0.0f)) >= 0.0f);
}

class Touches {
 public:
  Touches(const LaneModel& model, Workspace& w) : model_(model), w_(w) {}

  // A contact of a body: force, N, along direction, away from the other body.
  void add(int body, const Vector3& at, const Vector3& direction, const Floats& force) {
    for (const LaneTouchSensor& sensor : model_.touch_sensors) {
      if (sensor.body != body) {
        continue;
      }
      const Rotation axes = turned(w_.rot[sensor.node], sensor.rot);
      const Vector3 centre = w_.pos[sensor.node] + w_.rot[sensor.node] * constant3(sensor.pos);
      const Vector3 point = axes.transposed_times(at - centre);
      const Mask counts = (force > 0.0f) & meets(sensor, point, axes.transposed_times(direction));
      w_.sensordata[sensor.column] += where(counts, force);
    }
  }

 private:
  const LaneModel& model_;
  Workspace& w_;
};

Floats force_of(const LimbContact& row) { return -row.weight * smaller(row.value, 0.0f); }

}  // namespace

void sense(const LaneModel& model, Workspace& w) {
  for (const LaneFrameSensor& sensor : model.frame_sensors) {
    const Spatial& v = w.cvel[sensor.node];
    Vector3 velocity = v.ang;
    if (!sensor.angular) {
      const Vector3 at = w.pos[sensor.node] + w.rot[sensor.node] * constant3(sensor.pos);
      velocity = v.lin + cross(v.ang, at);
    }
    for (int i = 0; i < 3; ++i) {
      w.sensordata[sensor.column + i] = velocity[i];
    }
  }
  for (const LaneLimitSensor& sensor : model.limit_sensors) {
    Floats force(0.0f);
    if (sensor.limit >= 0 && w.limits[sensor.limit].any) {
      const LimitState& limit = w.limits[sensor.limit];
      const Floats lacks = limit.reference - limit.sign * w.qacc[model.limits[sensor.limit].dof];
      force = where(limit.on, limit.weight * larger(lacks, 0.0f));
    }
    w.sensordata[sensor.column] = force;
  }
  for (const LaneTouchSensor& sensor : model.touch_sensors) {
    w.sensordata[sensor.column] = 0.0f;
  }
  if (model.touch_sensors.empty()) {
    return;
  }
  Touches touches(model, w);
  const Vector3 up(0.0f, 0.0f, 1.0f);
  for (int i = 0; i < w.num_floor_contacts; ++i) {
    const FloorContact& c = w.floor_contacts[i];
    const Floats force =
        -c.weight * (smaller(c.normal + c.along, 0.0f) + smaller(c.normal - c.along, 0.0f) +
                     smaller(c.normal + c.across, 0.0f) + smaller(c.normal - c.across, 0.0f));
    touches.add(model.geom_body[c.point->geom], c.at, -up, force);
  }
  for (int i = 0; i < w.num_limb_contacts; ++i) {
    const LimbContact& c = w.limb_contacts[i];
    if (!c.first) {
      continue;
    }
    Floats force = force_of(c);
    for (int k = i + 1; k < w.num_limb_contacts && !w.limb_contacts[k].first; ++k) {
      force += force_of(w.limb_contacts[k]);
    }
    touches.add(model.geom_body[c.pair->geom[0]], c.at, c.normal, force);
    touches.add(model.geom_body[c.pair->geom[1]], c.at, -c.normal, force);
  }
}

}  // namespace kinesis::lanes
