// SparseToDense: a tensor of one value, with others at some places.
#include "ops/gradient.h"
#include "ops/layout_dispatch.h"
#include "ops/shape_math.h"
#include "ops/text/rows.h"

namespace hornbeam {
namespace {

std::vector<Shape> sparse_to_dense_shape(const ShapeContext& c) { return {c.value_as_shape(1)}; }

std::vector<Tensor> sparse_to_dense(const Attrs& attrs, std::span<const Tensor> inputs) {
  const auto dims = as_int64s(inputs[1], "SparseToDense"), indices = as_int64s(inputs[0], "SparseToDense");
  const auto &values = inputs[2], &fallback = inputs[3];
  if (inputs[1].rank() != 1) throw InvalidArgumentError("output_shape must be rank 1");
  if (fallback.num_elements() != 1 || fallback.rank() != 0) {
    throw InvalidArgumentError("default_value should be a scalar.");
  }
  if (inputs[0].rank() > 2) {
    throw InvalidArgumentError("sparse_indices should be a scalar, vector, or matrix, got shape " +
                               inputs[0].shape().to_string());
  }
  const auto count = inputs[0].rank() == 0 ? 1 : inputs[0].shape()[0];
  const auto width = inputs[0].rank() == 2 ? inputs[0].shape()[1] : 1;
  if (width != static_cast<std::int64_t>(dims.size())) {
    throw InvalidArgumentError("output_shape has incorrect number of elements: " + std::to_string(dims.size()) +
                               " should be: " + std::to_string(width));
  }
  if (values.rank() > 1 || (values.rank() == 1 && values.shape()[0] != count)) {
    throw InvalidArgumentError("sparse_values has incorrect shape " + values.shape().to_string() +
                               ", should be [] or [" + std::to_string(count) + "]");
  }
  check_output_size(dims, values.dtype(), "SparseToDense");
  return dispatch_layout(values.dtype(), "SparseToDense", [&]<class T>() -> std::vector<Tensor> {
    Tensor out = Tensor::empty(values.dtype(), Shape(dims));
    const auto strides = strides_of(out.shape());
    T* y = reinterpret_cast<T*>(out.mutable_raw());
    const T* x = reinterpret_cast<const T*>(values.raw());
    std::fill_n(y, out.num_elements(), *reinterpret_cast<const T*>(fallback.raw()));
    std::int64_t last = -1;
    for (std::int64_t i = 0; i < count; ++i) {
      std::int64_t at = 0;
      for (std::int64_t d = 0; d < width; ++d) {
        const auto index = indices[static_cast<std::size_t>(i * width + d)];
        if (index < 0 || index >= dims[static_cast<std::size_t>(d)]) {
          throw InvalidArgumentError("indices[" + std::to_string(i) + "] is out of bounds: need 0 <= index < [" +
                                     Shape(dims).to_string() + "]");
        }
        at += index * strides[static_cast<std::size_t>(d)];
      }
      if (attrs.b("validate_indices") && at <= last) {
        throw InvalidArgumentError("indices[" + std::to_string(i) + "] is " +
                                   (at == last ? "repeated" : "out of order"));
      }
      last = at;
      y[at] = x[values.rank() == 0 ? 0 : i];
    }
    return {out};
  });
}

Tensors sparse_to_dense_gradient(const GradientContext& c) {
  auto indices = c.input(0);
  if (indices.rank() == 1) indices = ops::expand_dims(indices, -1);
  if (indices.rank() == 0) indices = ops::reshape(indices, Shape{1, 1});
  auto of_values = ops::gather_nd(c.grad(), indices);
  const auto of_fallback = ops::reduce_sum(c.grad()) - ops::reduce_sum(of_values);
  if (c.input(2).rank() == 0) of_values = ops::reduce_sum(of_values);
  return {{}, {}, of_values, of_fallback};
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(sparse_to_dense) {
  using namespace hornbeam;
  add_op(OpDef("SparseToDense")
             .input("sparse_indices: Tindices")
             .input("output_shape: Tindices")
             .input("sparse_values: T")
             .input("default_value: T")
             .output("dense: T")
             .attr("validate_indices: bool = true")
             .attr("T: type")
             .attr("Tindices: type")
             .shape(sparse_to_dense_shape)
             .dynamic(sparse_to_dense)
             .gradient(sparse_to_dense_gradient));
}
