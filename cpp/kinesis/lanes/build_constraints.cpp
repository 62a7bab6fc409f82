#include <algorithm>
#include <cmath>
#include <set>

#include "kinesis/body/couplings.hpp"
#include "kinesis/lanes/build.hpp"

namespace kinesis::lanes {
namespace {

constexpr double kLeastImpedance = 1e-4;  // mjMINIMP, and 1 minus mjMAXIMP

using Pattern = std::vector<std::set<int>>;  // of each row its columns below the diagonal

// What elimination from the last row up fills in.
void fill_in(Pattern* pattern) {
  for (int row = static_cast<int>(pattern->size()) - 1; row > 0; --row) {
    const std::set<int>& columns = (*pattern)[row];
    for (const int target : columns) {
      for (const int column : columns) {
        if (column < target) {
          (*pattern)[target].insert(column);
        }
      }
    }
  }
}

// Makes each row's columns the first ones of what each of its columns has, by adding entries that
// stay zero.
void complete(Pattern* pattern) {
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t row = 0; row < pattern->size(); ++row) {
      std::set<int> more;
      for (const int target : (*pattern)[row]) {
        for (const int column : (*pattern)[target]) {
          const auto& has = (*pattern)[row];
          const auto later = has.lower_bound(column + 1);
          if (has.count(column) == 0 && later != has.end() && *later < target) {
            more.insert(column);  // missing between columns that the row has
          }
        }
      }
      changed |= !more.empty();
      (*pattern)[row].insert(more.begin(), more.end());
    }
    if (changed) {
      fill_in(pattern);
    }
  }
}

LaneRows rows_of(const Pattern& pattern) {
  LaneRows rows;
  for (int row = 0; row < static_cast<int>(pattern.size()); ++row) {
    const std::set<int>& columns = pattern[row];
    rows.rows.push_back({rows.size(), static_cast<int>(columns.size())});
    rows.columns.insert(rows.columns.end(), columns.begin(), columns.end());
    rows.columns.push_back(row);
  }
  return rows;
}

// Whether a row is its last column's row, and that column.
bool continues(const Pattern& pattern, int row) {
  std::set<int> above = pattern[row];
  if (above.erase(row - 1) == 0) {
    return false;
  }
  return above == pattern[row - 1];
}

// Blocks of both patterns alike, so that what both have is summed in the same order.
void divide(const Pattern& plain, const Pattern& crossed, LaneRows* a, LaneRows* b) {
  constexpr int kLargest = 4;
  for (int row = static_cast<int>(plain.size()) - 1; row >= 0;) {
    int size = 1;
    while (size < kLargest && row - size >= 0 && continues(plain, row - size + 1) &&
           continues(crossed, row - size + 1)) {
      ++size;
    }
    a->blocks.push_back({row, size});
    row -= size;
  }
  b->blocks = a->blocks;
}

int entry_of(const LaneRows& rows, int row, int column) {
  const int* begin = rows.columns.data() + rows.rows[row].begin;
  const int* end = begin + rows.rows[row].count + 1;
  const int* found = std::lower_bound(begin, end, column);
  return static_cast<int>(found - rows.columns.data());
}

void build_patterns(LaneModel* lanes) {
  Pattern mass(lanes->nv), plain, crossed;
  for (int n = 1; n < static_cast<int>(lanes->nodes.size()); ++n) {
    for (int upper = n; upper > 0; upper = lanes->nodes[upper].parent) {
      for (int row = lanes->nodes[n].dof_begin; row < lanes->nodes[n].dof_end; ++row) {
        for (int column = lanes->nodes[upper].dof_begin;
             column < std::min(row, lanes->nodes[upper].dof_end); ++column) {
          mass[row].insert(column);
        }
      }
    }
  }
  plain = mass;
  for (const LaneCoupling& one : lanes->couplings) {
    if (one.other_dof >= 0) {
      plain[std::max(one.dof, one.other_dof)].insert(std::min(one.dof, one.other_dof));
    }
  }
  fill_in(&plain);
  complete(&plain);
  crossed = plain;
  for (const LaneLimbPair& pair : lanes->limb_pairs) {
    for (int i = pair.dof_begin; i < pair.dof_end; ++i) {
      for (int k = pair.dof_begin; k < i; ++k) {
        const int a = lanes->pair_dofs[i].dof, b = lanes->pair_dofs[k].dof;
        crossed[std::max(a, b)].insert(std::min(a, b));
      }
    }
  }
  fill_in(&crossed);
  complete(&crossed);
  lanes->rows = rows_of(plain);
  lanes->crossed = rows_of(crossed);
  divide(plain, crossed, &lanes->rows, &lanes->crossed);
  for (int row = 0; row < lanes->nv; ++row) {
    for (const int column : plain[row]) {
      if (mass[row].count(column) == 0) {
        lanes->not_in_mass.push_back(entry_of(lanes->rows, row, column));
      }
    }
  }
  std::vector<bool> taken(lanes->crossed.size());
  for (int row = 0; row < lanes->nv; ++row) {
    const LaneRows::Row& one = lanes->rows.rows[row];
    for (int i = one.begin; i <= one.begin + one.count; ++i) {
      lanes->in_crossed.push_back(entry_of(lanes->crossed, row, lanes->rows.columns[i]));
      taken[lanes->in_crossed.back()] = true;
    }
  }
  for (int i = 0; i < lanes->crossed.size(); ++i) {
    if (!taken[i]) {
      lanes->only_crossed.push_back(i);
    }
  }
  for (LaneCoupling& one : lanes->couplings) {
    if (one.other_dof >= 0) {
      const auto [column, row] = std::minmax(one.dof, one.other_dof);
      one.entry[0] = entry_of(lanes->rows, row, column);
      one.entry[1] = entry_of(lanes->crossed, row, column);
    }
  }
}

