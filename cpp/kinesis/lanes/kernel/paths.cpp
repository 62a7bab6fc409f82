#include "kinesis/lanes/kernel/stages.hpp"
#include "kinesis/lanes/kernel/wrap.hpp"

namespace kinesis::lanes {
namespace {

// In lanes that run so, else 0: the length from p to q; adds to the moment arms what the piece
// between them is moved by (see MusclePath). A lane's result has the same bits whatever the others
// do.
Floats pull(const LaneModel& model, const Workspace& w, const LaneStraight& straight,
            const Vector3& p, const Vector3& q, const Mask& runs, Floats* arm) {
  const Vector3 way = q - p;
  const Floats length = sqrt(dot(way, way));
  if (straight.near_begin < straight.far_end) {
    Spatial along;
    along.lin = way * (1.0f / larger(length, 1e-12f));
    along.ang = cross(p, along.lin);
    const LaneMoved* moved = model.paths.moved.data();
    for (int k = straight.near_begin; k < straight.near_end; ++k) {
      arm[moved[k].arm] -= where(runs, dot(w.cdof[moved[k].dof], along));
    }
    for (int k = straight.far_begin; k < straight.far_end; ++k) {
      arm[moved[k].arm] += where(runs, dot(w.cdof[moved[k].dof], along));
    }
  }
  return where(runs, length);
}

Floats run_piece(const LaneModel& model, const Workspace& w, const LanePiece& piece,
                 const Vector3& p, const Vector3& q, Floats* arm) {
  if (piece.object < 0) {
    return pull(model, w, piece.direct, p, q, Mask(true), arm);
  }
  const LaneWrapObject& object = model.paths.objects[piece.object];
  const LaneSide* side = piece.side < 0 ? nullptr : &model.paths.sides[piece.side];
  const Wrap wrap = wrap_around(object, side, w.rot[object.node], w.pos[object.node], p, q);
  const Mask around = wrap.touches, straight = !around;
  Floats length(0.0f);
  if (any(straight)) {
    length += pull(model, w, piece.direct, p, q, straight, arm);
  }
  if (any(around)) {
    length += where(around, wrap.arc);
    length += pull(model, w, piece.onto, p, wrap.from, around, arm);
    length += pull(model, w, piece.off, wrap.to, q, around, arm);
  }
  return length;
}

}  // namespace

void run_paths(const LaneModel& model, Workspace& w) {
  for (int i = 0; i < model.num_muscles; ++i) {
    const LaneMuscle& muscle = model.muscles[i];
    Floats* arm = w.moment_arm + muscle.arm_begin;
    const int* dofs = model.paths.arm_dofs.data() + muscle.arm_begin;
    const int arms = muscle.arm_end - muscle.arm_begin;
    for (int k = 0; k < arms; ++k) {
      arm[k] = 0.0f;
    }
    Floats length = muscle.fixed_length;
    for (int k = muscle.piece_begin; k < muscle.piece_end; ++k) {
      const LanePiece& piece = model.paths.pieces[k];
      const Vector3 p = w.pos[piece.node0] + w.rot[piece.node0] * constant3(piece.at0);
      const Vector3 q = w.pos[piece.node1] + w.rot[piece.node1] * constant3(piece.at1);
      length += run_piece(model, w, piece, p, q, arm);
    }
    if (muscle.joint_qpos >= 0) {
      length = muscle.gear * w.qpos[muscle.joint_qpos];
      arm[0] = Floats(muscle.gear);
    }
    Floats velocity(0.0f);
    for (int k = 0; k < arms; ++k) {
      velocity += arm[k] * w.qvel[dofs[k]];
    }
    w.length[i] = length;
    w.velocity[i] = velocity;
  }
}

}  // namespace kinesis::lanes
