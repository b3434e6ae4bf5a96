#include "keras/initializers/skip.h"

#include <cstdlib>

namespace hornbeam {
namespace {
thread_local bool skipped = false;
thread_local WeightTotal* total = nullptr;
}  // namespace

SkipInitialization::SkipInitialization() : saved_(skipped) { skipped = true; }
SkipInitialization::~SkipInitialization() { skipped = saved_; }
bool initialization_skipped() { return skipped; }

WeightTotal::WeightTotal() : outer_(total) { total = this; }
WeightTotal::~WeightTotal() { total = outer_; }
void WeightTotal::add(DType dtype, const Shape& shape) {
  if (!total || skipped) return;
  const auto bytes = static_cast<double>(shape.num_elements()) * static_cast<double>(size_of(dtype));
  if (!total->memory_.add(bytes)) {
    throw ValueError("the model's weights are too large: with one of shape " + shape.to_string() +
                     " they take more than the " + std::to_string(base::physical_memory()) +
                     " bytes of memory this machine has");
  }
}

void check_weight_size(DType dtype, const Shape& shape) {
  const auto elements = shape.num_elements();  // throws when it does not fit
  if (elements > kMaxWeightBytes / static_cast<std::int64_t>(std::max<std::size_t>(size_of(dtype), 1))) {
    throw ValueError("a weight of shape " + shape.to_string() + " is larger than the " +
                     std::to_string(kMaxWeightBytes >> 30) + " GiB a weight may take");
  }
}

Tensor uninitialized_weight(DType dtype, const Shape& shape) {
  check_weight_size(dtype, shape);
  if (dtype == DType::string) return Tensor::zeros(dtype, shape);
  const auto bytes = static_cast<std::size_t>(shape.num_elements()) * size_of(dtype);
  std::shared_ptr<void> memory(std::calloc(bytes + 64, 1), std::free);
  if (!memory) throw ValueError("out of memory: a weight of shape " + shape.to_string());
  return Tensor::borrow(dtype, shape, memory.get(), memory);
}

}  // namespace hornbeam
