// How activation follows excitation.
#pragma once

#include <mujoco/mujoco.h>

#include <algorithm>

namespace kinesis {

// The excitation that takes a muscle's activation to wanted within timestep, s, by MuJoCo's muscle
// dynamics (Millard et al. 2013, eq. 1: time constants grow and fall with the activation; dynprm:
// those of activation and deactivation, s), clipped to [0, 1].
inline double excitation_towards(double wanted, double activation, double timestep,
                                 const mjtNum* dynprm) {
  const double held = std::clamp(activation, 0.0, 1.0);
  const double growth = 0.5 + 1.5 * held;
  const double constant = wanted > activation ? dynprm[0] * growth : dynprm[1] / growth;
  return std::clamp(activation + (wanted - activation) * constant / timestep, 0.0, 1.0);
}

}  // namespace kinesis
