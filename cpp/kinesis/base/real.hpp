// What formulas are written with that are worked out for one body in double precision and for many
// at once in the lanes' vectors of floats: one source, a template on the number.
//
// A comparison gives a mask: bool, or one a lane. Nothing branches on a lane: any and none ask
// whether a branch is worth taking, select and where choose. Of vectors these names are those of
// their library, found by the argument's type.
#pragma once

#include <cmath>
#include <utility>

namespace kinesis {

template <class Real>
using MaskOf = decltype(std::declval<Real>() < std::declval<Real>());

// The number that a Real is made of: constants of formulas are of this type.
template <class Real>
struct ScalarOfImpl {
  using Type = typename Real::Value;
};
template <>
struct ScalarOfImpl<double> {
  using Type = double;
};
template <class Real>
using ScalarOf = typename ScalarOfImpl<Real>::Type;

inline bool any(bool mask) { return mask; }
inline bool none(bool mask) { return !mask; }
inline bool all(bool mask) { return mask; }
inline double select(bool mask, double a, double b) { return mask ? a : b; }
inline bool select(bool mask, bool a, bool b) { return mask ? a : b; }
using std::abs;
using std::exp;
using std::log;
using std::sqrt;

// x where mask, else 0.
template <class Real, class Mask>
Real where(const Mask& mask, const Real& x) {
  return select(mask, x, Real(0));
}
template <class Real>
Real larger(const Real& a, const std::type_identity_t<Real>& b) {
  return select(a < b, b, a);
}
template <class Real>
Real smaller(const Real& a, const std::type_identity_t<Real>& b) {
  return select(b < a, b, a);
}
template <class Real>
Real clamped(const Real& x, const std::type_identity_t<Real>& low,
             const std::type_identity_t<Real>& high) {
  return smaller(larger(x, low), high);
}

}  // namespace kinesis
