#include "ops/text/rows.h"

#include <algorithm>

#include "base/checked_math.h"
#include "base/memory_limit.h"
#include "ops/int_values.h"

namespace hornbeam {

std::vector<Shape> same_as_first(const ShapeContext& c) { return {c.shape(0)}; }

std::vector<std::int64_t> as_int64s(const Tensor& t, const char* op) {
  if (t.dtype() != DType::int32 && t.dtype() != DType::int64) {
    throw InvalidArgumentError(std::string(op) + " takes int32 or int64, received " + std::string(name_of(t.dtype())));
  }
  return int_values(t);
}

Tensor int_vector(DType dtype, const std::vector<std::int64_t>& values) {
  const Shape shape{static_cast<std::int64_t>(values.size())};
  if (dtype == DType::int64) return Tensor::from<std::int64_t>(shape, values);
  Tensor t = Tensor::empty(DType::int32, shape);
  auto out = t.mutable_data<std::int32_t>();
  for (std::size_t i = 0; i < values.size(); ++i) out[i] = static_cast<std::int32_t>(values[i]);
  return t;
}

void check_output_size(const std::vector<std::int64_t>& dims, DType dtype, const char* op) {
  std::size_t bytes = size_of(dtype);
  for (const auto d : dims) {
    if (d < 0) throw InvalidArgumentError("Dimension " + std::to_string(d) + " must be >= 0");
    const auto more = base::checked_mul(bytes, static_cast<std::size_t>(std::max<std::int64_t>(1, d)));
    if (!more || *more > base::physical_memory()) {
      throw InvalidArgumentError(std::string(op) + ": the output is bigger than this machine's memory");
    }
    bytes = *more;
  }
}

void check_splits(const std::vector<std::int64_t>& splits, std::int64_t values) {
  if (splits.empty()) return;
  if (splits[0] != 0) throw InvalidArgumentError("First split value must be 0, got " + std::to_string(splits[0]));
  for (std::size_t i = 1; i < splits.size(); ++i) {
    if (splits[i] >= splits[i - 1] && splits[i] <= values) continue;
    throw InvalidArgumentError("Invalid split value " + std::to_string(splits[i]) + ", must be in [" +
                               std::to_string(splits[i - 1]) + ", " + std::to_string(values) + "]");
  }
  if (splits.back() != values) {
    throw InvalidArgumentError("Last split value must be data size. Expected " + std::to_string(values) + ", got " +
                               std::to_string(splits.back()));
  }
}

}  // namespace hornbeam
