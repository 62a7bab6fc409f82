// Contacts: of bodies with the floor, and of limbs with each other.
#include "kinesis/lanes/kernel/bounds.hpp"
#include "kinesis/lanes/kernel/closest.hpp"
#include "kinesis/lanes/kernel/hull.hpp"
#include "kinesis/lanes/kernel/rows.hpp"
#include "kinesis/lanes/kernel/stages.hpp"

namespace kinesis::lanes {
namespace {

// Of a point near the floor: how far it is above it, and where, relative to its node.
struct Nearest {
  Floats distance;
  Vector3 offset;  // of the geom's lowest point, or centre where that is round
};

Nearest nearest_to_floor(const LaneModel& model, const Workspace& w, const LaneFloorPoint& point) {
  const Rotation& rot = w.rot[point.node];
  const float* at = point.pos;
  const Vector3& down = rot.row[2];
  const Floats height = w.pos[point.node][2] - w.pos[0][2] - model.floor_height +
                        (down[0] * at[0] + down[1] * at[1] + down[2] * at[2]);
  if (point.shape != LaneShape::kEllipsoid) {
    return {height - point.radius, rot * constant3(at)};
  }
  const float *axes = point.rot, *size = point.size;
  Vector3 local, stretched;  // the normal in the ellipsoid's axes; and times its sizes
  for (int i = 0; i < 3; ++i) {
    local[i] = down[0] * axes[i] + down[1] * axes[3 + i] + down[2] * axes[6 + i];
    stretched[i] = local[i] * size[i];
  }
  const Floats reach = sqrt(dot(stretched, stretched));
  const Vector3 lowest = stretched * constant3(size) * (-1.0f / reach);
  Vector3 in_node;
  for (int i = 0; i < 3; ++i) {
    in_node[i] =
        at[i] + lowest[0] * axes[3 * i] + lowest[1] * axes[3 * i + 1] + lowest[2] * axes[3 * i + 2];
  }
  return {height - reach, rot * in_node};
}

// How high the ground is under a point, of the lanes that are asked for.
Floats ground_under(const LaneModel& model, const Workspace& w, const Vector3& point,
                    const Mask& asked) {
  Floats height(0.0f);
  const Mask uneven = asked & (w.ground[0] != 0.0f);
  if (model.ground == nullptr || none(uneven)) {
    return height;
  }
  const Vector3 at = point - w.pos[0];
  for (int lane = 0; lane < kWidth; ++lane) {
    if (uneven[lane]) {
      const auto number = [&](int which) { return static_cast<double>(w.ground[which][lane]); };
      const Ground ground{.field = model.ground,
                          .scale = number(1),
                          .along = number(4),
                          .across = number(5),
                          .x = number(6),
                          .y = number(7),
                          .cosine = number(2),
                          .sine = number(3)};
      height[lane] = static_cast<float>(ground.height(at[0][lane], at[1][lane]));
    }
  }
  return height;
}

// How many times an edge's row weighs what it does, where friction is a factor of what it is.
Floats stiffer(float friction, const Floats& factor) {
  const float square = friction * friction;
  const Floats other = square * factor * factor;
  return square * (1.0f + square) / (other * (1.0f + other));
}

void add_floor_contact(const LaneModel& model, Workspace& w, const LaneFloorPoint& point,
                       const Nearest& nearest) {
  const Mask near = nearest.distance < point.margin + w.ground[0];
  if (none(near)) {
    return;
  }
  const Floats ground = ground_under(model, w, w.pos[point.node] + nearest.offset, near);
  const Floats distance = nearest.distance - ground;
  const Mask on = distance < point.margin;
  if (none(on)) {
    return;
  }
  FloorContact& contact = w.floor_contacts[w.num_floor_contacts++];
  *w.contacts += where(on, Floats(1.0f));
  contact.point = &point;
  contact.on = on;
  contact.at = w.pos[point.node] + nearest.offset;
  // Half way between the lowest point and the ground.
  contact.at[2] = w.pos[0][2] + model.floor_height + 0.5f * distance + ground;
  Floats cosine(0.0f), sine(1.0f);
  if (point.shape == LaneShape::kCapsuleEnd) {  // the first tangent lies along the capsule
    const Vector3 axis = w.rot[point.node] * constant3(point.axis);
    const Floats square = axis[0] * axis[0] + axis[1] * axis[1];
    const Floats inverse = 1.0f / sqrt(larger(square, 1e-20f));
    const Mask upright = square < 1e-14f;
    cosine = select(upright, cosine, axis[0] * inverse);
    sine = select(upright, sine, axis[1] * inverse);
  }
  contact.tx = cosine * point.friction;
  contact.ty = sine * point.friction;
  const bool varied = !none(*w.varied != 0.0f);
  if (varied) {
    contact.tx *= *w.friction;
    contact.ty *= *w.friction;
  }

  const Floats beyond = distance - point.margin;
  const Floats impedance = impedance_at(point.stiffness, beyond);
  const float square = point.friction * point.friction;
  const float inverse_weight = 2.0f * square * (1.0f + square) * point.inverse_weight;
  contact.weight = where(on, weight_of(impedance, inverse_weight));
  if (varied) {
    contact.weight *= stiffer(point.friction, *w.friction);
  }
  const Spatial& v = w.cvel[point.node];
  const Vector3 speed = v.lin + cross(v.ang, contact.at);
  const float damping = point.stiffness.damping;
  contact.normal = damping * speed[2] + point.stiffness.stiffness * impedance * beyond;
  contact.along = damping * (contact.tx * speed[0] + contact.ty * speed[1]);
  contact.across = damping * (contact.tx * speed[1] - contact.ty * speed[0]);
}

void touch_floor(const LaneModel& model, Workspace& w) {
  w.num_floor_contacts = 0;
  for (const LaneFloorPoint& point : model.floor_points) {
    if (point.shape != LaneShape::kHull) {
      add_floor_contact(model, w, point, nearest_to_floor(model, w, point));
      continue;
    }
    const Rotation& rot = w.rot[point.node];
    const Vector3 centre = rot * constant3(point.pos);
    const Floats height = w.pos[point.node][2] - w.pos[0][2] - model.floor_height + centre[2];
    if (none(height - point.radius < point.margin + w.ground[0])) {
      continue;
    }
    const Resting resting = rest_on_floor(model.hulls[point.hull], -rot.row[2]);
    for (int i = 0; i < resting.count; ++i) {
      add_floor_contact(model, w, point,
                        {height - resting.below[i], centre + rot * resting.position[i]});
    }
  }
}

// A row that resists motion of the second limb against the first along a direction.
void add_row(const LaneModel& model, Workspace& w, const LaneLimbPair& pair, const Mask& on,
             const Vector3& at, const Vector3& normal, const Vector3& direction,
             const Floats& weight, const Floats& wanted, bool first) {
  LimbContact& row = w.limb_contacts[w.num_limb_contacts];
  const int dofs = pair.dof_end - pair.dof_begin;
  row.jacobian = w.limb_jacobians + w.num_limb_contacts * w.limb_dofs;
  ++w.num_limb_contacts;
  row.pair = &pair;
  row.on = on;
  row.at = at;
  row.normal = normal;
  row.first = first;
  row.weight = where(on, weight);
  const Spatial along{cross(at, direction), direction};
  Floats speed(0.0f);
  for (int k = 0; k < dofs; ++k) {
    const LanePairDof& one = model.pair_dofs[pair.dof_begin + k];
    row.jacobian[k] = dot(w.cdof[one.dof], along) * one.sign;
    speed += row.jacobian[k] * w.qvel[one.dof];
  }
  row.value = pair.stiffness.damping * speed + wanted;  // minus the reference acceleration
}

void touch_limbs(const LaneModel& model, Workspace& w) {
  w.num_limb_contacts = 0;
  for (const LaneLimbPair& pair : model.limb_pairs) {
    const Closest closest =
        pair.ellipsoid ? closest_to_ellipsoid(w, pair) : closest_of_capsules(w, pair);
    const Floats& distance = closest.distance;
    const Mask on = distance < pair.margin;
    w.redo |= closest.unknown;
    if (none(on)) {
      continue;
    }
    *w.contacts += where(on, Floats(1.0f));
    if (w.num_limb_contacts + 4 > kMostLimbRows) {
      w.redo |= on;
      continue;
    }
    const Vector3 &normal = closest.normal, &at = closest.at;
    const Floats beyond = distance - pair.margin;
    const Floats impedance = impedance_at(pair.stiffness, beyond);
    const Floats wanted = pair.stiffness.stiffness * impedance * beyond;
    if (pair.frictionless) {
      add_row(model, w, pair, on, at, normal, normal, weight_of(impedance, pair.inverse_weight),
              wanted, true);
      continue;
    }
    // Tangents as MuJoCo chooses them.
    const Mask level = abs(normal[1]) < 0.5f;
    Vector3 tangent(0.0f, where(level, Floats(1.0f)), select(level, Floats(0.0f), Floats(1.0f)));
    tangent = unit(tangent - normal * dot(normal, tangent));
    const Vector3 other = cross(normal, tangent);
    const float square = pair.friction * pair.friction;
    Floats weight = weight_of(impedance, 2.0f * square * (1.0f + square) * pair.inverse_weight);
    Floats friction(pair.friction);
    if (!none(*w.varied != 0.0f)) {
      weight *= stiffer(pair.friction, *w.friction);
      friction *= *w.friction;
    }
    for (int edge = 0; edge < 4; ++edge) {
      const Floats side = edge % 2 == 0 ? friction : -friction;
      add_row(model, w, pair, on, at, normal, normal + (edge < 2 ? tangent : other) * side, weight,
              wanted, edge == 0);
    }
  }
}

}  // namespace

void touch(const LaneModel& model, Workspace& w) {
  *w.contacts = 0.0f;
  if (model.has_floor) {
    touch_floor(model, w);
  }
  touch_limbs(model, w);
  for (const LaneBoundedPair& pair : model.bounded_pairs) {
    const LaneBound& first = model.bounds[pair.first];
    w.redo |= pair.second < 0 ? may_touch_floor(model, w, first, pair.margin)
                              : may_touch(model, w, first, model.bounds[pair.second], pair.margin);
  }
}

}  // namespace kinesis::lanes
