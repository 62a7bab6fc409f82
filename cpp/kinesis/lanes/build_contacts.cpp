#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "kinesis/lanes/build.hpp"

namespace kinesis::lanes {
namespace {

// What two geoms that touch are to each other: their own, of equal priority, mixed as MuJoCo mixes
// them, or a pair's.
struct Touch {
  mjtNum margin, friction;
  bool frictionless;
  LaneStiffness stiffness;
};

Touch touch_of_geoms(const mjModel* m, int a, int b) {
  const mjtNum sum = m->geom_solmix[a] + m->geom_solmix[b];
  const mjtNum share = sum > 0 ? m->geom_solmix[a] / sum : 0.5;
  const auto mix = [&](const mjtNum* x, int width, mjtNum* out) {
    for (int i = 0; i < width; ++i) {
      out[i] = share * x[width * a + i] + (1.0 - share) * x[width * b + i];
    }
  };
  mjtNum solref[mjNREF], solimp[mjNIMP];
  mix(m->geom_solref, mjNREF, solref);
  mix(m->geom_solimp, mjNIMP, solimp);
  const mjtNum* friction = m->geom_friction;
  return {m->geom_margin[a] + m->geom_margin[b], std::max(friction[3 * a], friction[3 * b]), false,
          stiffness_of(m, solref, solimp)};
}

Touch touch_of_pair(const mjModel* m, int pair) {
  return {m->pair_margin[pair], m->pair_friction[5 * pair], m->pair_dim[pair] == 1,
          stiffness_of(m, m->pair_solref + mjNREF * pair, m->pair_solimp + mjNIMP * pair)};
}

class ContactBuilder {
 public:
  ContactBuilder(const RestPose& rest, LaneModel* lanes)
      : rest_(rest),
        lanes_(lanes),
        bound_of_(rest.model()->ngeom, -1),
        hull_of_(rest.model()->ngeom, -1) {}

  void build() {
    const mjModel* m = rest_.model();
    std::set<std::pair<int, int>> declared;
    for (int pair = 0; pair < m->npair; ++pair) {
      const int a = m->pair_geom1[pair], b = m->pair_geom2[pair];
      declared.insert(std::minmax(a, b));
      add(a, b, touch_of_pair(m, pair));
    }
    for (int a = 0; a < m->ngeom; ++a) {
      for (int b = a + 1; b < m->ngeom; ++b) {
        if (declared.count({a, b}) == 0 && collide(a, b)) {
          add(a, b, touch_of_geoms(m, a, b));
        }
      }
    }
  }

 private:
  // MuJoCo's filters of geoms and bodies.
  bool collide(int a, int b) const {
    const mjModel* m = rest_.model();
    if ((m->geom_contype[a] & m->geom_conaffinity[b]) == 0 &&
        (m->geom_contype[b] & m->geom_conaffinity[a]) == 0) {
      return false;
    }
    const int body_a = m->geom_bodyid[a], body_b = m->geom_bodyid[b];
    const int weld_a = m->body_weldid[body_a], weld_b = m->body_weldid[body_b];
    if (weld_a == weld_b) {
      return false;
    }
    const auto above = [&](int weld) { return m->body_weldid[m->body_parentid[weld]]; };
    const bool filters = (m->opt.disableflags & mjDSBL_FILTERPARENT) == 0;
    if (filters && weld_a != 0 && weld_b != 0 &&
        (weld_a == above(weld_b) || weld_b == above(weld_a))) {
      return false;
    }
    const auto [low, high] = std::minmax(body_a, body_b);
    const int signature = (low << 16) + high;
    return std::find(m->exclude_signature, m->exclude_signature + m->nexclude, signature) ==
           m->exclude_signature + m->nexclude;
  }

  void add(int a, int b, const Touch& touch) {
    const mjModel* m = rest_.model();
    if (m->geom_type[a] == mjGEOM_PLANE || m->geom_type[b] == mjGEOM_PLANE) {
      const int geom = m->geom_type[a] == mjGEOM_PLANE ? b : a;
      add_floor_points(geom, touch);
    } else if (round(a) && (round(b) || is_ellipsoid(b))) {
      add_limbs(a, b, touch);
    } else if (round(b) && is_ellipsoid(a)) {
      add_limbs(b, a, touch);
    } else {
      lanes_->bounded_pairs.push_back({bound(a), bound(b), single(touch.margin)});
    }
  }

  bool round(int geom) const {
    const int type = rest_.model()->geom_type[geom];
    return type == mjGEOM_CAPSULE || type == mjGEOM_SPHERE;
  }

  bool is_ellipsoid(int geom) const { return rest_.model()->geom_type[geom] == mjGEOM_ELLIPSOID; }

