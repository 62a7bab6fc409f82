// The bodies of one vector, as everything that is not a lane sees them.
#pragma once

#include <mujoco/mujoco.h>

#include <memory>
#include <vector>

#include "kinesis/lanes/kernel.hpp"
#include "kinesis/lanes/model.hpp"
#include "kinesis/physics/physics_step.hpp"

namespace kinesis {

// A model and the kernel that steps it. Immutable; shared by threads.
class LanePhysics {
 public:
  // Throws std::runtime_error where no kernel can be loaded. Nothing of the model must be beyond
  // the lanes.
  // ground: borrowed; may be null.
  explicit LanePhysics(const mjModel* model, LaneControl control = {},
                       const GroundField* ground = nullptr);

  const LaneModel& model() const { return model_; }
  const LaneFields& fields() const { return model_.fields; }
  const LaneKernel& kernel() const { return *kernel_; }
  // Of each moment arm, its address in actuator_moment.
  const std::vector<int>& moment_address() const { return moment_address_; }
  // (neq) equality constraints that are active from the beginning.
  const std::vector<mjtBool>& eq_active() const { return eq_active_; }
  int width() const { return kernel_->width; }

 private:
  LaneModel model_;
  const LaneKernel* kernel_;
  std::vector<int> moment_address_;
  std::vector<mjtBool> eq_active_;
};

// Memory of one block. Not to be used by two threads at once.
//
// The root's place on the floor is kept here in double precision, and counted by the lanes from
// where it was when a body was loaded.
class LaneBlock {
 public:
  explicit LaneBlock(const LanePhysics* physics);

  int width() const { return width_; }
  unsigned all() const { return ~0u >> (32 - width_); }  // a bit a lane
  // So many numbers of a field (an offset of LaneFields) of one lane.
  void read(int field, int count, int lane, double* out) const;
  void write(int field, int count, int lane, const double* values);
  float* at(int field, int lane) {
    return numbers_ + static_cast<std::size_t>(field) * width_ + lane;
  }
  const float* at(int field, int lane) const {
    return numbers_ + static_cast<std::size_t>(field) * width_ + lane;
  }

  // Sets a lane to the state (positions, velocities, activations, excitations, forces on joints,
  // which couplings are active, what the solver starts from) that data holds.
  void load(int lane, const mjData* data);
  void load_excitations(int lane, const mjData* data);
  // Writes the state back.
  void store(int lane, mjData* data) const;
  // The state that the last step started from, excitations left out.
  void store_before(int lane, mjData* data) const;
  // Writes what the last step worked out of its muscles and sensors: actuator_length,
  // actuator_velocity, actuator_force and sensordata; with arms, actuator_moment.
  void show(int lane, const mjModel* model, mjData* data, bool arms) const;
  // From now on, a force (3), N in world axes, at the centre of mass of a body; -1: no push.
  void push(int lane, int body, const double* force);
  // Share of its force that every muscle of a lane can make; null: all of it.
  void set_capacity(int lane, const double* capacity);
  // From now on, what is different about a body; null: nothing.
  void vary(int lane, const BodyVariation* varied);
  // Sets lane to what another holds: lanes that nobody needs must hold some body.
  void copy(int from, int to);

  // Excitations of the next step, and what control keeps of the last: see LaneKernel.
  void excite(int substeps_left);
  void keep();

  // The poses of all bodies now (xpos, xmat, xquat), of every lane in turn after one call of pose.
  void pose();
  void show_bodies(int lane, const mjModel* model, mjData* data) const;

  // All that a step works out of the present state of the lanes in live, without taking it: what
  // show and keep read.
  void forward(unsigned live, const PhysicsStep& exact, const mjModel* model, mjData* data);
  // One physics step of the lanes in live, a bit each. What they cannot step is stepped by exact,
  // with data as its scratch memory, from the same state. No field of lanes that are not live means
  // anything afterwards.
  struct Stepped {
    unsigned again;  // lanes that exact stepped
    unsigned lost;   // of those, lanes whose state MuJoCo found bad
  };
  Stepped step(unsigned live, const PhysicsStep& exact, const mjModel* model, mjData* data);
  int iterations() const { return iterations_; }  // of the slowest lane at the last step

 private:
  void read_from(const float* numbers, int field, int count, int lane, double* out) const;
  void store_from(const float* numbers, int lane, mjData* data) const;
  // Sets a lane's gravity: the model's, aslant on a slope.
  void pull(int lane, const BodyVariation* varied);
  // Sets what a lane's feet stand on.
  void lay_ground(int lane, const BodyVariation* varied);
  // What exact is to know of a lane that it steps; null: nothing.
  const BodyVariation* variation(int lane, BodyVariation* view) const;
  // Sets a lane to the state that data holds, and to what the step that led to it worked out.
  void take_over(int lane, const mjData* data);

  struct Free {
    void operator()(void* memory) const;
  };

  const LanePhysics* physics_;
  int width_;
  int num_state_;  // vectors that are the state
  std::unique_ptr<void, Free> memory_;
  float* numbers_;
  std::vector<float> before_;       // (num_state x width)
  std::vector<double> origin_;      // (width x 2) of the root, m
  std::vector<int> push_body_;      // (width)
  std::vector<double> variation_;   // (width x columns) of lanes that are varied
  std::vector<mjtBool> eq_active_;  // (width x num_couplings) as loaded
  unsigned uncoupled_ = 0;          // lanes with others active than the model's
  unsigned varied_ = 0;             // lanes of which something is different
  unsigned whole_ = 0;              // lanes whose muscles can make all of their force
  int iterations_ = 0;
};

}  // namespace kinesis
