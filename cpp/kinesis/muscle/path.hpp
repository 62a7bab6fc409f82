// Lengths and Jacobians of muscle paths, in the place of mj_tendon.
#pragma once

#include <mujoco/mujoco.h>

#include <vector>

namespace kinesis {

// Fills ten_length and ten_J of a model whose tendons run through sites, around spheres and
// cylinders, and over pulleys.
//
// A straight piece of a path from p on one body to q on another, along the unit vector u, changes
// its length by u . (velocity of q - velocity of p). Degrees of freedom that move both bodies
// cancel, so that only those on the way between the bodies in the tree count: each by
// (v + w x r) . u = v . u + w . (r x u), with (w, v) its cdof and r the end from the subtree's
// centre of mass. Which these are, and where in ten_J they go, is planned once.
class MusclePath {
 public:
  explicit MusclePath(const mjModel* model);

  // Whether every tendon of the model is such a path: otherwise mj_tendon has to be called.
  bool covers_model() const { return covers_model_; }

  // Sites whose positions the paths need. Those of neighbours on one body, between which nothing
  // ever moves, are not among them.
  std::vector<int> sites() const;

  // Needs positions of bodies, sites and geoms, cdof and subtree_com (mj_kinematics, mj_comPos).
  // Leaves the fields that only drawing reads (ten_wrapadr, wrap_xpos, ...) as they are.
  void update(const mjModel* model, mjData* data) const;

 private:
  struct Moved {  // a degree of freedom, and where in ten_J it counts
    int dof;
    int entry;
  };
  struct Pull {      // degrees of freedom on one side of a straight piece
    int begin, end;  // in moved_
    int root;        // body whose subtree's centre of mass cdof is relative to
  };
  struct Straight {  // between two bodies
    Pull near, far;
  };
  struct Piece {  // of a path: from site to site, straight or around a geom
    int from, to;
    int geom, side;  // -1: none
    Straight direct;
    Straight onto, off;  // to the geom, and from it
  };
  struct Stretch {  // pieces between two pulleys
    int tendon;
    int begin, end;  // in pieces_
    double inverse_divisor;
    double fixed;  // length of the pieces from site to site of one body, divided
  };

  Straight plan(const mjModel* model, int tendon, int body0, int body1);
  static double pull(const mjData* data, const Straight& straight, const std::vector<Moved>& moved,
                     const double* p, const double* q, double scale, double* jacobian);

  bool covers_model_;
  std::vector<Moved> moved_;
  std::vector<Piece> pieces_;
  std::vector<Stretch> stretches_;
};

}  // namespace kinesis
