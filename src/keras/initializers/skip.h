// Loading replaces every initial value: while a SkipInitialization lives on this thread, add_weight makes none.
#pragma once

#include "base/memory_limit.h"
#include "hornbeam/tensor.hpp"

namespace hornbeam {

class SkipInitialization {
 public:
  SkipInitialization();
  ~SkipInitialization();
  SkipInitialization(const SkipInitialization&) = delete;
  SkipInitialization& operator=(const SkipInitialization&) = delete;

 private:
  bool saved_;
};

bool initialization_skipped();

// The most one weight may take: what a hostile config asks for is refused before it is allocated.
inline constexpr std::int64_t kMaxWeightBytes = std::int64_t{16} << 30;
// While a WeightTotal lives on this thread, the weights made (not skipped) are added up: ValueError when they would
// take more than the machine's memory.
class WeightTotal {
 public:
  WeightTotal();
  ~WeightTotal();
  WeightTotal(const WeightTotal&) = delete;
  WeightTotal& operator=(const WeightTotal&) = delete;
  static void add(DType dtype, const Shape& shape);

 private:
  WeightTotal* outer_;
  base::MemoryTotal memory_;
};

// Throws ValueError when a weight of this shape would be larger than kMaxWeightBytes.
void check_weight_size(DType dtype, const Shape& shape);
// Zeros that cost nothing until touched.
Tensor uninitialized_weight(DType dtype, const Shape& shape);

}  // namespace hornbeam
