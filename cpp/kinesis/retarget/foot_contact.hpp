// When a foot stands on the floor, and what has to move so that it stays in place there.
#pragma once

#include <cstdint>
#include <vector>

namespace kinesis {

// What counts as standing on the floor.
struct ContactSettings {
  double height = 0.030;        // m, lowest sole point over the floor below which it may stand
  double speed = 0.5;           // m/s, of the point held in place, below which it may stand
  double keep_speed = 0.7;      // m/s, up to which a contact that has begun lasts
  double still_height = 0.035;  // m, below which what hardly moves stands too: it does not hover
  double still_speed = 0.2;     // m/s, below which a point hardly moves
  double shortest = 0.05;       // s; shorter contacts are dropped, shorter gaps are closed
};

using Flags = std::vector<std::uint8_t>;

// Frames in which one part of a foot (heel or toes) stands.
//
// height (frames): m over the floor. path (frames x 3): world positions, m, of the part's point.
// pace (frames): factor of the speeds, over 1 where the body runs; empty: 1.
Flags detect_contact(const std::vector<double>& height, const std::vector<double>& path,
                     double frame_rate, const ContactSettings& settings,
                     const std::vector<double>& pace = {});

// Displacement (frames x 2), m, that holds a point at one place during each contact.
//
// The place is the point's mean over the frames of the contact in which companion stands too, or
// over the whole contact where it never does: so the heel's and the toes' places fit one foot.
// After a contact the displacement fades within relaxation frames, as it grows before one. Where
// the point wanders further than longest (m) from its place it does not stand: a contact is
// shortened at its ends until that is so, and dropped where less than half of it is left.
std::vector<double> hold_in_place(const std::vector<double>& path, const Flags& companion,
                                  double longest, double relaxation, Flags* contact);

// A smooth shift (frames x 3), m, of the whole body that brings the standing parts to rest and
// onto the floor.
//
// paths, heights, contacts: of all parts of all feet. smoothness: Hz below which the shift follows
// the feet; the cost is the squared slide and height of the standing parts and the shift's bending.
std::vector<double> root_shift(const std::vector<std::vector<double>>& paths,
                               const std::vector<std::vector<double>>& heights,
                               const std::vector<Flags>& contacts, double frame_rate,
                               double smoothness);

}  // namespace kinesis
