// The constraint forces: Newton's method on MuJoCo's cost, all lanes at once.
#include "kinesis/lanes/kernel/newton.hpp"
#include "kinesis/lanes/kernel/stages.hpp"

namespace kinesis::lanes {

constexpr int kMostIterations = 30;

void solve(const LaneModel& model, Workspace& w) {
  const LaneRows& rows = w.num_limb_contacts > 0 ? model.crossed : model.rows;
  begin_rows(model, w);
  Mask done = w.redo;  // nobody waits for those
  for (w.iterations = 0; w.iterations < kMostIterations && !drjit::all(done); ++w.iterations) {
    find_gradient(model, w);
    find_hessian(model, rows, w);
    factor(rows, w.hessian, w.inverse_diagonal);
    for (int i = 0; i < model.nv; ++i) {
      w.direction[i] = -w.gradient[i];
    }
    substitute(rows, w.hessian, w.inverse_diagonal, w.direction);
    Floats slope(0.0f);
    for (int i = 0; i < model.nv; ++i) {
      slope += w.gradient[i] * w.direction[i];
    }
    const Parabola smooth = look_along(model, w);
    const Line line = search_line(model, w, smooth, slope, done);
    take_step(model, w, where(!done, line.step));
    const Floats improvement = -0.5f * line.step * slope;
    done |= (!line.changed) | (improvement < model.least_improvement);
  }
  w.redo |= !done;
}

}  // namespace kinesis::lanes
