#include <algorithm>
#include <cmath>
#include <set>

#include "kinesis/lanes/build.hpp"
#include "kinesis/muscle/force.hpp"

namespace kinesis::lanes {
namespace {

// Degrees of freedom that move a node and not another.
std::vector<int> movers(const LaneModel& lanes, int node, int other) {
  std::vector<int> found;
  for (int n = 1; n < static_cast<int>(lanes.nodes.size()); ++n) {
    if (is_on(lanes, node, n) && !is_on(lanes, other, n)) {
      for (int dof = lanes.nodes[n].dof_begin; dof < lanes.nodes[n].dof_end; ++dof) {
        found.push_back(dof);
      }
    }
  }
  return found;
}

// One muscle's path, piece by piece, or the joint that a motor turns.
class PathBuilder {
 public:
  PathBuilder(const RestPose& rest, LaneModel* lanes) : rest_(rest), lanes_(lanes) {}

  void build(int tendon, LaneMuscle* muscle) {
    const mjModel* m = rest_.model();
    LanePaths& paths = lanes_->paths;
    muscle->piece_begin = static_cast<int>(paths.pieces.size());
    const int last = m->tendon_adr[tendon] + m->tendon_num[tendon] - 1;
    double fixed = 0.0;
    for (int i = m->tendon_adr[tendon]; i < last;) {
      const bool around = m->wrap_type[i + 1] != mjWRAP_SITE;
      const int from = m->wrap_objid[i], to = m->wrap_objid[around ? i + 2 : i + 1];
      LanePiece piece{};
      piece.node0 = node_of_site(from);
      piece.node1 = node_of_site(to);
      piece.object = piece.side = -1;
      if (around) {
        enclose(m->wrap_objid[i + 1], static_cast<int>(std::lround(m->wrap_prm[i + 1])), &piece);
      }
      if (!around && piece.node0 == piece.node1) {
        fixed += mju_dist3(site(from), site(to));
      } else {
        rest_.point(m->site_bodyid[from], site(from), piece.at0);
        rest_.point(m->site_bodyid[to], site(to), piece.at1);
        paths.pieces.push_back(piece);
      }
      i += around ? 2 : 1;
    }
    muscle->piece_end = static_cast<int>(paths.pieces.size());
    muscle->fixed_length = single(fixed);
    plan_arms(muscle);
  }

  void build_motor(int actuator, LaneMuscle* muscle) {
    const mjModel* m = rest_.model();
    const int joint = m->actuator_trnid[2 * actuator];
    std::vector<int>& dofs = lanes_->paths.arm_dofs;
    muscle->piece_begin = muscle->piece_end = static_cast<int>(lanes_->paths.pieces.size());
    muscle->joint_qpos = m->jnt_qposadr[joint];
    muscle->gear = single(m->actuator_gear[6 * actuator]);
    muscle->arm_begin = static_cast<int>(dofs.size());
    dofs.push_back(m->jnt_dofadr[joint]);
    muscle->arm_end = static_cast<int>(dofs.size());
  }

 private:
  const mjtNum* site(int id) const { return rest_.data()->site_xpos + 3 * id; }
  int node_of_site(int id) const { return lanes_->node_of[rest_.model()->site_bodyid[id]]; }

  void enclose(int geom, int side, LanePiece* piece) {
    const mjModel* m = rest_.model();
    const mjData* d = rest_.data();
    const int body = m->geom_bodyid[geom];
    LaneWrapObject object{};
    object.node = lanes_->node_of[body];
    rest_.axes(body, d->geom_xmat + 9 * geom, object.rot);
    rest_.point(body, d->geom_xpos + 3 * geom, object.pos);
    object.radius = static_cast<float>(m->geom_size[3 * geom]);
    object.sphere = m->geom_type[geom] == mjGEOM_SPHERE;
    piece->object = static_cast<int>(lanes_->paths.objects.size());
    lanes_->paths.objects.push_back(object);
    if (side >= 0) {
      mjtNum from[3], local[3];
      mju_sub3(from, site(side), d->geom_xpos + 3 * geom);
      mju_mulMatTVec3(local, d->geom_xmat + 9 * geom, from);
      LaneSide where{};
      std::copy_n(local, 3, where.pos);
      where.inside = mju_norm3(local) < m->geom_size[3 * geom];
      piece->side = static_cast<int>(lanes_->paths.sides.size());
      lanes_->paths.sides.push_back(where);
    }
  }

