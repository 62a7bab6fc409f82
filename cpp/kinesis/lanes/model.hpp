// A model as the lanes step it: tables of constants, in single precision.
//
// A body that moves, with all that is welded to it, is a node; node 0 is the world. Positions are
// relative to the body with the free joint (to the world's origin where there is none), so that
// single precision does not depend on how far a body has walked. Axes are the world's.
#pragma once

#include <mujoco/mujoco.h>

#include <string>
#include <vector>

#include "kinesis/body/ground.hpp"
#include "kinesis/control/control_mode.hpp"
#include "kinesis/control/joint_law.hpp"
#include "kinesis/control/length_law.hpp"
#include "kinesis/muscle/curves.hpp"

namespace kinesis {

struct LaneNode {
  int parent;
  int joint_begin, joint_end;  // hinges and slides, in LaneModel::joints; none of a free joint
  int dof_begin, dof_end;      // a free joint's too
  float pos[3], rot[9];        // in the parent's frame, joints at rest
  bool turned;                 // rot is not the identity
  float mass, com[3];          // kg; m, in the node's frame
  float inertia[6];            // about com, kg m^2: xx yy zz xy xz yz
};

struct LaneJoint {  // hinge or slide
  int dof, qpos;
  bool slides, offset;    // offset: pos is not zero
  float axis[3], pos[3];  // in its node's frame
  float rest;             // qpos of the rest pose, rad or m
  float stiffness, spring_rest;
};

// A lower triangular matrix with a fixed pattern: of each row its columns below the diagonal, then
// the diagonal, one after the other. What elimination from the last row up would fill is part of
// the pattern, and every row's columns are the first ones of what each of its columns has, so that
// a row is subtracted from another entry by entry.
struct LaneRows {
  struct Row {
    int begin, count;  // in columns (count: without the diagonal)
  };
  struct Block {  // rows last, last - 1, ... that are each a column of the one before
    int last, size;
  };
  std::vector<Row> rows;
  std::vector<int> columns;   // those of the diagonal too
  std::vector<Block> blocks;  // from the last row up
  int size() const { return static_cast<int>(columns.size()); }
};

// Between two sites, straight: what moves them apart.
struct LaneStraight {
  int near_begin,
      near_end;            // in LanePaths::moved: degrees of freedom that move the first end alone
  int far_begin, far_end;  // and the second
};
struct LaneMoved {
  int dof, arm;  // arm: which of the muscle's moment arms
};
struct LanePiece {       // of a path: straight, or around a sphere or cylinder
  int node0, node1;      // of its ends
  float at0[3], at1[3];  // in their frames
  int object;            // in LanePaths::objects, -1: none
  int side;              // in LanePaths::sides, -1: none
  LaneStraight direct, onto, off;
};
struct LaneWrapObject {
  int node;
  float rot[9], pos[3];  // in the node's frame
  float radius;
  bool sphere;
};
struct LaneSide {  // where a path passes an object
  float pos[3];    // in the object's frame
  bool inside;     // within it: the path runs along the object's inside
};
struct LaneMuscle {
  int piece_begin, piece_end;
  int arm_begin, arm_end;  // in LanePaths::arm_dofs
  float fixed_length;      // of what never moves, m
  int joint_qpos;          // of a motor, which has no path: where its joint's angle is; -1: none
  float gear;              // of a motor: its length is that times the angle
  MuscleCurves<float> curves;
  MuscleTimes<float> times;
  float excitation_low, excitation_high;
  int act;  // address of its activation
};
struct LanePaths {
  std::vector<LanePiece> pieces;
  std::vector<LaneWrapObject> objects;
  std::vector<LaneSide> sides;
  std::vector<LaneMoved> moved;
  std::vector<int> arm_dofs;
};

// How stiff a constraint is, and how it is approached: MuJoCo's impedance and reference
// acceleration ("Solver parameters" in its documentation).
struct LaneStiffness {
  float least, range;             // impedance at distance 0, and how much it grows up to width
  float inverse_width, midpoint;  // 1/m; share of the width
  float power;                    // 1 or 2
  float damping, stiffness;       // b, 1/s; k, 1/s^2
};
struct LaneCoupling {  // joint follows another by a polynomial, or a constant
  int dof, qpos;
  int other_dof, other_qpos;  // -1: constant
  int entry[2];               // of both in H: in LaneModel::rows, and crossed
  float rest, other_rest;
  float polynomial[5];
  float impedance, weight;  // weight: 1 over the constraint's regularisation
  float damping, stiffness;
};
struct LaneLimit {
  int dof, qpos;
  float low, high, margin, inverse_weight;
  LaneStiffness stiffness;
};
struct LaneHull {  // of a mesh: corners and faces, from the geom's centre, in its node's axes
  struct Face {
    float normal[3];  // outwards
    int begin, end;   // in face_corners, which go around it
  };
  struct Corner {
    float pos[3];
    int begin, end;  // in corner_faces
  };
  std::vector<Corner> corners;
  std::vector<Face> faces;
  std::vector<int> face_corners, corner_faces;
};
inline constexpr int kMostHullContacts = 4;  // with the floor
enum class LaneShape { kSphere, kCapsuleEnd, kEllipsoid, kHull };
struct LaneFloorPoint {  // of a geom that may touch the floor
  LaneShape shape;
  int node, geom;
  float pos[3];           // in the node's frame: centre of the geom, or of a capsule's end
  float radius;           // spheres and capsules; of a hull, of a ball around it
  float axis[3];          // of a capsule
  float rot[9], size[3];  // of an ellipsoid
  int hull;               // in LaneModel::hulls
  float margin, inverse_weight, friction;
  LaneStiffness stiffness;
};
struct LaneLimbPair {  // a capsule, and a capsule or an ellipsoid, that may touch
  int node[2], geom[2];
  float pos[2][3], axis[2][3];  // in the nodes' frames; spheres are capsules of half length 0
  float half[2], radius[2];     // of capsules
  bool ellipsoid;               // the second
  float rot[9], size[3];        // of it
  float margin, inverse_weight, friction;
  bool frictionless;
  int dof_begin, dof_end;  // in pair_dofs: what moves one of them and not the other
  LaneStiffness stiffness;
};
struct LanePairDof {
  int dof;
  float sign;  // +1: moves the second
};
// What encloses a geom: a box or an ellipsoid, thickened by radius, or within its box a hull.
struct LaneBound {
  int node;
  bool ellipsoid;
  int hull;                               // in LaneModel::hulls, -1: none
  float hull_pos[3];                      // where its corners are counted from, in the node's frame
  float pos[3], rot[9], size[3], radius;  // in the node's frame
  float reach;                            // of a ball around it
};
struct LaneBoundedPair {  // geoms that lanes cannot collide, and see apart by their bounds
  int first, second;      // in bounds; second -1: the floor
  float margin;
};
enum class LaneTouchZone { kBox, kSphere, kEllipsoid };
struct LaneTouchSensor {
  int column;  // of sensordata
  int body;    // whose contacts count
  int node;
  LaneTouchZone zone;
  float rot[9], pos[3], size[3];  // in the node's frame
};
struct LaneLimitSensor {  // force of a joint's limit
  int column, limit;      // limit: in LaneModel::limits, -1: the joint has none
};
struct LaneFrameSensor {  // velocity of a point of a node
  int column, node;
  bool angular;
  float pos[3];  // in the node's frame
};

// How muscles are excited: control's laws.
struct LaneControl {
  bool used = false;
  ControlMode mode = ControlMode::kDirect;
  int num_actions = 0;
  float residual_scale = 0.0f;
  LengthLaw<float> length;

