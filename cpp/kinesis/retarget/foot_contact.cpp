#include "kinesis/retarget/foot_contact.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "kinesis/base/banded_solver.hpp"

namespace kinesis {
namespace {

constexpr double kAnchor = 1e-6;      // keeps the height where no foot stands
constexpr double kAnchorFlat = 1e-9;  // keeps the place, which no foot determines

struct Span {
  int begin, end;
};

std::vector<Span> spans(const Flags& flags, bool value) {
  std::vector<Span> found;
  const int frames = static_cast<int>(flags.size());
  for (int t = 0; t < frames;) {
    int end = t;
    while (end < frames && (flags[end] != 0) == value) {
      ++end;
    }
    if (end > t) {
      found.push_back({t, end});
    }
    t = std::max(end, t + 1);
  }
  return found;
}

double blend(double x) { return x < 1.0 ? x * x * (3.0 - 2.0 * x) : 1.0; }

// Between the contacts that end at from and begin at to, lets the one's displacement go and takes
// up the other's, each within relaxation frames.
void fade(int from, int to, int frames, double relaxation, double* shift) {
  const double width = std::min(relaxation, 0.5 * (to - from));
  for (int t = from + 1; t < to; ++t) {
    for (int k = 0; k < 2; ++k) {
      double value = 0.0;
      if (from >= 0) {
        value += shift[2 * from + k] * (1.0 - blend((t - from) / width));
      }
      if (to < frames) {
        value += shift[2 * to + k] * (1.0 - blend((to - t) / width));
      }
      shift[2 * t + k] = value;
    }
  }
}

// The mean of a path (frames x 3) over a span, of the frames in which companion stands if it is
// given. Tells whether there is such a frame.
bool mean_place(const std::vector<double>& path, const Span& span, const Flags* companion,
                double* place) {
  int count = 0;
  double sum[2] = {0.0, 0.0};
  for (int t = span.begin; t < span.end; ++t) {
    if (companion == nullptr || (*companion)[t]) {
      sum[0] += path[3 * t];
      sum[1] += path[3 * t + 1];
      ++count;
    }
  }
  if (count == 0) {
    return false;
  }
  place[0] = sum[0] / count;
  place[1] = sum[1] / count;
  return true;
}

}  // namespace

Flags detect_contact(const std::vector<double>& height, const std::vector<double>& path,
                     double frame_rate, const ContactSettings& settings,
                     const std::vector<double>& pace) {
  const int frames = static_cast<int>(height.size());
  Flags contact(frames, 0);
  bool standing = false;
  const auto moved = [&](int from, int to) {
    if (from < 0 || to >= frames) {
      return frames > 1 ? std::numeric_limits<double>::infinity() : 0.0;
    }
    double squared = 0.0;
    for (int k = 0; k < 3; ++k) {
      const double by = path[3 * to + k] - path[3 * from + k];
      squared += by * by;
    }
    return std::sqrt(squared) * frame_rate;
  };
  for (int t = 0; t < frames; ++t) {
    // A foot lands when its next step is small, and has stood as long as its last one was.
    const double speed = std::min(moved(t - 1, t), moved(t, t + 1));
    const double factor = pace.empty() ? 1.0 : pace[t];
    const double slow = factor * (standing ? settings.keep_speed : settings.speed);
    const bool near = height[t] < settings.height && speed < slow;
    standing = near || (height[t] < settings.still_height && speed < settings.still_speed);
    contact[t] = standing;
  }
  const int shortest = static_cast<int>(std::lround(settings.shortest * frame_rate));
  for (const bool value : {false, true}) {
    for (const Span& span : spans(contact, value)) {
      const bool inside = span.begin > 0 && span.end < frames;
      if (inside && span.end - span.begin < shortest) {
        std::fill(contact.begin() + span.begin, contact.begin() + span.end, !value);
      }
    }
  }
  return contact;
}

std::vector<double> hold_in_place(const std::vector<double>& path, const Flags& companion,
                                  double longest, double relaxation, Flags* contact) {
  const int frames = static_cast<int>(contact->size());
  std::vector<double> shift(2 * frames, 0.0);
  int held_until = -1;  // the last frame of the contact before
  for (const Span& whole : spans(*contact, true)) {
    Span span = whole;
    double place[2] = {0.0, 0.0};
    const auto away = [&](int t) {
      return std::hypot(path[3 * t] - place[0], path[3 * t + 1] - place[1]);
    };
    for (;;) {
      if (!mean_place(path, span, &companion, place)) {
        mean_place(path, span, nullptr, place);
      }
      double furthest = 0.0;
      for (int t = span.begin; t < span.end; ++t) {
        furthest = std::max(furthest, away(t));
      }
      if (furthest <= longest) {
        break;
      }
      const int dropped = away(span.begin) > away(span.end - 1) ? span.begin++ : --span.end;
      (*contact)[dropped] = 0;
    }
    if (2 * (span.end - span.begin) < whole.end - whole.begin) {
      std::fill(contact->begin() + whole.begin, contact->begin() + whole.end, 0);
      continue;
    }
    for (int t = span.begin; t < span.end; ++t) {
      for (int k = 0; k < 2; ++k) {
        shift[2 * t + k] = place[k] - path[3 * t + k];
      }
    }
    fade(held_until, span.begin, frames, relaxation, shift.data());
    held_until = span.end - 1;
  }
  fade(held_until, frames, frames, relaxation, shift.data());
  return shift;
}

std::vector<double> root_shift(const std::vector<std::vector<double>>& paths,
                               const std::vector<std::vector<double>>& heights,
                               const std::vector<Flags>& contacts, double frame_rate,
                               double smoothness) {
  const int frames = static_cast<int>(contacts[0].size());
  // A bending weight of (2 sin(pi f / rate))^-4 halves what lies at frequency f of a plain fit.
  const double wave = 2.0 * std::sin(std::numbers::pi * std::min(0.45, smoothness / frame_rate));
  const double step = 2.0 * std::sin(std::numbers::pi * std::min(0.45, 1.0 / frame_rate));
  BandedSolver across(frames), up(frames);
  std::vector<double> shift(3 * frames, 0.0);
  const double difference[2] = {-1.0, 1.0};
  const double one = 1.0;
  for (std::size_t part = 0; part < contacts.size(); ++part) {
    const Flags& contact = contacts[part];
    for (int t = 0; t < frames; ++t) {
      if (!contact[t]) {
        continue;
      }
      up.add_square(t, &one, 1, 1.0);
      shift[3 * t + 2] -= heights[part][t];
      if (t + 1 < frames && contact[t + 1]) {
        across.add_square(t, difference, 2, 1.0);
        for (int k = 0; k < 2; ++k) {
          const double slid = paths[part][3 * (t + 1) + k] - paths[part][3 * t + k];
          shift[3 * t + k] += slid;
          shift[3 * (t + 1) + k] -= slid;
        }
      }
    }
  }
  for (int t = 0; t < frames; ++t) {
    up.add_square(t, &one, 1, kAnchor);
    across.add_square(t, &one, 1, kAnchorFlat * step * step);
  }
  up.add_bending(1.0 / (wave * wave * wave * wave));
  across.add_bending(1.0 / (wave * wave));
  up.factorise();
  across.factorise();
  across.solve(shift.data(), 3);
  across.solve(shift.data() + 1, 3);
  up.solve(shift.data() + 2, 3);
  return shift;
}

}  // namespace kinesis
