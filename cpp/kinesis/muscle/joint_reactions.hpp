// What bones press on each other with at the joints.
#pragma once

#include <mujoco/mujoco.h>

namespace kinesis {

// The force on each body at its joint to its parent (nbody x 3), N, in the body's axes: what its
// own and its descendants' motion asks for, less weight, forces from outside and the pull of
// muscles from elsewhere. It has what joint surfaces and ligaments carry, as OpenSim's
// JointReaction has (Steele et al., "Compressive tibiofemoral force during crouch gait", Gait
// Posture 35, 2012).
//
// By mj_rnePostConstraint, which lets tendons pull where their paths bend.
//
// data: with positions, velocities, accelerations (qacc), forces of the muscles (actuator_force)
// and from outside (xfrc_applied); contacts and constraints are not looked for. Fills what depends
// on these.
void joint_reactions(const mjModel* model, mjData* data, double* out);

}  // namespace kinesis
