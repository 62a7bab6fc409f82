// What muscles cost: metabolic power by Bhargava et al. 2004 (J. Biomech. 37:81).
#pragma once

#include <mujoco/mujoco.h>

#include <vector>

namespace kinesis {

// What a model's muscles are made of, (muscles) each.
struct FibreTissue {
  std::vector<double> mass;            // kg
  std::vector<double> slow;            // share of slow-twitch fibres
  std::vector<double> optimal_length;  // m
  std::vector<double> shift;           // m: length less this is the fibres', of rigid tendons
  std::vector<bool> stretches;         // its tendon does
};

// Activation, maintenance, shortening and lengthening heat, and the work of shortening, as
// kinesis_fast.analysis.energetics.bhargava has them. Negative work is not given back; the heat is
// not less than 1 W a kg of muscle. Of muscles whose tendons stretch, which do not tell how fast
// their fibres are, activation and maintenance heat alone.
class MetabolicPower {
 public:
  // Throws std::invalid_argument unless there is an entry for each of the model's muscles.
  MetabolicPower(const mjModel* model, FibreTissue tissue);

  // W, of all muscles together, by lengths, velocities, forces, excitations and activations that
  // data holds.
  double operator()(const mjModel* model, const mjData* data) const;

 private:
  double of_muscle(const mjModel* model, const mjData* data, int muscle) const;

  FibreTissue tissue_;
};

}  // namespace kinesis
