// What of an environment is neither the body's nor the task's: where its episode is.
#pragma once

#include <cstdint>

#include "kinesis/motion/reference.hpp"

namespace kinesis {

struct Episode {
  Moment start;                   // where it began
  Moment now;                     // where the reference is read at this control step
  std::int32_t control_step = 0;  // since the start
  std::uint64_t number = 0;       // episodes begun before the next one since seeding
  bool ended = false;             // waits for a reset: steps leave it as it is
  bool counted = false;           // such an end is in the statistics already
};

}  // namespace kinesis
