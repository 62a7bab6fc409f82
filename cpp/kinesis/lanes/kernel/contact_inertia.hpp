// What contacts with the floor add to the solver's Hessian.
#pragma once

#include "kinesis/lanes/kernel/workspace.hpp"

namespace kinesis::lanes {

// A symmetric form of a spatial motion (ang, lin): what contacts' pushing rows make of it.
struct ContactInertia {
  Floats aa[6];   // xx yy zz xy xz yz
  Vector3 al[3];  // rows
  Floats ll[6];

  void clear() {
    for (int i = 0; i < 6; ++i) {
      aa[i] = ll[i] = 0.0f;
    }
    al[0] = al[1] = al[2] = zero3();
  }
  void add(const ContactInertia& other) {
    for (int i = 0; i < 6; ++i) {
      aa[i] += other.aa[i];
      ll[i] += other.ll[i];
    }
    for (int i = 0; i < 3; ++i) {
      al[i] += other.al[i];
    }
  }
  void add(const FloorContact& c) {
    Floats edge[4];
    for (int e = 0; e < 4; ++e) {
      edge[e] = where(c.active[e], c.weight);
    }
    const Floats tt = edge[0] + edge[1], uu = edge[2] + edge[3];
    const Floats nt = edge[0] - edge[1], nu = edge[2] - edge[3];
    const Floats xx = c.tx * c.tx * tt + c.ty * c.ty * uu, yy = c.ty * c.ty * tt + c.tx * c.tx * uu;
    const Floats xy = c.tx * c.ty * (tt - uu), zz = tt + uu;
    const Floats xz = c.tx * nt - c.ty * nu, yz = c.ty * nt + c.tx * nu;
    const Vector3 column[3] = {Vector3(xx, xy, xz), Vector3(xy, yy, yz), Vector3(xz, yz, zz)};
    Vector3 arm[3];  // columns of [at]x times the linear part
    for (int i = 0; i < 3; ++i) {
      arm[i] = cross(c.at, column[i]);
    }
    for (int i = 0; i < 3; ++i) {
      for (int k = 0; k < 3; ++k) {
        al[i][k] += arm[k][i];
      }
    }
    // [at]x times the linear part times its transpose: rows are at x (rows of the above).
    const Vector3 row0 = cross(c.at, Vector3(arm[0][0], arm[1][0], arm[2][0]));
    const Vector3 row1 = cross(c.at, Vector3(arm[0][1], arm[1][1], arm[2][1]));
    const Vector3 row2 = cross(c.at, Vector3(arm[0][2], arm[1][2], arm[2][2]));
    aa[0] += row0[0];
    aa[1] += row1[1];
    aa[2] += row2[2];
    aa[3] += row0[1];
    aa[4] += row0[2];
    aa[5] += row1[2];
    ll[0] += xx;
    ll[1] += yy;
    ll[2] += zz;
    ll[3] += xy;
    ll[4] += xz;
    ll[5] += yz;
  }
  Spatial operator*(const Spatial& s) const {
    const Vector3 &a = s.ang, &l = s.lin;
    Spatial out;
    out.ang = Vector3(aa[0] * a[0] + aa[3] * a[1] + aa[4] * a[2] + dot(al[0], l),
                      aa[3] * a[0] + aa[1] * a[1] + aa[5] * a[2] + dot(al[1], l),
                      aa[4] * a[0] + aa[5] * a[1] + aa[2] * a[2] + dot(al[2], l));
    out.lin = Vector3(ll[0] * l[0] + ll[3] * l[1] + ll[4] * l[2],
                      ll[3] * l[0] + ll[1] * l[1] + ll[5] * l[2],
                      ll[4] * l[0] + ll[5] * l[1] + ll[2] * l[2]) +
              al[0] * a[0] + al[1] * a[1] + al[2] * a[2];
    return out;
  }
};

static_assert(sizeof(ContactInertia) == 21 * sizeof(Floats));

}  // namespace kinesis::lanes
