// Forward kinematics without what muscles do not need.
#pragma once

#include <mujoco/mujoco.h>

#include <vector>

namespace kinesis {

// Poses bodies and geoms by mj_kinematics, and of the hundreds of sites along muscles only those
// that a stage of the step reads: most muscle paths need the positions of a few.
class LeanKinematics {
 public:
  // path_sites: sites whose positions muscle paths need.
  LeanKinematics(const mjModel* model, const std::vector<int>& path_sites);

  // In the place of mj_kinematics. Leaves poses of sites that nothing reads as they are, and
  // orientations of those that only muscle paths do.
  void update(const mjModel* model, mjData* data) const;

  // Poses bodies alone.
  static void update_bodies(const mjModel* model, mjData* data);

 private:
  struct Placed {
    int site, body;
    double pos[3];  // in the body's frame
  };

  std::vector<Placed> placed_;
  std::vector<int> posed_;  // sites with an orientation that something reads
};

}  // namespace kinesis
