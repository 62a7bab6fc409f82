#include "kinesis/task/reward_term.hpp"

#include <algorithm>
#include <stdexcept>

namespace kinesis {
namespace {

std::vector<RewardTerm>& terms() {
  static std::vector<RewardTerm> found;
  return found;
}

}  // namespace

const std::vector<RewardTerm>& RewardTerm::all() { return terms(); }

bool RewardTerm::add(const char* name, Function value) {
  std::vector<RewardTerm>& found = terms();
  const auto after = [](const RewardTerm& term, const std::string& other) {
    return term.name < other;
  };
  const auto place = std::lower_bound(found.begin(), found.end(), name, after);
  if (place != found.end() && place->name == name) {
    throw std::logic_error("reward term " + std::string(name) + " is there already");
  }
  found.insert(place, {name, value});
  return true;
}

}  // namespace kinesis
