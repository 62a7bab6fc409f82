// Named columns of a row of numbers.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace kinesis {

struct NamedSlice {  // [begin, end)
  std::string name;
  int begin;
  int end;
};

// What stands where in a row: columns in order, each with a name.
class Layout {
 public:
  // Adds columns after those there are. Throws std::logic_error for a name that is there already.
  void append(std::string name, int width) {
    if (find(name) >= 0) {
      throw std::logic_error("columns " + name + " are there already");
    }
    slices_.push_back({std::move(name), size(), size() + width});
  }
  void append(const Layout& other) {
    for (const NamedSlice& slice : other.slices_) {
      append(slice.name, slice.end - slice.begin);
    }
  }

  // Where a name's columns begin; -1: there is no such name.
  int find(const std::string& name) const {
    for (const NamedSlice& slice : slices_) {
      if (slice.name == name) {
        return slice.begin;
      }
    }
    return -1;
  }

  const NamedSlice& operator[](int i) const { return slices_[i]; }
  const std::vector<NamedSlice>& slices() const { return slices_; }
  int size() const { return slices_.empty() ? 0 : slices_.back().end; }

 private:
  std::vector<NamedSlice> slices_;
};

}  // namespace kinesis