  // Which degrees of freedom change the muscle's length, and which of them move each piece.
  void plan_arms(LaneMuscle* muscle) {
    LanePaths& paths = lanes_->paths;
    std::set<int> dofs;
    const auto collect = [&](int a, int b) {
      for (const auto& list : {movers(*lanes_, a, b), movers(*lanes_, b, a)}) {
        dofs.insert(list.begin(), list.end());
      }
    };
    for (int k = muscle->piece_begin; k < muscle->piece_end; ++k) {
      const LanePiece& piece = paths.pieces[k];
      collect(piece.node0, piece.node1);
      if (piece.object >= 0) {
        collect(piece.node0, paths.objects[piece.object].node);
        collect(piece.node1, paths.objects[piece.object].node);
      }
    }
    const std::vector<int> arms(dofs.begin(), dofs.end());
    const auto plan = [&](int near, int far) {
      LaneStraight straight{};
      const auto list = [&](int node, int other, int* begin, int* end) {
        *begin = static_cast<int>(paths.moved.size());
        for (const int dof : movers(*lanes_, node, other)) {
          const auto arm = std::find(arms.begin(), arms.end(), dof) - arms.begin();
          paths.moved.push_back({dof, static_cast<int>(arm)});
        }
        *end = static_cast<int>(paths.moved.size());
      };
      list(near, far, &straight.near_begin, &straight.near_end);
      list(far, near, &straight.far_begin, &straight.far_end);
      return straight;
    };
    for (int k = muscle->piece_begin; k < muscle->piece_end; ++k) {
      LanePiece& piece = paths.pieces[k];
      piece.direct = plan(piece.node0, piece.node1);
      if (piece.object >= 0) {
        const int middle = paths.objects[piece.object].node;
        piece.onto = plan(piece.node0, middle);
        piece.off = plan(middle, piece.node1);
      }
    }
    muscle->arm_begin = static_cast<int>(paths.arm_dofs.size());
    paths.arm_dofs.insert(paths.arm_dofs.end(), arms.begin(), arms.end());
    muscle->arm_end = static_cast<int>(paths.arm_dofs.size());
  }

  const RestPose& rest_;
  LaneModel* lanes_;
};

}  // namespace

void build_paths(const RestPose& rest, LaneModel* lanes) {
  const mjModel* m = rest.model();
  const MuscleForce force(m);
  lanes->stretches = force.stretches();
  PathBuilder builder(rest, lanes);
  for (int i = 0; i < m->nu; ++i) {
    LaneMuscle muscle{};
    muscle.joint_qpos = -1;
    if (m->actuator_trntype[i] == mjTRN_JOINT) {
      builder.build_motor(i, &muscle);
    } else {
      builder.build(m->actuator_trnid[2 * i], &muscle);
    }
    muscle.curves = in_single(force.curves(i));
    const mjtNum* dynamics = m->actuator_dynprm + mjNDYN * i;
    muscle.times = {single(dynamics[0]), single(dynamics[1])};
    const bool limited = m->actuator_ctrllimited[i] != 0;
    // Muscle dynamics have excitations in [0, 1] whatever the range.
    const mjtNum* range = m->actuator_ctrlrange + 2 * i;
    muscle.excitation_low = single(limited ? std::clamp(range[0], 0.0, 1.0) : 0.0);
    muscle.excitation_high = single(limited ? std::clamp(range[1], 0.0, 1.0) : 1.0);
    muscle.act = m->actuator_actadr[i];
    lanes->muscles.push_back(muscle);
  }
}

}  // namespace kinesis::lanes