  JointLaw<float> joint;
  struct Arm {  // a moment arm that counts in a row of the law
    // arm: which of moment_arm; an address in actuator_moment until LanePhysics knows it. coupling:
    // whose slope it counts with, -1: one.
    int arm, slot, coupling;
  };
  struct Coupling {  // slope of a joint that follows another, see IndependentJoints
    int qpos;
    float rest, coefficient[5];
    int through;  // coupling that the source itself follows, -1: independent
  };
  std::vector<Arm> arms;
  std::vector<Coupling> couplings;
  std::vector<int> row_dof, row_qpos;  // (rows)
  std::vector<int> load_columns;       // of sensordata
};

// Where a block's numbers are, in vectors from its beginning: see LaneBlock.
struct LaneFields {
  static constexpr int kGround = 8;
  // What a step starts from, and leaves.
  int qpos, qvel, act, ctrl, warmstart;
  int applied;                          // (nv) forces on the joints from outside, N m or N
  int origin;                           // 2: where on the floor qpos counts the root from, m
  int unstretched_before;               // (muscles) m, see StretchingMuscle; none if none stretches
  int push_node, push_pos, push_force;  // 1: node, 0 for none; 3, in its frame; 3, N in world axes
  int varied, added_mass, friction;     // 1: not 0 where any is; (nbody) kg; 1: factor
  int gravity;                          // 3, m/s^2
  // Of uneven ground, see Ground: top m, 0 where it is level, then kGround - 1 numbers of it.
  int ground;
  // What it works out, of the state that it started from.
  int rot, pos;                  // (nodes x 9), (nodes x 3)
  int cdof, inertia, composite;  // (nv x 6), (nodes x 10) each: m, m c, I about the origin
  int mass_matrix, hessian, inverse_diagonal;  // rows.size(), crossed.size(), nv
  int cvel, cacc, cforce;                      // (nodes x 6) each
  int bias, qfrc_actuator, qfrc_smooth, qacc;  // (nv) each
  int moment_arm;                              // (arm_dofs)
  int length, velocity, force, act_dot;        // (muscles)
  int unstretched;                             // (muscles) where none stretches: the lengths
  int sensordata;
  int contacts;  // how many
  // Of control, where lanes do it.
  int action;                             // (num_actions) clipped
  int wanted_q, wanted_v, wanted_torque;  // (rows) of the motion that is followed
  int wanted_excitation;                  // (muscles) of that motion, in residual mode
  int capacity;                           // (muscles) share of its active force that each can make
  int multiplier, offset;                 // (rows)
  int row_arm;                            // (values) moment arms in rows
  int effort;                             // 2: sum of the excitations, and of their squares
  int control_work;
  int size;  // of all that
};

struct LaneModel {
  int nq, nv, na, num_muscles, num_sensordata;
  bool stretches;  // any tendon does
  float timestep, gravity[3], floor_height;
  bool has_floor;
  int free_node, free_dof, free_qpos;  // free_node 0: no free joint
  float least_improvement;             // of the solver's cost, below which it stops

