#include "kinesis/engine/shown_conditions.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "kinesis/base/small_vector.hpp"
#include "kinesis/body/heading_frame.hpp"

namespace kinesis {
namespace {

constexpr const char *kSlope = "slope", *kGround = "ground";

// Where the ground is seen: m ahead of the root, and to the left.
constexpr double kAhead[] = {-0.2, 0.0, 0.2, 0.4, 0.6, 0.8, 1.0}, kAside[] = {0.12, -0.12};
constexpr int kPlaces = 14;

}  // namespace

ShownConditions::ShownConditions(const std::vector<std::string>& names, const Layout& known,
                                 int root, const std::array<double, 3>& forward)
    : root_(root), forward_(forward) {
  for (const std::string& name : names) {
    const auto& slices = known.slices();
    const auto found = std::find_if(slices.begin(), slices.end(),
                                    [&](const NamedSlice& slice) { return slice.name == name; });
    if (found == slices.end()) {
      throw std::invalid_argument(name + " is no condition that bodies are in with this physics");
    }
    const int kept = found->end - found->begin;
    layout_.append(name, name == kSlope ? 3 : name == kGround ? kPlaces : kept);
  }
}

void ShownConditions::find(const Layout& kept) {
  for (const NamedSlice& part : layout_.slices()) {
    const int begin = kept.find(part.name);
    kept_.push_back({part.name, begin, begin + part.end - part.begin});
  }
}

float* ShownConditions::write(const mjData* data, const BodyVariation* varied, const double* kept,
                              float* out) const {
  for (const NamedSlice& part : kept_) {
    if (part.name == kSlope) {
      out = slope(data, varied, out);
    } else if (part.name == kGround) {
      out = ground(data, varied, out);
    } else {
      out = std::copy(kept + part.begin, kept + part.end, out);
    }
  }
  return out;
}

float* ShownConditions::slope(const mjData* data, const BodyVariation* varied, float* out) const {
  double up[3] = {0.0, 0.0, 1.0};
  if (varied != nullptr) {
    varied->up(up);
  }
  HeadingFrame(data->xmat + 9 * root_).to_local(up, out);
  return out + 3;
}

float* ShownConditions::ground(const mjData* data, const BodyVariation* varied, float* out) const {
  if (varied == nullptr || !varied->ground.uneven()) {
    return std::fill_n(out, kPlaces, 0.0f);
  }
  const mjtNum* at = data->xpos + 3 * root_;
  const double here = varied->ground.around(at[0], at[1]);
  double forward[3];
  rotate3(data->xmat + 9 * root_, forward_.data(), forward);
  const double level = std::max(1e-9, std::hypot(forward[0], forward[1]));
  for (const double ahead : kAhead) {
    for (const double aside : kAside) {
      const double x = at[0] + (ahead * forward[0] - aside * forward[1]) / level;
      const double y = at[1] + (ahead * forward[1] + aside * forward[0]) / level;
      *out++ = static_cast<float>(varied->ground.height(x, y) - here);
    }
  }
  return out;
}

}  // namespace kinesis
