// SparseReshape: the indices of a sparse tensor's values under another shape.
#include "base/checked_math.h"
#include "ops/shape_math.h"
#include "ops/text/rows.h"

namespace hornbeam {
namespace {

std::vector<Shape> sparse_reshape_shape(const ShapeContext& c) {
  require_rank(c.shape(0), 2, "SparseReshape", "input_indices");
  require_rank(c.shape(1), 1, "SparseReshape", "input_shape");
  require_rank(c.shape(2), 1, "SparseReshape", "new_shape");
  const auto rows = c.shape(0).has_rank() ? c.shape(0)[0] : None;
  const auto rank = c.shape(2).has_rank() ? c.shape(2)[0] : None;
  return {Shape{rows, rank}, Shape{rank}};
}

std::int64_t elements_of(const std::vector<std::int64_t>& dims) {
  std::int64_t all = 1;
  for (const auto d : dims) {
    const auto more = d < 0 ? std::nullopt : base::checked_mul(all, d);
    if (!more) throw InvalidArgumentError("SparseReshape: the shape has a negative dim or too many elements");
    all = *more;
  }
  return all;
}

// The new shape with its -1 worked out.
std::vector<std::int64_t> resolved_shape(std::vector<std::int64_t> dims, std::int64_t elements) {
  std::int64_t known = 1;
  std::optional<std::size_t> free;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] == -1) {
      if (free) {
        throw InvalidArgumentError("only one output dimension may be -1, not both " + std::to_string(*free) + " and " +
                                   std::to_string(i));
      }
      free = i;
      continue;
    }
    if (dims[i] < 0) {
      throw InvalidArgumentError("size " + std::to_string(i) + " must be non-negative, not " + std::to_string(dims[i]));
    }
    const auto more = base::checked_mul(known, dims[i]);
    if (!more) throw InvalidArgumentError("SparseReshape: the new shape has too many elements");
    known = *more;
  }
  if (free) {
    if (known == 0) {
      throw InvalidArgumentError(
          "reshape cannot infer the missing input size for an empty tensor unless all specified input sizes are "
          "non-zero");
    }
    if (elements % known != 0) {
      throw InvalidArgumentError("Input to reshape is a SparseTensor with " + std::to_string(elements) +
                                 " dense values, but the requested shape requires a multiple of " +
                                 std::to_string(known));
    }
    dims[*free] = elements / known;
    known = elements;
  }
  if (known != elements) {
    throw InvalidArgumentError("Input to reshape is a tensor with " + std::to_string(elements) +
                               " dense values, but the requested shape has " + std::to_string(known));
  }
  return dims;
}

std::vector<Tensor> sparse_reshape(const Attrs&, std::span<const Tensor> inputs) {
  const auto& indices = inputs[0];
  if (indices.rank() != 2 || inputs[1].rank() != 1 || inputs[2].rank() != 1) {
    throw InvalidArgumentError("SparseReshape takes indices that are a matrix, and shapes that are vectors");
  }
  const auto from = as_int64s(inputs[1], "SparseReshape");
  const auto rank = static_cast<std::int64_t>(from.size());
  if (indices.shape()[1] != rank) {
    throw InvalidArgumentError("Input tensor rank must match input shape length: " +
                               std::to_string(indices.shape()[1]) + " and " + std::to_string(rank));
  }
  const auto to = resolved_shape(as_int64s(inputs[2], "SparseReshape"), elements_of(from));
  const auto rows = indices.shape()[0], new_rank = static_cast<std::int64_t>(to.size());
  auto out = Tensor::empty(DType::int64, {rows, new_rank});
  const auto* x = indices.data<std::int64_t>().data();
  auto* y = out.mutable_data<std::int64_t>().data();
  for (std::int64_t i = 0; i < rows; ++i, y += new_rank) {
    std::int64_t at = 0;
    for (std::size_t d = 0; d < from.size(); ++d, ++x) {
      if (*x < 0 || *x >= from[d]) {
        throw InvalidArgumentError("indices[" + std::to_string(i) + ", " + std::to_string(d) +
                                   "] = " + std::to_string(*x) + " is out of bounds: need 0 <= index < " +
                                   std::to_string(from[d]));
      }
      at = at * from[d] + *x;
    }
    for (auto d = to.size(); d-- > 0; at /= to[d]) y[d] = at % to[d];
  }
  return {out, int_vector(DType::int64, to)};
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(sparse_reshape) {
  using namespace hornbeam;
  add_op(OpDef("SparseReshape")
             .input("input_indices: int64")
             .input("input_shape: int64")
             .input("new_shape: int64")
             .output("output_indices: int64")
             .output("output_shape: int64")
             .shape(sparse_reshape_shape)
             .dynamic(sparse_reshape)
             .no_gradient());
}