void build_couplings(const mjModel* m, LaneModel* lanes) {
  for (int i = 0; i < m->neq; ++i) {
    if (m->eq_active0[i] == 0) {
      continue;
    }
    LaneCoupling one{};
    const int joint = m->eq_obj1id[i], other = m->eq_obj2id[i];
    one.dof = m->jnt_dofadr[joint];
    one.qpos = m->jnt_qposadr[joint];
    one.rest = single(m->qpos0[one.qpos]);
    one.other_dof = other < 0 ? -1 : m->jnt_dofadr[other];
    one.other_qpos = other < 0 ? -1 : m->jnt_qposadr[other];
    one.other_rest = other < 0 ? 0.0f : single(m->qpos0[one.other_qpos]);
    std::copy_n(m->eq_data + mjNEQDATA * i, 5, one.polynomial);
    const LaneStiffness stiffness =
        stiffness_of(m, m->eq_solref + mjNREF * i, m->eq_solimp + mjNIMP * i);
    const double impedance = stiffness.least;
    const double inverse_weight =
        m->dof_invweight0[one.dof] + (other < 0 ? 0.0 : m->dof_invweight0[one.other_dof]);
    one.impedance = stiffness.least;
    one.weight = single(1.0 / std::max(mjMINVAL, (1.0 - impedance) / impedance * inverse_weight));
    one.damping = stiffness.damping;
    one.stiffness = stiffness.stiffness;
    lanes->couplings.push_back(one);
  }
}

void build_limits(const mjModel* m, LaneModel* lanes) {
  for (int joint = 0; joint < m->njnt; ++joint) {
    if (m->jnt_limited[joint] == 0) {
      continue;
    }
    LaneLimit limit{};
    limit.dof = m->jnt_dofadr[joint];
    limit.qpos = m->jnt_qposadr[joint];
    limit.low = single(m->jnt_range[2 * joint]);
    limit.high = single(m->jnt_range[2 * joint + 1]);
    limit.margin = single(m->jnt_margin[joint]);
    limit.inverse_weight = single(m->dof_invweight0[limit.dof]);
    limit.stiffness =
        stiffness_of(m, m->jnt_solref + mjNREF * joint, m->jnt_solimp + mjNIMP * joint);
    lanes->limits.push_back(limit);
  }
}

}  // namespace

LaneStiffness stiffness_of(const mjModel* model, const mjtNum* solref, const mjtNum* solimp) {
  const auto bounded = [](double impedance) {
    return std::clamp(impedance, kLeastImpedance, 1.0 - kLeastImpedance);
  };
  const double least = bounded(solimp[0]), most = bounded(solimp[1]);
  const double width = std::max(0.0, solimp[2]);
  LaneStiffness out{};
  const bool constant = least == most || width <= mjMINVAL;
  out.least = single(constant ? 0.5 * (least + most) : least);
  out.range = single(constant ? 0.0 : most - least);
  out.inverse_width = single(constant ? 0.0 : 1.0 / width);
  out.midpoint = single(bounded(solimp[3]));
  out.power = single(std::max(1.0, solimp[4]));
  if (solref[0] > 0.0) {
    const bool safe = (model->opt.disableflags & mjDSBL_REFSAFE) == 0;
    const double time = safe ? std::max(solref[0], 2.0 * model->opt.timestep) : solref[0];
    const double ratio = solref[1];
    out.damping = single(2.0 / std::max(mjMINVAL, most * time));
    out.stiffness = single(1.0 / std::max(mjMINVAL, most * most * time * time * ratio * ratio));
  } else {
    out.damping = single(-solref[1] / std::max(mjMINVAL, most));
    out.stiffness = single(-solref[0] / std::max(mjMINVAL, most * most));
  }
  return out;
}

void build_constraints(const RestPose& rest, LaneModel* lanes) {
  const mjModel* m = rest.model();
  const int off = m->opt.disableflags;
  if ((off & (mjDSBL_EQUALITY | mjDSBL_CONSTRAINT)) == 0) {
    build_couplings(m, lanes);
  }
  if ((off & (mjDSBL_LIMIT | mjDSBL_CONSTRAINT)) == 0) {
    build_limits(m, lanes);
  }
  build_patterns(lanes);
}

}  // namespace kinesis::lanes
