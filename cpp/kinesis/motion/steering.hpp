// How a commanded velocity and facing are taken up: by critically damped springs.
#pragma once

#include <cmath>

namespace kinesis {

// Where to go and which way to face, in the world.
struct Command {
  double velocity[2];              // m/s
  double facing;                   // rad, yaw
  const double* target = nullptr;  // (2) m, a place to come to; null: none
};

// What is on its way to the command. Steps and looks ahead by the springs' closed solution, with
// y = 1 / time: for a velocity v with goal g and acceleration a,
//
//   v(t) = g + ((v - g) + (a + y (v - g)) t) exp(-y t),
//
// its integral for the path, and the same for the angle of facing with its rate.
struct Steering {
  double velocity[2];
  double acceleration[2];
  double facing;
  double turn_rate;
};

// Planar velocity after t seconds, and the way covered until then, one axis.
inline void follow_velocity(double rate, double t, double goal, double* v, double* a, double* way) {
  const double j0 = *v - goal;
  const double j1 = *a + j0 * rate;
  const double decay = std::exp(-rate * t);
  *way = decay * (-j1 / (rate * rate) - (j0 + j1 * t) / rate) + j1 / (rate * rate) + j0 / rate +
         goal * t;
  *v = decay * (j0 + j1 * t) + goal;
  *a = decay * (*a - j1 * rate * t);
}

// Facing after t seconds, the shorter way round.
inline void follow_angle(double rate, double t, double goal, double* angle, double* turn_rate) {
  const double j0 = std::remainder(*angle - goal, 2.0 * M_PI);
  const double j1 = *turn_rate + j0 * rate;
  const double decay = std::exp(-rate * t);
  *angle = goal + decay * (j0 + j1 * t);
  *turn_rate = decay * (*turn_rate - j1 * rate * t);
}

}  // namespace kinesis
