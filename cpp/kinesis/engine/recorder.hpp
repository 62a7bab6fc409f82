// What happens inside a control step, for those who want to see it.
#pragma once

#include <mujoco/mujoco.h>

#include <string>
#include <vector>

#include "kinesis/base/layout.hpp"

namespace kinesis {

// Is called after every physics step of every environment, by the thread that runs it.
class SubstepRecorder {
 public:
  virtual ~SubstepRecorder() = default;
  virtual void record(const mjModel* model, const mjData* data, int env, int substep) = 0;
};

// Keeps chosen fields of mjData, and ground_force (3 numbers a body, N: what the world's contacts
// exert on it), of the last control step's physics steps, (num_envs x substeps x
// columns().size()). An environment that waits for a reset keeps what it had.
class FieldRecorder final : public SubstepRecorder {
 public:
  // Throws std::invalid_argument for a field that is not among known_fields().
  FieldRecorder(const mjModel* model, const std::vector<std::string>& fields, int num_envs,
                int substeps);

  static std::vector<std::string> known_fields();

  // A field a slice, rows of matrices after each other.
  const Layout& columns() const { return columns_; }
  int num_envs() const { return num_envs_; }
  int substeps() const { return substeps_; }
  double* values() { return values_.data(); }

  void record(const mjModel* model, const mjData* data, int env, int substep) override;

 private:
  std::vector<int> fields_;  // in the table of known fields
  Layout columns_;
  int num_envs_, substeps_;
  std::vector<double> values_;
};

}  // namespace kinesis
