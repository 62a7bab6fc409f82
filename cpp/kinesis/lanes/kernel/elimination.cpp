#include "kinesis/lanes/kernel/stages.hpp"

namespace kinesis::lanes {
namespace {

// Rows last, last - 1, ..., each a column of the one before, with what they have in common.
template <int kSize>
struct Block {
  int last, shared;    // shared: columns of the least of them
  const int* columns;  // of the last
  int begin[kSize];    // of each row
};

template <int kSize>
Block<kSize> block_at(const LaneRows& rows, int last) {
  Block<kSize> block;
  block.last = last;
  block.shared = rows.rows[last].count - kSize + 1;
  block.columns = rows.columns.data() + rows.rows[last].begin;
  for (int i = 0; i < kSize; ++i) {
    block.begin[i] = rows.rows[last - i].begin;
  }
  return block;
}

// Several rows at once: what they are subtracted from is then loaded and stored once.
template <int kSize>
void eliminate(const LaneRows& rows, int last, Floats* matrix, Floats* inverse_diagonal) {
  const Block<kSize> block = block_at<kSize>(rows, last);
  const int shared = block.shared;
  Floats* row[kSize];
  Floats inverse[kSize];
  for (int b = 0; b < kSize; ++b) {
    row[b] = matrix + block.begin[b];
  }
  for (int b = 0; b < kSize; ++b) {
    const int diagonal = shared + kSize - 1 - b;
    inverse[b] = 1.0f / row[b][diagonal];
    inverse_diagonal[last - b] = inverse[b];
    for (int c = b + 1; c < kSize; ++c) {
      const int own = shared + kSize - 1 - c;
      const Floats share = row[b][own] * inverse[b];
      for (int k = 0; k <= own; ++k) {
        row[c][k] -= share * row[b][k];
      }
    }
  }
  for (int i = shared - 1; i >= 0; --i) {
    const LaneRows::Row& target = rows.rows[block.columns[i]];
    Floats* out = matrix + target.begin;
    Floats share[kSize];
    for (int b = 0; b < kSize; ++b) {
      share[b] = row[b][i] * inverse[b];
    }
    Floats diagonal = out[target.count];
    for (int b = 0; b < kSize; ++b) {
      diagonal -= share[b] * row[b][i];
    }
    out[target.count] = diagonal;
    int k = 0;
    for (; k + 1 < i; k += 2) {
      Floats one = out[k], two = out[k + 1];
      for (int b = 0; b < kSize; ++b) {
        one -= share[b] * row[b][k];
        two -= share[b] * row[b][k + 1];
      }
      out[k] = one;
      out[k + 1] = two;
    }
    if (k < i) {
      Floats one = out[k];
      for (int b = 0; b < kSize; ++b) {
        one -= share[b] * row[b][k];
      }
      out[k] = one;
    }
    for (int b = 0; b < kSize; ++b) {
      row[b][i] = share[b];
    }
  }
  for (int b = 0; b < kSize; ++b) {
    for (int k = shared; k < shared + kSize - 1 - b; ++k) {
      row[b][k] *= inverse[b];
    }
  }
}

// x from the last row up: x -= L' x.
template <int kSize>
void back(const LaneRows& rows, int last, const Floats* factor, const Floats* inverse_diagonal,
          Floats* x) {
  const Block<kSize> block = block_at<kSize>(rows, last);
  const int shared = block.shared;
  Floats own[kSize];
  for (int b = 0; b < kSize; ++b) {
    own[b] = x[last - b];
  }
  for (int b = 0; b < kSize; ++b) {
    for (int c = b + 1; c < kSize; ++c) {
      own[c] -= factor[block.begin[b] + shared + kSize - 1 - c] * own[b];
    }
  }
  for (int k = 0; k < shared; ++k) {
    Floats sum = x[block.columns[k]];
    for (int b = 0; b < kSize; ++b) {
      sum -= factor[block.begin[b] + k] * own[b];
    }
    x[block.columns[k]] = sum;
  }
  for (int b = 0; b < kSize; ++b) {
    x[last - b] = own[b] * inverse_diagonal[last - b];
  }
}

// x from the first row down: x -= L x.
template <int kSize>
void forth(const LaneRows& rows, int last, const Floats* factor, Floats* x) {
  const Block<kSize> block = block_at<kSize>(rows, last);
  const int shared = block.shared;
  Floats own[kSize];
  for (int b = 0; b < kSize; ++b) {
    own[b] = x[last - b];
  }
  for (int k = 0; k < shared; ++k) {
    const Floats known = x[block.columns[k]];
    for (int b = 0; b < kSize; ++b) {
      own[b] -= factor[block.begin[b] + k] * known;
    }
  }
  for (int b = kSize - 1; b >= 0; --b) {
    for (int c = kSize - 1; c > b; --c) {
      own[b] -= factor[block.begin[b] + shared + kSize - 1 - c] * own[c];
    }
    x[last - b] = own[b];
  }
}

// Calls function<size> for a block.
template <class Function>
void by_size(int size, const Function& function) {
  switch (size) {
    case 1:
      return function.template operator()<1>();
    case 2:
      return function.template operator()<2>();
    case 3:
      return function.template operator()<3>();
    default:
      return function.template operator()<4>();
  }
}

}  // namespace

void factor(const LaneRows& rows, Floats* matrix, Floats* inverse_diagonal) {
  for (const LaneRows::Block& block : rows.blocks) {
    by_size(block.size,
            [&]<int kSize>() { eliminate<kSize>(rows, block.last, matrix, inverse_diagonal); });
  }
}

void substitute(const LaneRows& rows, const Floats* factor, const Floats* inverse_diagonal,
                Floats* x) {
  for (const LaneRows::Block& block : rows.blocks) {
    by_size(block.size,
            [&]<int kSize>() { back<kSize>(rows, block.last, factor, inverse_diagonal, x); });
  }
  for (auto block = rows.blocks.rbegin(); block != rows.blocks.rend(); ++block) {
    by_size(block->size, [&]<int kSize>() { forth<kSize>(rows, block->last, factor, x); });
  }
}

void multiply(const LaneRows& rows, const Floats* matrix, const Floats* x, Floats* y) {
  const int* columns = rows.columns.data();
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    const auto [begin, count] = rows.rows[i];
    const Floats* row = matrix + begin;
    const int* column = columns + begin;
    const Floats own = x[i];
    Floats one = row[count] * own, two(0.0f);
    int k = 0;
    for (; k + 1 < count; k += 2) {
      const int a = column[k], b = column[k + 1];
      one += row[k] * x[a];
      two += row[k + 1] * x[b];
      y[a] += row[k] * own;
      y[b] += row[k + 1] * own;
    }
    if (k < count) {
      one += row[k] * x[column[k]];
      y[column[k]] += row[k] * own;
    }
    y[i] = one + two;
  }
}

}  // namespace kinesis::lanes
