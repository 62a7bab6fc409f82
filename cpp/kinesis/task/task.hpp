// What an environment is for: what the policy sees of its task, how it is paid, when it has lost.
#pragma once

#include <mujoco/mujoco.h>

#include <string>
#include <vector>

#include "kinesis/base/episode_random.hpp"
#include "kinesis/base/layout.hpp"
#include "kinesis/body/heading_frame.hpp"
#include "kinesis/motion/reference.hpp"

namespace kinesis {

// The body of one environment, as MuJoCo holds it. data is lent for the length of a call; scratch
// memory may be taken from its stack (mj_markStack, mj_stackAllocNum, mj_freeStack).
struct Body {
  const mjModel* model;
  mjData* data;
  Rise rise = kLevel;   // of the floor
  double ground = 0.0;  // m, how high the ground about the root is over the level floor
  // (muscles) share of its active force that each can make; null: not told.
  const double* capacity = nullptr;
};

// How far an episode has come.
struct Clock {
  Moment start;             // where it began
  int control_step;         // since then
  double control_timestep;  // s
};

// One physics step of a control step.
struct Substep {
  int index;
  int count;                 // of the control step
  double effort, effort_sq;  // sums of the muscles' excitations, and of their squares
};

// A number that a step reports beside the reward: an unweighted term of it, or a measure.
struct Figure {
  std::string name;
  bool is_reward_term;
};

// What came of a control step.
struct Outcome {
  double reward = 0.0;
  bool terminated = false;  // lost
  bool truncated = false;   // over, and not lost: the clip or the task has ended
};

// One task for every environment of an engine: immutable after construction, shared by threads.
//
// What it knows of one environment (a goal, a sum over substeps) lies in that environment's kept
// columns, which it declares; from Python they can be read and written by name, and they are saved
// with the environment's state. The engine zeroes them before begin.
//
// The engine calls, in this order: begin once an episode, with the body posed at the start; then
// each control step, for every physics step control, physics and substep; advance; judge; plan; and
// observe, with the moment that the next control step leads to.
class Task {
 public:
  virtual ~Task() = default;

  // What is followed: where episodes start, and what joint control and the muscle prior read.
  virtual const Reference& reference() const = 0;

  // Columns of the task's part of the observation, after the body's own.
  virtual const Layout& observation() const = 0;
  // Columns that are kept an environment, the reference's plan first. Names must differ from those
  // that control keeps.
  virtual const Layout& kept() const = 0;
  // What judge writes, in order.
  virtual const std::vector<Figure>& figures() const = 0;

  // An episode begins. now: its start, which the task may move. kept (kept().size()).
  virtual void begin(const Body& body, EpisodeRandom& random, Moment* now, double* kept) const;

  // A physics step is about to be taken; data->ctrl holds the excitations that it is taken with,
  // data's positions, velocities and activations the state before it.
  virtual void substep(const Body& body, const Substep& step, double* kept) const;
  // Whether substep reads the body; without that, many bodies are stepped faster.
  virtual bool substep_reads_body() const { return true; }

  // Moves now on to control step clock.control_step: by default, the clip plays at its own pace.
  // Also asked what would come, so it changes nothing else.
  virtual void advance(const Clock& clock, const double* kept, Moment* now) const;

  // May change what is to come, and where now is read: after judge, before observe.
  virtual void plan(const Body& body, const Clock& clock, Moment* now, double* kept) const;

  // Asks for memory that judge and observe will read at a later moment. May do nothing.
  virtual void prefetch(const Moment& later, const double* kept) const;

  // Writes the task's part of the observation. next: one control step ahead. out
  // (observation().size()).
  virtual void observe(const Body& body, const Moment& next, const double* kept,
                       float* out) const = 0;

  // Reward and end of the control step that led to now. figures (figures().size()).
  virtual Outcome judge(const Body& body, const Moment& now, double* kept,
                        double* figures) const = 0;
};

}  // namespace kinesis
