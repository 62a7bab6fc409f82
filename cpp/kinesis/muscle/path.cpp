#include "kinesis/muscle/path.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "kinesis/base/small_vector.hpp"
#include "kinesis/body/tree.hpp"
#include "kinesis/muscle/wrapping.hpp"

namespace kinesis {
namespace {

bool runs_through_space(const mjModel* model, int tendon) {
  const int* type = model->wrap_type + model->tendon_adr[tendon];
  return std::all_of(type, type + model->tendon_num[tendon], [](int kind) {
    return kind == mjWRAP_SITE || kind == mjWRAP_SPHERE || kind == mjWRAP_CYLINDER ||
           kind == mjWRAP_PULLEY;
  });
}

}  // namespace

MusclePath::MusclePath(const mjModel* model) : covers_model_(true) {
  for (int tendon = 0; tendon < model->ntendon; ++tendon) {
    if (!runs_through_space(model, tendon)) {
      covers_model_ = false;
      return;
    }
  }
  for (int tendon = 0; tendon < model->ntendon; ++tendon) {
    const int last = model->tendon_adr[tendon] + model->tendon_num[tendon] - 1;
    double divisor = 1.0, fixed = 0.0;
    int begin = static_cast<int>(pieces_.size());
    const auto close = [&] {
      const int end = static_cast<int>(pieces_.size());
      stretches_.push_back({tendon, begin, end, 1.0 / divisor, fixed / divisor});
      begin = end;
      fixed = 0.0;
    };
    for (int i = model->tendon_adr[tendon]; i < last;) {
      if (model->wrap_type[i] == mjWRAP_PULLEY || model->wrap_type[i + 1] == mjWRAP_PULLEY) {
        if (model->wrap_type[i] == mjWRAP_PULLEY) {
          close();
          divisor = model->wrap_prm[i];
        }
        ++i;
        continue;
      }
      const bool around = model->wrap_type[i + 1] != mjWRAP_SITE;
      Piece piece{};
      piece.from = model->wrap_objid[i];
      piece.geom = around ? model->wrap_objid[i + 1] : -1;
      piece.side = around ? static_cast<int>(std::lround(model->wrap_prm[i + 1])) : -1;
      piece.to = model->wrap_objid[around ? i + 2 : i + 1];
      const int body0 = model->site_bodyid[piece.from], body1 = model->site_bodyid[piece.to];
      if (!around && body0 == body1) {
        const mjtNum* p = model->site_pos + 3 * piece.from;
        const mjtNum* q = model->site_pos + 3 * piece.to;
        const double between[3] = {q[0] - p[0], q[1] - p[1], q[2] - p[2]};
        fixed += std::sqrt(dot3(between, between));
        ++i;
        continue;
      }
      piece.direct = plan(model, tendon, body0, body1);
      if (around) {
        const int middle = model->geom_bodyid[piece.geom];
        piece.onto = plan(model, tendon, body0, middle);
        piece.off = plan(model, tendon, middle, body1);
      }
      pieces_.push_back(piece);
      i += around ? 2 : 1;
    }
    close();
  }
}

std::vector<int> MusclePath::sites() const {
  std::set<int> found;
  for (const Piece& piece : pieces_) {
    found.insert({piece.from, piece.to, piece.side});
  }
  found.erase(-1);
  return {found.begin(), found.end()};
}

MusclePath::Straight MusclePath::plan(const mjModel* model, int tendon, int body0, int body1) {
  const int row = model->ten_J_rowadr[tendon];
  const int* columns = model->ten_J_colind + row;
  const auto side = [&](int body, int other) {
    Pull pull{static_cast<int>(moved_.size()), 0, model->body_rootid[body]};
    for (int k = 0; k < model->ten_J_rownnz[tendon]; ++k) {
      const int mover = model->dof_bodyid[columns[k]];
      if (is_below(model, body, mover) && !is_below(model, other, mover)) {
        moved_.push_back({columns[k], row + k});
      }
    }
    pull.end = static_cast<int>(moved_.size());
    return pull;
  };
  Straight straight;
  straight.near = side(body0, body1);
  straight.far = side(body1, body0);
  return straight;
}

double MusclePath::pull(const mjData* data, const Straight& straight,
                        const std::vector<Moved>& moved, const double* p, const double* q,
                        double scale, double* jacobian) {
  double u[3] = {q[0] - p[0], q[1] - p[1], q[2] - p[2]};
  const double length = std::sqrt(dot3(u, u));
  const double* ends[2] = {p, q};
  const Pull* pulls[2] = {&straight.near, &straight.far};
  for (int side = 0; side < 2; ++side) {
    const Pull& one = *pulls[side];
    if (one.begin == one.end) {
      continue;
    }
    const double share = (side == 0 ? -scale : scale);
    if (length < mjMINVAL) {
      u[0] = 1.0;
      u[1] = u[2] = 0.0;
    }
    const double unit = length < mjMINVAL ? share : share / length;
    const double* com = data->subtree_com + 3 * one.root;
    const double r[3] = {ends[side][0] - com[0], ends[side][1] - com[1], ends[side][2] - com[2]};
    double force[3], moment[3];
    for (int i = 0; i < 3; ++i) {
      force[i] = unit * u[i];
    }
    cross3(r, force, moment);
    for (int k = one.begin; k < one.end; ++k) {
      const double* axis = data->cdof + 6 * moved[k].dof;
      jacobian[moved[k].entry] += dot3(axis, moment) + dot3(axis + 3, force);
    }
  }
  return length * scale;
}

void MusclePath::update(const mjModel* model, mjData* data) const {
  std::fill_n(data->ten_length, model->ntendon, 0.0);
  std::fill_n(data->ten_J, model->nJten, 0.0);
  for (const Stretch& stretch : stretches_) {
    double length = stretch.fixed;
    for (int k = stretch.begin; k < stretch.end; ++k) {
      const Piece& piece = pieces_[k];
      const double* p = data->site_xpos + 3 * piece.from;
      const double* q = data->site_xpos + 3 * piece.to;
      const double scale = stretch.inverse_divisor;
      double touch[6], arc;
      if (piece.geom >= 0) {
        const double* side = piece.side < 0 ? nullptr : data->site_xpos + 3 * piece.side;
        const WrapObject object{model->geom_type[piece.geom] == mjGEOM_SPHERE
                                    ? WrapShape::kSphere
                                    : WrapShape::kCylinder,
                                model->geom_size[3 * piece.geom], data->geom_xpos + 3 * piece.geom,
                                data->geom_xmat + 9 * piece.geom};
        if (wrap_around(object, p, q, side, touch, &arc)) {
          length += pull(data, piece.onto, moved_, p, touch, scale, data->ten_J);
          length += arc * scale;
          length += pull(data, piece.off, moved_, touch + 3, q, scale, data->ten_J);
          continue;
        }
      }
      length += pull(data, piece.direct, moved_, p, q, scale, data->ten_J);
    }
    data->ten_length[stretch.tendon] += length;
  }
}

}  // namespace kinesis