  // Where a geom is, and its axes, as its node has them.
  int locate(int geom, float* pos, float* rot) const {
    const mjModel* m = rest_.model();
    const int body = m->geom_bodyid[geom];
    rest_.point(body, rest_.data()->geom_xpos + 3 * geom, pos);
    rest_.axes(body, rest_.data()->geom_xmat + 9 * geom, rot);
    return lanes_->node_of[body];
  }

  void add_floor_points(int geom, const Touch& touch) {
    const mjModel* m = rest_.model();
    const mjtNum* size = m->geom_size + 3 * geom;
    LaneFloorPoint point{};
    float centre[3];
    point.geom = geom;
    point.node = locate(geom, centre, point.rot);
    point.margin = single(touch.margin);
    point.friction = single(touch.friction);
    point.stiffness = touch.stiffness;
    point.inverse_weight = single(m->body_invweight0[2 * m->geom_bodyid[geom]]);
    point.radius = single(size[0]);
    std::copy_n(size, 3, point.size);
    for (int i = 0; i < 3; ++i) {
      point.axis[i] = point.rot[3 * i + 2];
    }
    const auto push = [&](LaneShape shape, float along) {
      point.shape = shape;
      for (int i = 0; i < 3; ++i) {
        point.pos[i] = centre[i] + along * point.axis[i];
      }
      lanes_->floor_points.push_back(point);
    };
    switch (m->geom_type[geom]) {
      case mjGEOM_SPHERE:
        push(LaneShape::kSphere, 0.0f);
        break;
      case mjGEOM_CAPSULE:
        push(LaneShape::kCapsuleEnd, single(size[1]));
        push(LaneShape::kCapsuleEnd, -single(size[1]));
        break;
      case mjGEOM_ELLIPSOID:
        push(LaneShape::kEllipsoid, 0.0f);
        break;
      case mjGEOM_MESH:
        point.hull = hull(geom);
        point.radius = single(m->geom_rbound[geom]);
        push(LaneShape::kHull, 0.0f);
        break;
      default:
        lanes_->bounded_pairs.push_back({bound(geom), -1, single(touch.margin)});
    }
  }

  void add_limbs(int a, int b, const Touch& touch) {
    const mjModel* m = rest_.model();
    LaneLimbPair pair{};
    const int geoms[2] = {a, b};
    for (int side = 0; side < 2; ++side) {
      const int geom = geoms[side];
      float rot[9];
      pair.geom[side] = geom;
      pair.node[side] = locate(geom, pair.pos[side], rot);
      for (int i = 0; i < 3; ++i) {
        pair.axis[side][i] = rot[3 * i + 2];
      }
      const mjtNum* size = m->geom_size + 3 * geom;
      pair.radius[side] = single(size[0]);
      pair.half[side] = m->geom_type[geom] == mjGEOM_SPHERE ? 0.0f : single(size[1]);
      if (is_ellipsoid(geom)) {
        pair.ellipsoid = true;
        std::copy_n(rot, 9, pair.rot);
        std::copy_n(size, 3, pair.size);
      }
      pair.inverse_weight += single(m->body_invweight0[2 * m->geom_bodyid[geom]]);
    }
    pair.margin = single(touch.margin);
    pair.friction = single(touch.friction);
    pair.frictionless = touch.frictionless;
    pair.stiffness = touch.stiffness;
    pair.dof_begin = static_cast<int>(lanes_->pair_dofs.size());
    for (int n = 1; n < static_cast<int>(lanes_->nodes.size()); ++n) {
      const bool first = is_on(*lanes_, pair.node[0], n), second = is_on(*lanes_, pair.node[1], n);
      if (first != second) {
        for (int dof = lanes_->nodes[n].dof_begin; dof < lanes_->nodes[n].dof_end; ++dof) {
          lanes_->pair_dofs.push_back({dof, second ? 1.0f : -1.0f});
        }
      }
    }
    pair.dof_end = static_cast<int>(lanes_->pair_dofs.size());
    lanes_->limb_pairs.push_back(pair);
  }

  int bound(int geom) {
    if (bound_of_[geom] < 0) {
      const mjModel* m = rest_.model();
      const mjtNum* size = m->geom_size + 3 * geom;
      LaneBound bound{};
      bound.node = locate(geom, bound.pos, bound.rot);
      bound.hull = -1;
      switch (m->geom_type[geom]) {
        case mjGEOM_SPHERE:
          bound.radius = single(size[0]);
          break;
        case mjGEOM_CAPSULE:
          bound.radius = single(size[0]);
          bound.size[2] = single(size[1]);
          break;
        case mjGEOM_ELLIPSOID:
          bound.ellipsoid = true;
          std::copy_n(size, 3, bound.size);
          break;
        case mjGEOM_MESH:
          bound.hull = hull(geom);
          std::copy_n(bound.pos, 3, bound.hull_pos);
          enclose_in_box(geom, &bound);
          break;
        default:
          enclose_in_box(geom, &bound);
      }
      const float* half = bound.size;
      const float longest = std::max({half[0], half[1], half[2]});
      bound.reach =
          bound.radius + (bound.ellipsoid ? longest : std::hypot(half[0], half[1], half[2]));
      bound_of_[geom] = static_cast<int>(lanes_->bounds.size());
      lanes_->bounds.push_back(bound);
    }
    return bound_of_[geom];
  }

