// What a policy is told of the condition that its body is in.
#pragma once

#include <mujoco/mujoco.h>

#include <array>
#include <string>
#include <vector>

#include "kinesis/base/layout.hpp"
#include "kinesis/physics/variation.hpp"

namespace kinesis {

// Columns of the condition that environments keep, but of the slope which way is up, and of uneven
// ground how much higher it is about and ahead than under the root. Stateless after find.
class ShownConditions {
 public:
  // names: in the order in which they are observed. known: columns that there are. root: body;
  // forward: which way it faces, in its own axes. Throws std::invalid_argument for another name.
  ShownConditions(const std::vector<std::string>& names, const Layout& known, int root,
                  const std::array<double, 3>& forward);

  const Layout& layout() const { return layout_; }
  // Where an environment's row has the columns.
  void find(const Layout& kept);
  // varied: what is different about the body; null: nothing. Returns what is behind what it wrote.
  float* write(const mjData* data, const BodyVariation* varied, const double* kept,
               float* out) const;

 private:
  float* slope(const mjData* data, const BodyVariation* varied, float* out) const;
  float* ground(const mjData* data, const BodyVariation* varied, float* out) const;

  Layout layout_;
  std::vector<NamedSlice> kept_;  // of an environment's row
  int root_;
  std::array<double, 3> forward_;
};

}  // namespace kinesis
