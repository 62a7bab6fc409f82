// A task made of nothing but the public interface: it takes a file, and the engine stays as it is.
#include <doctest/doctest.h>

#include <cmath>
#include <memory>
#include <vector>

#include "kinesis/task/task.hpp"
#include "small_body.hpp"

using namespace kinesis;
using namespace small_body;

namespace {

// Stay under a height that is drawn at the start and may be set from outside. The clip is played
// at half its pace.
class Hover final : public Task {
 public:
  explicit Hover(const Reference* reference) : reference_(reference) {
    observation_.append("height_error", 1);
    kept_.append("height", 1);
    kept_.append("substeps", 1);
    figures_ = {{"near", true}, {"height", false}, {"substeps", false}};
  }

  const Reference& reference() const override { return *reference_; }
  const Layout& observation() const override { return observation_; }
  const Layout& kept() const override { return kept_; }
  const std::vector<Figure>& figures() const override { return figures_; }

  void begin(const Body&, EpisodeRandom& random, Moment*, double* kept) const override {
    kept[0] = 0.4 + 0.2 * random.uniform();
  }
  void substep(const Body&, const Substep&, double* kept) const override { kept[1] += 1.0; }
  void advance(const Clock& clock, const double*, Moment* now) const override {
    *now = {clock.start.clip, clock.start.time + 0.5 * clock.control_step * clock.control_timestep};
  }
  void observe(const Body& body, const Moment&, const double* kept, float* out) const override {
    *out = static_cast<float>(kept[0] - body.data->xpos[5]);
  }
  Outcome judge(const Body& body, const Moment& now, double* kept, double* figures) const override {
    const double off = kept[0] - body.data->xpos[5];
    figures[0] = std::exp(-off * off);
    figures[1] = body.data->xpos[5];
    figures[2] = kept[1];
    return {.reward = figures[0], .terminated = off > 0.3, .truncated = now.time > 0.5};
  }

 private:
  const Reference* reference_;
  Layout observation_, kept_;
  std::vector<Figure> figures_;
};

}  // namespace

TEST_CASE("a new task steps in the engine, with its own observation, kept columns and figures") {
  const Model model = load();
  const Motions motions;
  const MotionTable table = motions.table();
  constexpr int kEnvs = 5;
  std::vector<std::vector<float>> results;
  for (const int threads : {1, 2}) {
    BatchEngine engine(model.get(), table, std::make_shared<Hover>(&table),
                       configure(kEnvs, threads));
    only_the_calm_clip(engine);
    engine.reset(nullptr, nullptr, nullptr);

    const NamedSlice& seen = engine.observation_layout().slices().back();
    CHECK(seen.name == "height_error");
    CHECK(seen.end == engine.obs_dim());
    const int goal = engine.task_columns();
    CHECK(engine.kept().find("height") == goal);
    double* heights[kEnvs];
    for (int env = 0; env < kEnvs; ++env) {
      heights[env] = engine.kept_row(env) + goal;
      CHECK(*heights[env] >= 0.4);
      CHECK(*heights[env] < 0.6);
    }
    *heights[1] = 0.5;  // a goal set from outside

    const std::vector<float> actions(kEnvs, 1.0f);
    engine.step(actions.data());
    const std::vector<float>& figures = engine.buffers().figures;
    REQUIRE(figures.size() == 3 * kEnvs);
    const double height = figures[kEnvs + 1];
    CHECK(engine.buffers().reward[1] ==
          doctest::Approx(std::exp(-(0.5 - height) * (0.5 - height))).epsilon(1e-6));
    CHECK(engine.buffers().obs[2 * engine.obs_dim() - 1] ==
          doctest::Approx(0.5 - height).epsilon(1e-5));
    CHECK(figures[2 * kEnvs] == 5.0f);
    const Episode& episode = engine.episode(1);
    CHECK(episode.now.time ==
          doctest::Approx(episode.start.time + 0.5 * engine.control_timestep()));

    for (int step = 0; step < 60; ++step) {
      engine.step(actions.data());
    }
    CHECK(engine.statistics().episodes[0] > 0);
    results.push_back(engine.buffers().obs);
  }
  CHECK(results[0] == results[1]);
}
