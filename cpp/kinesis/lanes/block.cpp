#include "kinesis/lanes/block.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "kinesis/lanes/build.hpp"
#include "kinesis/lanes/library.hpp"
#include "kinesis/physics/bad_state.hpp"

namespace kinesis {

LanePhysics::LanePhysics(const mjModel* model, LaneControl control, const GroundField* ground)
    : model_(make_lane_model(model, std::move(control), ground)),
      kernel_(&lane_kernel()),
      eq_active_(model->eq_active0, model->eq_active0 + model->neq) {
  const std::unique_ptr<mjData, decltype(&mj_deleteData)> data(mj_makeData(model), mj_deleteData);
  mj_forward(model, data.get());
  for (int i = 0; i < model_.num_muscles; ++i) {
    // MuJoCo's row has all that may move the muscle, in the same order.
    int address = data->moment_rowadr[i];
    for (int arm = model_.muscles[i].arm_begin; arm < model_.muscles[i].arm_end; ++arm) {
      while (data->moment_colind[address] != model_.paths.arm_dofs[arm]) {
        ++address;
      }
      moment_address_.push_back(address);
    }
  }
  std::vector<LaneControl::Arm>& arms = model_.control.arms;
  for (LaneControl::Arm& one : arms) {
    const auto& known = moment_address_;
    const auto at = std::find(known.begin(), known.end(), one.arm);
    one.arm = at == known.end() ? -1 : static_cast<int>(at - known.begin());
  }
  std::erase_if(arms, [](const auto& one) { return one.arm < 0; });  // those are always zero
}

void LaneBlock::Free::operator()(void* memory) const {
  ::operator delete(memory, std::align_val_t(64));
}

LaneBlock::LaneBlock(const LanePhysics* physics)
    : physics_(physics),
      width_(physics->width()),
      num_state_(physics->model().fields.push_node),
      before_(static_cast<std::size_t>(num_state_) * width_),
      origin_(2 * static_cast<std::size_t>(width_)),
      push_body_(width_, -1),
      variation_(static_cast<std::size_t>(width_) *
                 BodyVariation::columns(static_cast<int>(physics->model().node_of.size()))),
      eq_active_(width_ * physics->eq_active().size()) {
  const std::size_t bytes = physics->kernel().bytes(physics->model());
  memory_.reset(::operator new(bytes, std::align_val_t(64)));
  std::memset(memory_.get(), 0, bytes);
  numbers_ = static_cast<float*>(memory_.get());
  for (int lane = 0; lane < width_; ++lane) {
    pull(lane, nullptr);
  }
}

void LaneBlock::read(int field, int count, int lane, double* out) const {
  read_from(numbers_, field, count, lane, out);
}

void LaneBlock::read_from(const float* numbers, int field, int count, int lane, double* out) const {
  const float* from = numbers + static_cast<std::size_t>(field) * width_ + lane;
  for (int i = 0; i < count; ++i) {
    out[i] = from[static_cast<std::size_t>(i) * width_];
  }
}

void LaneBlock::write(int field, int count, int lane, const double* values) {
  float* to = at(field, lane);
  for (int i = 0; i < count; ++i) {
    to[static_cast<std::size_t>(i) * width_] = static_cast<float>(values[i]);
  }
}

void LaneBlock::load(int lane, const mjData* data) {
  const LaneModel& m = physics_->model();
  const LaneFields& f = m.fields;
  write(f.qpos, m.nq, lane, data->qpos);
  write(f.qvel, m.nv, lane, data->qvel);
  write(f.act, m.na, lane, data->act);
  write(f.ctrl, m.num_muscles, lane, data->ctrl);
  write(f.warmstart, m.nv, lane, data->qacc_warmstart);
  write(f.applied, m.nv, lane, data->qfrc_applied);
  write(f.unstretched_before, m.stretches ? m.num_muscles : 0, lane, data->userdata);
  const std::vector<mjtBool>& usual = physics_->eq_active();
  std::copy_n(data->eq_active, usual.size(), eq_active_.begin() + lane * usual.size());
  const bool coupled = std::equal(usual.begin(), usual.end(), data->eq_active);
  uncoupled_ = (uncoupled_ & ~(1u << lane)) | (coupled ? 0u : 1u << lane);
  if (m.free_node > 0) {
    for (int axis = 0; axis < 2; ++axis) {
      origin_[2 * lane + axis] = data->qpos[m.free_qpos + axis];
      *at(f.qpos + m.free_qpos + axis, lane) = 0.0f;
      *at(f.origin + axis, lane) = static_cast<float>(origin_[2 * lane + axis]);
    }
  }
}

void LaneBlock::store_from(const float* numbers, int lane, mjData* data) const {
  const LaneModel& m = physics_->model();
  const LaneFields& f = m.fields;
  read_from(numbers, f.qpos, m.nq, lane, data->qpos);
  read_from(numbers, f.qvel, m.nv, lane, data->qvel);
  read_from(numbers, f.act, m.na, lane, data->act);
  read_from(numbers, f.warmstart, m.nv, lane, data->qacc_warmstart);
  read_from(numbers, f.applied, m.nv, lane, data->qfrc_applied);
  read_from(numbers, f.unstretched_before, m.stretches ? m.num_muscles : 0, lane, data->userdata);
  const std::size_t couplings = physics_->eq_active().size();
  std::copy_n(eq_active_.begin() + lane * couplings, couplings, data->eq_active);
  if (m.free_node > 0) {
    data->qpos[m.free_qpos] += origin_[2 * lane];
    data->qpos[m.free_qpos + 1] += origin_[2 * lane + 1];
  }
}

void LaneBlock::load_excitations(int lane, const mjData* data) {
  write(physics_->model().fields.ctrl, physics_->model().num_muscles, lane, data->ctrl);
}

void LaneBlock::store(int lane, mjData* data) const {
  store_from(numbers_, lane, data);
  read(physics_->model().fields.ctrl, physics_->model().num_muscles, lane, data->ctrl);
}

void LaneBlock::store_before(int lane, mjData* data) const {
  store_from(before_.data(), lane, data);
}

void LaneBlock::show(int lane, const mjModel* model, mjData* data, bool arms) const {
  const LaneModel& m = physics_->model();
  const LaneFields& f = m.fields;
  read(f.length, m.num_muscles, lane, data->actuator_length);
  read(f.velocity, m.num_muscles, lane, data->actuator_velocity);
  read(f.force, m.num_muscles, lane, data->actuator_force);
  if (m.stretches) {
    read(f.unstretched, m.num_muscles, lane, data->userdata + m.num_muscles);
  }
  read(f.sensordata, m.num_sensordata, lane, data->sensordata);
  if (!arms) {
    return;
  }
  std::fill_n(data->actuator_moment, model->nJmom, 0.0);
  for (std::size_t i = 0; i < physics_->moment_address().size(); ++i) {
    data->actuator_moment[physics_->moment_address()[i]] =
        *at(f.moment_arm + static_cast<int>(i), lane);
  }
}

void LaneBlock::copy(int from, int to) {
  const LaneModel& m = physics_->model();
  const auto take = [&](int begin, int end) {
    for (int i = begin; i < end; ++i) {
      *at(i, to) = *at(i, from);
    }
  };
  take(0, num_state_);
  take(m.fields.length, m.fields.force);
  if (m.control.used) {
    take(m.fields.action, m.fields.control_work);
    whole_ = (whole_ & ~(1u << to)) | ((whole_ >> from & 1u) << to);
  }
  push(to, -1, nullptr);
  vary(to, nullptr);
  std::copy_n(&origin_[2 * from], 2, &origin_[2 * to]);
  uncoupled_ &= ~(1u << to);
}

void LaneBlock::excite(int substeps_left) {
  physics_->kernel().excite(physics_->model(), memory_.get(), substeps_left);
}

void LaneBlock::keep() { physics_->kernel().keep(physics_->model(), memory_.get()); }

void LaneBlock::pose() { physics_->kernel().pose(physics_->model(), memory_.get()); }

void LaneBlock::show_bodies(int lane, const mjModel* model, mjData* data) const {
  const LaneModel& m = physics_->model();
  double origin[3] = {0.0, 0.0, 0.0};
  if (m.free_node > 0) {
    read(m.fields.qpos + m.free_qpos, 3, lane, origin);
    origin[0] += origin_[2 * lane];
    origin[1] += origin_[2 * lane + 1];
  }
  for (int body = 1; body < model->nbody; ++body) {
    const int node = m.node_of[body];
    double rot[9], pos[3];
    mjtNum *xpos = data->xpos + 3 * body, *xmat = data->xmat + 9 * body;
    if (node == 0) {  // does not move
      mju_copy3(xpos, m.body_pos.data() + 3 * body);
      mju_copy(xmat, m.body_rot.data() + 9 * body, 9);
    } else {
      read(m.fields.rot + 9 * node, 9, lane, rot);
      read(m.fields.pos + 3 * node, 3, lane, pos);
      mju_mulMatVec3(xpos, rot, m.body_pos.data() + 3 * body);
      for (int i = 0; i < 3; ++i) {
        xpos[i] += pos[i] + origin[i];
      }
      mju_mulMatMat(xmat, rot, m.body_rot.data() + 9 * body, 3, 3, 3);
    }
    mju_mat2Quat(data->xquat + 4 * body, xmat);
  }
}

void LaneBlock::forward(unsigned live, const PhysicsStep& exact, const mjModel* model,
                        mjData* data) {
  const unsigned again = live & (uncoupled_ | physics_->kernel().forward(
                                                  physics_->model(), memory_.get(), &iterations_));
  for (int lane = 0; lane < width_; ++lane) {
    if ((again >> lane & 1u) != 0) {
      store(lane, data);
      BodyVariation view;
      exact.forward(model, data, variation(lane, &view));
      take_over(lane, data);
    }
  }
}

LaneBlock::Stepped LaneBlock::step(unsigned live, const PhysicsStep& exact, const mjModel* model,
                                   mjData* data) {
  const LaneModel& m = physics_->model();
  std::copy_n(numbers_, before_.size(), before_.data());
  const unsigned again =
      live & (uncoupled_ | physics_->kernel().step(physics_->model(), memory_.get(), &iterations_));
  unsigned lost = 0;
  for (int lane = 0; lane < width_; ++lane) {
    if ((again >> lane & 1u) == 0) {
      continue;
    }
    store_from(before_.data(), lane, data);
    read_from(before_.data(), m.fields.ctrl, m.num_muscles, lane, data->ctrl);
    mju_zero(data->xfrc_applied, 6 * model->nbody);
    const int pushed = push_body_[lane];
    if (pushed >= 0) {
      read(m.fields.push_force, 3, lane, data->xfrc_applied + 6 * pushed);
    }
    prime_warnings(data);
    BodyVariation view;
    exact.step(model, data, variation(lane, &view));
    lost |= raised_warning(data) ? 1u << lane : 0u;
    if (pushed >= 0) {
      mju_zero(data->xfrc_applied + 6 * pushed, 6);
    }
    take_over(lane, data);
  }
  return {again, lost};
}

void LaneBlock::push(int lane, int body, const double* force) {
  const LaneModel& m = physics_->model();
  push_body_[lane] = body;
  *at(m.fields.push_node, lane) = body < 0 ? 0.0f : static_cast<float>(m.node_of[body]);
  if (body >= 0) {
    write(m.fields.push_pos, 3, lane, m.body_com.data() + 3 * body);
    write(m.fields.push_force, 3, lane, force);
  }
}

void LaneBlock::set_capacity(int lane, const double* capacity) {
  if (capacity == nullptr && (whole_ >> lane & 1u) != 0) {
    return;
  }
  whole_ = (whole_ & ~(1u << lane)) | (capacity == nullptr ? 1u << lane : 0u);
  const LaneModel& m = physics_->model();
  for (int i = 0; i < m.num_muscles; ++i) {
    *at(m.fields.capacity + i, lane) = capacity == nullptr ? 1.0f : static_cast<float>(capacity[i]);
  }
}

void LaneBlock::pull(int lane, const BodyVariation* varied) {
  const float* usual = physics_->model().gravity;
  double gravity[3] = {usual[0], usual[1], usual[2]};
  if (varied != nullptr && varied->tilted()) {
    varied->up(gravity);
    mju_scl3(gravity, gravity, usual[2]);
  }
  write(physics_->model().fields.gravity, 3, lane, gravity);
}

void LaneBlock::lay_ground(int lane, const BodyVariation* varied) {
  const Ground ground = varied == nullptr ? Ground{} : varied->ground;
  const double numbers[LaneFields::kGround] = {ground.top(), ground.scale, ground.cosine,
                                               ground.sine,  ground.along, ground.across,
                                               ground.x,     ground.y};
  write(physics_->model().fields.ground, LaneFields::kGround, lane, numbers);
}

void LaneBlock::vary(int lane, const BodyVariation* varied) {
  const LaneFields& f = physics_->model().fields;
  const int bodies = static_cast<int>(physics_->model().node_of.size());
  const bool any = varied != nullptr && varied->any(bodies);
  if (!any && (varied_ >> lane & 1u) == 0) {
    return;
  }
  varied_ = (varied_ & ~(1u << lane)) | (any ? 1u << lane : 0u);
  double* kept =
      variation_.data() + static_cast<std::size_t>(lane) * BodyVariation::columns(bodies);
  for (int body = 0; body < bodies; ++body) {
    kept[body] = any && body > 0 ? varied->mass(body) : 0.0;
  }
  kept[bodies] = any ? varied->slip() : 1.0;
  for (int axis = 0; axis < 2; ++axis) {
    kept[bodies + 1 + axis] = any ? varied->rise(axis) : 0.0;
  }
  for (int i = 0; i < Ground::kColumns; ++i) {
    kept[bodies + 3 + i] = any ? varied->slope[2 + i] : 0.0;
  }
  pull(lane, any ? varied : nullptr);
  lay_ground(lane, any ? varied : nullptr);
  *at(f.varied, lane) = any ? 1.0f : 0.0f;
  write(f.added_mass, bodies, lane, kept);
  for (int other = 0; other < width_; ++other) {  // memory is zero until somebody is varied
    if ((varied_ >> other & 1u) == 0) {
      *at(f.friction, other) = 1.0f;
    }
  }
  *at(f.friction, lane) = static_cast<float>(std::max(kept[bodies], mjMINMU));
}

const BodyVariation* LaneBlock::variation(int lane, BodyVariation* view) const {
  if ((varied_ >> lane & 1u) == 0) {
    return nullptr;
  }
  const int bodies = static_cast<int>(physics_->model().node_of.size());
  *view = BodyVariation::of(
      variation_.data() + static_cast<std::size_t>(lane) * BodyVariation::columns(bodies), bodies,
      physics_->model().ground);
  return view;
}

void LaneBlock::take_over(int lane, const mjData* data) {
  const LaneModel& m = physics_->model();
  const LaneFields& f = m.fields;
  load(lane, data);
  write(f.length, m.num_muscles, lane, data->actuator_length);
  write(f.velocity, m.num_muscles, lane, data->actuator_velocity);
  write(f.force, m.num_muscles, lane, data->actuator_force);
  if (m.stretches) {
    write(f.unstretched, m.num_muscles, lane, data->userdata + m.num_muscles);
  }
  write(f.sensordata, m.num_sensordata, lane, data->sensordata);
  for (std::size_t i = 0; i < physics_->moment_address().size(); ++i) {
    *at(f.moment_arm + static_cast<int>(i), lane) =
        static_cast<float>(data->actuator_moment[physics_->moment_address()[i]]);
  }
}

}  // namespace kinesis
