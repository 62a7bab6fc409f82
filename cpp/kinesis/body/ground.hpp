// Uneven ground: one field of heights, over which every body walks its own way.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <utility>
#include <vector>

namespace kinesis {

// Heights on a square grid, straight between its points; beyond its edges the field goes on
// mirrored, so that it has no end and no cliff.
class GroundField {
 public:
  // heights: (rows x columns), along and across. cell: m between two. Throws std::invalid_argument.
  GroundField(int rows, int columns, std::vector<double> heights, double cell)
      : rows_(rows), columns_(columns), cell_(cell), heights_(std::move(heights)) {
    const bool known = std::all_of(heights_.begin(), heights_.end(),
                                   [](double height) { return std::isfinite(height); });
    if (rows < 2 || columns < 2 || heights_.size() != static_cast<std::size_t>(rows) * columns ||
        !known || !(cell > 0.0 && cell < kFar)) {
      throw std::invalid_argument(
          "ground has two heights along and across at least, numbers all, and m between them");
    }
    const auto [least, most] = std::minmax_element(heights_.begin(), heights_.end());
    least_ = *least;
    most_ = *most;
  }

  double along() const { return cell_ * (rows_ - 1); }  // m, from edge to edge
  double across() const { return cell_ * (columns_ - 1); }
  double least() const { return least_; }
  double most() const { return most_; }

  // along, across: m from the first height.
  double at(double along, double across) const {
    const auto [row, down] = find(along, rows_);
    const auto [column, right] = find(across, columns_);
    const double* corner = heights_.data() + static_cast<std::size_t>(row) * columns_ + column;
    const double here = corner[0] + right * (corner[1] - corner[0]);
    const double next = corner[columns_] + right * (corner[columns_ + 1] - corner[columns_]);
    return here + down * (next - here);
  }

 private:
  static constexpr double kFar = 1e6;  // m

  // Which height comes before, and how far it is to the next, as a share.
  std::pair<int, double> find(double distance, int count) const {
    const double last = count - 1;
    double place = std::fmod(std::fabs(distance) / cell_, 2.0 * last);
    place = std::min(place, 2.0 * last - place);
    const int before = std::min(static_cast<int>(place), count - 2);
    return {before, place - before};
  }

  int rows_, columns_;
  double cell_;
  std::vector<double> heights_;
  double least_, most_;
};

// The ground of one body: how high it is over the level floor at any place, straight up. It is
// level where the body began, and all of itself a step further. No field: level everywhere.
struct Ground {
  // In an environment's columns: m by which heights are multiplied; which place of the field (m
  // along, m across) lies where the body began; which way along goes there, rad from the world's x
  // axis; and where it began, m.
  static constexpr int kColumns = 6;
  static constexpr double kMostScale = 1.0;
  static constexpr double kLevelWithin = 0.4, kWholeFrom = 0.9;  // m from where the body began
  static constexpr double kBroad = 0.25;  // m about a place, over which around() takes the mean

  const GroundField* field = nullptr;
  double scale = 0.0, along = 0.0, across = 0.0, x = 0.0, y = 0.0;
  double cosine = 1.0, sine = 0.0;

  // Columns are anyone's to write: what is no number counts as 0.
  static Ground of(const GroundField* field, const double* columns) {
    const auto number = [](double value) { return std::isfinite(value) ? value : 0.0; };
    const double scale = std::clamp(number(columns[0]), -kMostScale, kMostScale);
    Ground ground;
    if (field == nullptr || scale == 0.0) {
      return ground;
    }
    ground.field = field;
    ground.scale = scale;
    ground.along = number(columns[1]);
    ground.across = number(columns[2]);
    ground.cosine = std::cos(number(columns[3]));
    ground.sine = std::sin(number(columns[3]));
    ground.x = number(columns[4]);
    ground.y = number(columns[5]);
    return ground;
  }

  bool uneven() const { return field != nullptr; }
  // No place is higher, m.
  double top() const {
    return uneven() ? std::max({0.0, scale * field->most(), scale * field->least()}) : 0.0;
  }

  double height(double at_x, double at_y) const {
    if (!uneven()) {
      return 0.0;
    }
    const double dx = at_x - x, dy = at_y - y;
    const double part = std::clamp(
        (std::sqrt(dx * dx + dy * dy) - kLevelWithin) / (kWholeFrom - kLevelWithin), 0.0, 1.0);
    if (part == 0.0) {
      return 0.0;
    }
    const double smooth = part * part * (3.0 - 2.0 * part);
    return smooth * scale *
           field->at(along + cosine * dx + sine * dy, across - sine * dx + cosine * dy);
  }
  // The mean about a place, as something broad sees it.
  double around(double at_x, double at_y) const {
    if (!uneven()) {
      return 0.0;
    }
    constexpr double kAslant = 0.7071067811865476 * kBroad;
    double sum = height(at_x, at_y);
    for (const auto& [dx, dy] :
         {std::pair{kBroad, 0.0}, {-kBroad, 0.0}, {0.0, kBroad}, {0.0, -kBroad}}) {
      sum += height(at_x + dx, at_y + dy);
    }
    for (const double dx : {-kAslant, kAslant}) {
      sum += height(at_x + dx, at_y - kAslant) + height(at_x + dx, at_y + kAslant);
    }
    return sum / 9.0;
  }
};

// What a body stands on: by how much the floor rises a m along x and along y
// (BodyVariation::slope), and Ground's columns.
constexpr int kRiseColumns = 2;
using Footing = std::array<double, kRiseColumns + Ground::kColumns>;

}  // namespace kinesis
