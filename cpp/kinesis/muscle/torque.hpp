// What joint torques a model's muscles make.
#pragma once

#include <mujoco/mujoco.h>

#include <vector>

#include "kinesis/body/independent_joints.hpp"
#include "kinesis/muscle/effort_solver.hpp"
#include "kinesis/muscle/force.hpp"

namespace kinesis {

// Moment arms and torques of all muscles, as sparse columns over the rows of IndependentJoints:
// column i has its values in rows row()[start()[i]] to row()[start()[i + 1] - 1], ascending.
//
// Which joints a muscle crosses is planned once: those that move some of the bodies that its path
// touches and not all of them.
class MuscleTorque {
 public:
  // Borrows joints. Throws std::invalid_argument for muscles that pull on something other than a
  // joint or a tendon.
  MuscleTorque(const mjModel* model, const IndependentJoints* joints);

  const std::vector<int>& start() const { return pattern_.start; }
  const std::vector<int>& row() const { return pattern_.row; }
  int values() const { return pattern_.values(); }

  // Moment arms (values()), m, that data holds, counted in rows at data->qpos. slope: scratch
  // (num_couplings).
  void read_arms(const mjData* data, double* slope, double* arm) const;

  // Torques a unit of activation (values()), N m, at these lengths and velocities (nu), and the
  // torques (rows) of the muscles' passive forces.
  void evaluate(const double* length, const double* velocity, const double* arm, double* value,
                double* passive) const;

  // The same of muscles whose force is gain times activation plus bias (nu each).
  void spread(const double* gain, const double* bias, const double* arm, double* value,
              double* passive) const;

  struct Moment {  // one entry of actuator_moment that counts
    int address;
    int slot;      // in values
    int coupling;  // whose slope it counts with, -1: one
  };
  const std::vector<Moment>& moments() const { return moments_; }

 private:
  const IndependentJoints* joints_;
  MuscleForce force_;
  EffortPattern pattern_;
  std::vector<Moment> moments_;
};

}  // namespace kinesis
