// Masses, friction and slope of one body, against a model that has them.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "../engine/small_body.hpp"
#include "kinesis/physics/physics_step.hpp"
#include "kinesis/physics/variation.hpp"

using namespace kinesis;

namespace {

using Data = std::unique_ptr<mjData, decltype(&mj_deleteData)>;

Data standing(const mjModel* model) {
  Data data(mj_makeData(model), mj_deleteData);
  data->qpos[2] = 0.24;
  data->qpos[7] = 0.4;
  data->qvel[0] = 0.7;
  data->qvel[6] = -1.0;
  return data;
}

}  // namespace

TEST_CASE("a body moves as one of a model with its mass, friction and gravity") {
  const Model model = small_body::load();
  const int bodies = model.get()->nbody;
  std::vector<double> columns(BodyVariation::columns(bodies), 0.0);
  columns[1] = 0.7;
  columns[2] = 1.3;
  columns[bodies] = 0.25;
  columns[bodies + 1] = 0.15;   // the floor rises ahead,
  columns[bodies + 2] = -0.05;  // and falls to the left
  const BodyVariation varied = BodyVariation::of(columns.data(), bodies, nullptr);
  REQUIRE(varied.any(bodies));

  const std::unique_ptr<mjModel, decltype(&mj_deleteModel)> other(
      mj_copyModel(nullptr, model.get()), mj_deleteModel);
  other->body_mass[1] += 0.7;
  other->body_mass[2] += 1.3;
  const double size = std::sqrt(1.0 + 0.15 * 0.15 + 0.05 * 0.05), g = other->opt.gravity[2];
  other->opt.gravity[0] = 0.15 * g / size;
  other->opt.gravity[1] = -0.05 * g / size;
  other->opt.gravity[2] = g / size;
  for (int geom = 0; geom < other->ngeom; ++geom) {
    other->geom_friction[3 * geom] *= 0.25;
  }
  const PhysicsStep step(model.get(), Physics::kFused);
  REQUIRE(step.physics() == Physics::kFused);
  const Data ours = standing(model.get()), theirs = standing(model.get());
  int contacts = 0;
  for (int i = 0; i < 200; ++i) {
    step.step(model.get(), ours.get(), &varied);
    mj_step(other.get(), theirs.get());
    contacts += ours->ncon;
    CHECK(ours->ncon == theirs->ncon);
    for (int q = 0; q < model.get()->nq; ++q) {
      CHECK(ours->qpos[q] == doctest::Approx(theirs->qpos[q]).epsilon(1e-7));
    }
  }
  CHECK(contacts > 50);
}

TEST_CASE("a body on higher ground moves as one that is lower over the floor") {
  const Model model = small_body::load();
  const int bodies = model.get()->nbody;
  const GroundField field(2, 2, {1.0, 1.0, 1.0, 1.0}, 1.0);
  std::vector<double> columns(BodyVariation::columns(bodies), 0.0);
  double* ground = columns.data() + bodies + 3;
  columns[bodies] = 1.0;
  ground[0] = 0.03;
  ground[4] = 50.0;  // where it would be level
  const BodyVariation varied = BodyVariation::of(columns.data(), bodies, &field);
  REQUIRE(varied.any(bodies));

  const PhysicsStep step(model.get(), Physics::kFused);
  const Data ours = standing(model.get()), theirs = standing(model.get());
  theirs->qpos[2] -= 0.03;
  int contacts = 0;
  for (int i = 0; i < 200; ++i) {
    step.step(model.get(), ours.get(), &varied);
    mj_step(model.get(), theirs.get());
    contacts += ours->ncon;
    CHECK(ours->ncon == theirs->ncon);
    for (int q = 0; q < model.get()->nq; ++q) {
      const double lower = q == 2 ? 0.03 : 0.0;
      CHECK(ours->qpos[q] == doctest::Approx(theirs->qpos[q] + lower).epsilon(1e-7));
    }
  }
  CHECK(contacts > 50);
}

TEST_CASE("contacts are with the ground under them") {
  const Model model = small_body::load();
  const int bodies = model.get()->nbody;
  const GroundField field(2, 2, {0.0, 0.0, 1.0, 1.0}, 100.0);  // rises by 0.01 a m along
  std::vector<double> columns(BodyVariation::columns(bodies), 0.0);
  double* ground = columns.data() + bodies + 3;
  columns[bodies] = 1.0;
  ground[0] = 0.5;
  ground[4] = -40.0;
  const BodyVariation varied = BodyVariation::of(columns.data(), bodies, &field);
  const PhysicsStep step(model.get(), Physics::kFused);
  const Data on_ground = standing(model.get()), on_floor = standing(model.get());
  for (const Data* data : {&on_ground, &on_floor}) {
    (*data)->qpos[2] = 0.1;  // in the floor
  }
  step.forward(model.get(), on_ground.get(), &varied);
  step.forward(model.get(), on_floor.get(), nullptr);
  REQUIRE(on_floor->ncon > 0);
  REQUIRE(on_ground->ncon >= on_floor->ncon);
  int found = 0;
  for (int i = 0; i < on_floor->ncon; ++i) {
    for (int k = 0; k < on_ground->ncon; ++k) {
      const mjContact &flat = on_floor->contact[i], &high = on_ground->contact[k];
      if (flat.geom[1] == high.geom[1] && std::fabs(flat.pos[0] - high.pos[0]) < 1e-9 &&
          std::fabs(flat.pos[1] - high.pos[1]) < 1e-9) {
        const double height = 0.5 * 0.01 * (flat.pos[0] + 40.0);
        CHECK(high.dist == doctest::Approx(flat.dist - height));
        CHECK(high.pos[2] == doctest::Approx(flat.pos[2] + 0.5 * height));
        CHECK(high.exclude == 0);
        ++found;
      }
    }
  }
  CHECK(found == on_floor->ncon);
}

TEST_CASE("what anyone writes is a mass and a friction, or none") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> columns = {0.0, -1.0, nan, -2.0, nan, 0.0, nan, 0.0, 0.0, 0.0, 0.0, 0.0};
  const BodyVariation varied = BodyVariation::of(columns.data(), 3, nullptr);
  CHECK_FALSE(varied.any(3));
  CHECK(varied.slip() == 1.0);
  columns[3] = std::numeric_limits<double>::infinity();
  CHECK(varied.slip() == BodyVariation::kMostFriction);
  columns[5] = -7.0;
  CHECK(varied.tilted());
  CHECK(varied.rise(1) == -BodyVariation::kMostSlope);
}
