// Reward terms that any task can be paid with. A new one is a file of task/terms/, which adds
// itself by name:
//
//   double quiet(const Body& body, const Reference&, const Moment&) { return ...; }
//   const bool added = RewardTerm::add("quiet", &quiet);
//
// and counts where a configuration gives it a weight, as added_rewards.quiet=2.
#pragma once

#include <string>
#include <vector>

#include "kinesis/task/task.hpp"

namespace kinesis {

struct RewardTerm {
  // What a body is paid after a control step, at the moment that it led to. It may read qpos, qvel,
  // act, ctrl, the bodies' xpos, xquat and xmat, and sensordata; other fields are those of another
  // body. Called by several threads at once.
  using Function = double (*)(const Body& body, const Reference& followed, const Moment& now);

  std::string name;
  Function value;

  // All there are, in the order of their names.
  static const std::vector<RewardTerm>& all();
  // Adds one before main. Throws std::logic_error where its name is taken.
  static bool add(const char* name, Function value);
};

}  // namespace kinesis