  std::vector<LaneNode> nodes;
  std::vector<LaneJoint> joints;
  std::vector<float> damping, armature;  // (nv)
  LaneRows rows;                         // of M and of H while no two limbs touch
  LaneRows crossed;                      // of H while limbs touch
  std::vector<int> not_in_mass;          // entries of rows that are zero in M
  std::vector<int> in_crossed;           // of each entry of rows, where crossed has it
  std::vector<int> only_crossed;         // entries of crossed that rows does not have
  LanePaths paths;
  std::vector<LaneMuscle> muscles;
  std::vector<LaneCoupling> couplings;
  std::vector<LaneLimit> limits;
  std::vector<LaneHull> hulls;
  std::vector<LaneFloorPoint> floor_points;
  int most_floor_contacts;
  std::vector<int> floor_nodes;  // nodes that may touch the floor, and all that they hang on
  std::vector<LaneLimbPair> limb_pairs;
  std::vector<LanePairDof> pair_dofs;
  std::vector<LaneBound> bounds;
  std::vector<LaneBoundedPair> bounded_pairs;
  std::vector<LaneTouchSensor> touch_sensors;
  std::vector<LaneLimitSensor> limit_sensors;
  std::vector<LaneFrameSensor> frame_sensors;
  std::vector<int> geom_body;  // (ngeom)
  // In the node's frame of each body: its centre of mass, and its own frame.
  std::vector<double> body_com, body_pos, body_rot;  // (nbody x 3), (nbody x 3), (nbody x 9)

  std::vector<int> node_of;   // (nbody) the node of each body
  const GroundField* ground;  // null: floors are level
  LaneControl control;
  LaneFields fields;
};

}  // namespace kinesis
