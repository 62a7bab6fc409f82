// One block of bodies while it is stepped.
#pragma once

#include "kinesis/lanes/kernel/simd.hpp"
#include "kinesis/lanes/model.hpp"

namespace kinesis::lanes {

// A point on the floor, with four edges of the friction pyramid: n + f t, n - f t, n + f u, n - f u
// along the normal n = z and the tangents t = (tx, ty, 0), u = (-ty, tx, 0).
struct FloorContact {
  const LaneFloorPoint* point;
  Mask on;
  Vector3 at;                             // from the origin
  Floats tx, ty;                          // times the friction
  Floats weight;                          // of an edge's row, 0 where it is off
  Floats normal, along, across;           // rows' values, J a - aref, of the acceleration so far
  Floats by_normal, by_along, by_across;  // and how they change along the search direction
  Mask active[4];
};

// A row of contact between limbs.
struct LimbContact {
  const LaneLimbPair* pair;
  Floats* jacobian;  // (dof_end - dof_begin)
  Mask on, active;
  Floats weight, value, change;
  Vector3 at, normal;  // normal: from the first limb to the second
  bool first;          // row of its contact
};

struct LimitState {
  bool any;
  Mask on;
  Floats sign, weight, reference;  // of the row: acceleration wanted
};

struct CouplingState {
  Floats slope, value, change;  // slope: of the row, to the other joint
  Floats reference;
};

struct Workspace {
  // Lays itself out in memory, which is aligned as Floats are. Without memory it only counts.
  Workspace(const LaneModel& model, void* memory);
  std::size_t bytes;

  // See LaneFields.
  Floats *qpos, *qvel, *act, *ctrl, *warmstart, *applied, *origin;
  Floats* push_node;
  Vector3 *push_pos, *push_force, *gravity;
  Floats *varied, *added_mass, *friction, *ground, *unstretched_before;
  Rotation* rot;
  Vector3* pos;
  Spatial* cdof;
  Inertia *inertia, *composite;
  Floats *mass_matrix, *hessian, *inverse_diagonal;
  Spatial *cvel, *cacc, *cforce;
  Floats *bias, *moment_arm, *qfrc_actuator, *qfrc_smooth, *qacc;
  Floats *length, *velocity, *unstretched, *force, *act_dot;
  Floats *sensordata, *contacts;
  Floats *action, *wanted_q, *wanted_v, *wanted_torque, *wanted_excitation, *capacity;
  Floats *multiplier, *offset, *row_arm, *effort, *control_work;

  FloorContact* floor_contacts;  // those that any lane has
  LimbContact* limb_contacts;
  LimitState* limits;
  CouplingState* couplings;
  Floats* limb_jacobians;                           // (kMostLimbRows x limb_dofs)
  int limb_dofs;                                    // of the pair that most degrees of freedom move
  Floats *momentum, *gradient, *direction, *along;  // (nv): M a, ...; M times the direction
  Spatial* node_work;                               // (nodes)
  Floats* contact_inertia;                          // (nodes x 21)
  bool* touched;                                    // (nodes)
  int num_floor_contacts, num_limb_contacts;
  Mask redo;       // lanes whose step is to be done in double precision
  int iterations;  // of the slowest lane
};

// How many rows of contact between limbs are kept; a block that has more redoes lanes.
inline constexpr int kMostLimbRows = 32;

}  // namespace kinesis::lanes
