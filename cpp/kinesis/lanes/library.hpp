// Which set of instructions the lanes use on this processor.
#pragma once

#include <string>
#include <vector>

#include "kinesis/lanes/kernel.hpp"

namespace kinesis {

// One set of instructions that lanes are compiled for.
struct LaneLibrary {
  std::string name;  // "avx512", "avx2", "baseline"
  int width;         // bodies a vector
  bool runs_here;    // the processor has the instructions
  std::string file;  // beside the library or program that this is part of
};

// All that this build has, the widest first; none where the compiler has no vectors for us.
const std::vector<LaneLibrary>& lane_libraries();

// The kernel of the widest library that runs here, or of the one whose name or width the
// environment variable KINESIS_FAST_LANES gives ("avx2", "8"). It is loaded once and stays.
// Throws std::runtime_error, with the remedy, where that is unknown, does not run here or cannot be
// loaded.
const LaneKernel& lane_kernel();
// Its library.
const LaneLibrary& lane_library();

}  // namespace kinesis
