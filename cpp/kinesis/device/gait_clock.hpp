// Where in its stride a foot is, as a device on a leg knows it: by when the foot was set down.
#pragma once

namespace kinesis {

// What is kept of one foot, a row of numbers. Strides are known from the second strike on.
struct GaitClock {
  double since_strike;  // s, of the foot's last strike
  double stride;        // s from the strike before to that; 0: not known yet
  double stands;        // 1: the foot is loaded, 0: it is not
  double since_change;  // s, of when that changed

  static constexpr double kLoaded = 50.0, kUnloaded = 20.0;  // N, between which nothing changes
  static constexpr double kBounce = 0.1;                    // s, within which nothing changes again
  static constexpr double kShortest = 0.4, kLongest = 2.5;  // s, of what counts as a stride

  // An episode begins: nothing is known, a foot that is loaded stands.
  void begin(double load) { *this = {0.0, 0.0, load > kLoaded ? 1.0 : 0.0, kBounce}; }

  // A physics step of so many s was taken, with so many N under the foot.
  void tick(double load, double seconds) {
    since_strike += seconds;
    since_change += seconds;
    const bool changes = stands > 0.0 ? load < kUnloaded : load > kLoaded;
    if (!changes || since_change < kBounce) {
      return;
    }
    stands = stands > 0.0 ? 0.0 : 1.0;
    since_change = 0.0;
    if (stands > 0.0) {
      const bool walks = since_strike >= kShortest && since_strike <= kLongest;
      stride = walks ? since_strike : 0.0;
      since_strike = 0.0;
    }
  }

  // Share of the stride that has passed; negative: it is not known, or longer ago than a stride.
  double phase() const {
    return stride > 0.0 && since_strike < stride ? since_strike / stride : -1.0;
  }
};

}  // namespace kinesis