  void enclose_in_box(int geom, LaneBound* bound) const {
    const mjModel* m = rest_.model();
    const mjtNum* box = m->geom_aabb + 6 * geom;  // centre and half sizes in the geom's frame
    for (int i = 0; i < 3; ++i) {
      bound->size[i] = single(box[3 + i]);
      for (int k = 0; k < 3; ++k) {
        bound->pos[i] += bound->rot[3 * i + k] * single(box[k]);
      }
    }
  }

  // The faces of a mesh's hull, as MuJoCo's compiler found them, and what is on them.
  int hull(int geom) {
    if (hull_of_[geom] < 0) {
      const mjModel* m = rest_.model();
      const int mesh = m->geom_dataid[geom];
      float pos[3], rot[9];
      locate(geom, pos, rot);
      const auto turned = [&](const auto* x, float* out) {
        for (int i = 0; i < 3; ++i) {
          out[i] = rot[3 * i] * single(x[0]) + rot[3 * i + 1] * single(x[1]) +
                   rot[3 * i + 2] * single(x[2]);
        }
      };
      LaneHull hull;
      std::map<int, int> corner_of;  // by vertex of the mesh
      for (int i = 0; i < m->mesh_polynum[mesh]; ++i) {
        const int polygon = m->mesh_polyadr[mesh] + i;
        LaneHull::Face face{};
        turned(m->mesh_polynormal + 3 * polygon, face.normal);
        face.begin = static_cast<int>(hull.face_corners.size());
        for (int k = 0; k < m->mesh_polyvertnum[polygon]; ++k) {
          const int vertex = m->mesh_polyvert[m->mesh_polyvertadr[polygon] + k];
          const auto [found, is_new] =
              corner_of.emplace(vertex, static_cast<int>(hull.corners.size()));
          if (is_new) {
            LaneHull::Corner corner{};
            turned(m->mesh_vert + 3 * (m->mesh_vertadr[mesh] + vertex), corner.pos);
            hull.corners.push_back(corner);
          }
          hull.face_corners.push_back(found->second);
        }
        face.end = static_cast<int>(hull.face_corners.size());
        hull.faces.push_back(face);
      }
      for (const auto& [vertex, index] : corner_of) {
        LaneHull::Corner& corner = hull.corners[index];
        const int* faces = m->mesh_polymap + m->mesh_polymapadr[m->mesh_vertadr[mesh] + vertex];
        const int count = m->mesh_polymapnum[m->mesh_vertadr[mesh] + vertex];
        corner.begin = static_cast<int>(hull.corner_faces.size());
        hull.corner_faces.insert(hull.corner_faces.end(), faces, faces + count);
        corner.end = corner.begin + count;
      }
      hull_of_[geom] = static_cast<int>(lanes_->hulls.size());
      lanes_->hulls.push_back(std::move(hull));
    }
    return hull_of_[geom];
  }

  const RestPose& rest_;
  LaneModel* lanes_;
  std::vector<int> bound_of_, hull_of_;  // (ngeom)
};

}  // namespace

void build_contacts(const RestPose& rest, LaneModel* lanes) {
  const mjModel* m = rest.model();
  for (int geom = 0; geom < m->ngeom; ++geom) {
    if (m->geom_type[geom] == mjGEOM_PLANE &&
        (m->geom_contype[geom] | m->geom_conaffinity[geom]) != 0) {
      lanes->has_floor = true;
      lanes->floor_height = single(rest.data()->geom_xpos[3 * geom + 2]);
    }
  }
  lanes->geom_body.assign(m->geom_bodyid, m->geom_bodyid + m->ngeom);
  if ((m->opt.disableflags & (mjDSBL_CONTACT | mjDSBL_CONSTRAINT)) == 0) {
    ContactBuilder(rest, lanes).build();
  }
  lanes->most_floor_contacts = 0;
  for (const LaneFloorPoint& point : lanes->floor_points) {
    lanes->most_floor_contacts += point.shape == LaneShape::kHull ? kMostHullContacts : 1;
  }
  for (int n = 1; n < static_cast<int>(lanes->nodes.size()); ++n) {
    const auto& points = lanes->floor_points;
    if (std::any_of(points.begin(), points.end(),
                    [&](const LaneFloorPoint& point) { return is_on(*lanes, point.node, n); })) {
      lanes->floor_nodes.push_back(n);
    }
  }
}

}  // namespace kinesis::lanes
