#include "kinesis/task/task.hpp"

namespace kinesis {

void Task::begin(const Body&, EpisodeRandom&, Moment*, double*) const {}

void Task::substep(const Body&, const Substep&, double*) const {}

void Task::advance(const Clock& clock, const double*, Moment* now) const {
  *now = {clock.start.clip, clock.start.time + clock.control_step * clock.control_timestep};
}

void Task::plan(const Body&, const Clock&, Moment*, double*) const {}

void Task::prefetch(const Moment&, const double*) const {}

}  // namespace kinesis
