// How far each of several muscles may be activated that together make given joint torques.
#pragma once

#include <vector>

namespace kinesis {

// For every variable of
//
//   matrix x = rhs,   0 <= x <= upper,
//
// its least and its most, by linear programming: the bounded simplex method in its revised form
// (Dantzig 1963), the basis kept as a dense inverse, from one problem's end to the next one's
// start. Rows that depend on others do no harm. Of one thread at a time.
class FeasibleRange {
 public:
  FeasibleRange(int rows, int columns);

  int rows() const { return rows_; }
  int columns() const { return columns_; }

  // matrix (rows x columns), row major; rhs (rows); upper, low, high (columns). False where no x
  // does, to a millionth of each row's largest number; low and high are left alone then.
  bool solve(const double* matrix, const double* rhs, const double* upper, double* low,
             double* high);

 private:
  enum Place { kLower, kUpper, kBasic };

  void begin(const double* matrix, const double* rhs, const double* upper);
  // Goes on from the present basis until cost (columns and one a row) is least. Returns it.
  double minimise(const std::vector<double>& cost);
  // The variable to bring in, -1 where none makes the cost less.
  int choose(const std::vector<double>& cost, bool first_that_does);
  void bring_in(int entering);
  void invert();
  double value(int variable) const;
  int variables() const { return rows_ + columns_; }
  const double* column(int variable) const {
    return &matrix_[static_cast<std::size_t>(variable) * rows_];
  }

  int rows_, columns_;
  std::vector<double> matrix_;   // (variables x rows): columns, then one artificial variable a row
  std::vector<double> rhs_;      // (rows)
  std::vector<double> upper_;    // (variables)
  std::vector<Place> place_;     // (variables)
  std::vector<int> basis_;       // (rows) variables
  std::vector<double> inverse_;  // (rows x rows)
  std::vector<double> basic_;    // (rows) values of the basis
  std::vector<double> price_, move_;  // (rows)
};

}  // namespace kinesis
