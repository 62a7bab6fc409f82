// The stages of one physics step, each of which needs those before it.
#pragma once

#include "kinesis/lanes/kernel/workspace.hpp"

namespace kinesis::lanes {

// Control and the muscles' condition: ctrl and effort.
void excite_muscles(const LaneModel& model, Workspace& w, int substeps_left);
// Moment arms in the rows of the joint law, dependent joints counted in: row_arm.
void keep_arms(const LaneModel& model, Workspace& w);

// Poses of the nodes, and how each degree of freedom moves what hangs on it: rot, pos, cdof.
// Normalises the root's quaternion.
void pose(const LaneModel& model, Workspace& w);

// Spatial inertias of the nodes and the joint-space inertia matrix M, by composite rigid bodies
// (Featherstone 2008, ch. 6): inertia, composite, mass_matrix.
void weigh(const LaneModel& model, Workspace& w);

// Velocities of the nodes, and the forces that gravity and motion ask for, by recursive
// Newton-Euler (Featherstone 2008, ch. 5), pushes taken off: cvel, cacc, cforce, bias.
void balance(const LaneModel& model, Workspace& w);

// Lengths, velocities and moment arms of the muscles.
void run_paths(const LaneModel& model, Workspace& w);

// Forces of the muscles, how activations change, and what acts on the joints without constraints:
// force, act_dot, qfrc_actuator, qfrc_smooth.
void pull_muscles(const LaneModel& model, Workspace& w);

// Contacts with the floor and of limbs; marks lanes that have others.
void touch(const LaneModel& model, Workspace& w);

// Limits that are reached, and joint couplings.
void constrain(const LaneModel& model, Workspace& w);

// Accelerations, by Newton's method on MuJoCo's primal cost ("Constraint solver" in its
// documentation): qacc. Marks lanes that take more steps than kMostIterations, or diverge.
void solve(const LaneModel& model, Workspace& w);

// Velocities of frames, and what the soles carry.
void sense(const LaneModel& model, Workspace& w);

// One semi-implicit Euler step, damping implicit; keeps the accelerations for the next solve.
void integrate(const LaneModel& model, Workspace& w);

// L' D L in place of a matrix with this pattern, and 1 / D; then x = (that matrix)^-1 x.
void factor(const LaneRows& rows, Floats* matrix, Floats* inverse_diagonal);
void substitute(const LaneRows& rows, const Floats* factor, const Floats* inverse_diagonal,
                Floats* x);
// y = matrix x, of a symmetric matrix whose lower rows these are.
void multiply(const LaneRows& rows, const Floats* matrix, const Floats* x, Floats* y);

}  // namespace kinesis::lanes
