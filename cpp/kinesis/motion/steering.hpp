// How a commanded velocity, facing or place is taken up: by critically damped springs.
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>

namespace kinesis {

// Where to go and which way to face, in the world.
struct Command {
  double velocity[2];              // m/s; with a target, its norm is the most
  double facing;                   // rad, yaw
  const double* target = nullptr;  // (2) m, a place to come to; null: none
  double arrival_time = 0.0;       // s, of the spring that comes to it
};

// Springs step by their closed solution: with y = 1 / time, for a velocity v with goal g and
// acceleration a,
//
//   v(t) = g + ((v - g) + (a + y (v - g)) t) exp(-y t),
//
// its integral for the path, and the same for the angle of facing with its rate.

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

// Place after t seconds, one axis, without a jump of the acceleration:
//
//   x(t) = (x + (v + y x) t + (a + 2 y v + y^2 x) t^2 / 2) exp(-y t),
//
// x the offset from its goal: all three poles in one.
inline void follow_place(double rate, double t, double* offset, double* v, double* a) {
  const double c0 = *offset;
  const double c1 = *v + rate * c0;
  const double c2 = 0.5 * (*a + 2.0 * rate * *v + rate * rate * c0);
  const double decay = std::exp(-rate * t);
  const double value = c0 + (c1 + c2 * t) * t;
  const double slope = c1 + 2.0 * c2 * t;
  *offset = decay * value;
  *v = decay * (slope - rate * value);
  *a = decay * (2.0 * c2 - 2.0 * rate * slope + rate * rate * value);
}

// Angle after t seconds; offset: from its goal.
inline void follow_angle(double rate, double t, double* offset, double* turn_rate) {
  const double j1 = *turn_rate + *offset * rate;
  const double decay = std::exp(-rate * t);
  *offset = decay * (*offset + j1 * t);
  *turn_rate = decay * (*turn_rate - j1 * rate * t);
}

struct Springs {
  double velocity_time = 0.5;  // s, of the spring that takes up a velocity
  double facing_time = 0.6;    // s, and a facing
  double top_turn_rate = 1.2;  // rad/s, fastest turn that is asked for
};

// What is on its way to a command: the springs' state.
struct Steering {
  double place[2];         // m
  double velocity[2];      // m/s
  double acceleration[2];  // m/s^2
  double facing;           // rad
  double turn_rate;        // rad/s

  // Goes on for t seconds, of which a spring's time holds several. A body that faces another way
  // (faces, rad) than commanded turns first: the way counts by the cosine of the difference. Goals
  // that are far are taken to be ahead by as much as leads to the highest speed or turn rate: what
  // follows a goal that stays ahead by d goes by d / (3 time), and turns by d / (2 time).
  void advance(const Command& command, const Springs& springs, double faces, double t) {
    const double share = std::max(0.0, std::cos(command.facing - faces));
    if (command.target == nullptr) {
      for (int axis = 0; axis < 2; ++axis) {
        double way;
        follow_velocity(1.0 / springs.velocity_time, t, share * command.velocity[axis],
                        velocity + axis, acceleration + axis, &way);
        place[axis] += way;
      }
    } else {
      const double to[2] = {command.target[0] - place[0], command.target[1] - place[1]};
      const double most =
          3.0 * command.arrival_time * std::hypot(command.velocity[0], command.velocity[1]);
      const double far = std::hypot(to[0], to[1]);
      const double part = share * (far > most ? most / far : 1.0);
      for (int axis = 0; axis < 2; ++axis) {
        double offset = -part * to[axis];
        follow_place(1.0 / command.arrival_time, t, &offset, velocity + axis, acceleration + axis);
        place[axis] += part * to[axis] + offset;
      }
    }
    const double most = 2.0 * springs.facing_time * springs.top_turn_rate;
    const double off =
        std::clamp(std::remainder(facing - command.facing, 2.0 * std::numbers::pi), -most, most);
    double offset = off;
    follow_angle(1.0 / springs.facing_time, t, &offset, &turn_rate);
    facing += offset - off;
  }
};

}  // namespace kinesis
