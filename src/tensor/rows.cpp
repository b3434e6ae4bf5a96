#include "tensor/rows.h"

namespace hornbeam {

Tensor rows_of(const Tensor& t, std::int64_t from, std::int64_t to) {
  auto dims = t.shape().dims();
  const auto row = dims.at(0) == 0 ? 0 : t.num_elements() / dims[0];
  dims[0] = to - from;
  return Tensor::borrow(t.dtype(), Shape(dims), t.raw() + static_cast<std::size_t>(from * row) * size_of(t.dtype()),
                        t.impl()->buffer.owner);
}

}  // namespace hornbeam
