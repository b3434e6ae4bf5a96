// Ops that make, shape, pick and join tensors: thin wrappers over TensorFlow's ops of the same meaning.
//
// They work on concrete, traced and symbolic tensors alike. Negative axes count from the end. Errors: InvalidArgumentError
// (shapes, axes and values that do not fit). Thread-safety: free functions without state, but for the random ones, which
// draw from the process's generator.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "hornbeam/tensor.hpp"

namespace hornbeam::ops {

// ---- making ----
Tensor fill(const Shape& shape, const Tensor& value);
Tensor zeros(const Shape& shape, DType dtype = DType::float32);
Tensor ones(const Shape& shape, DType dtype = DType::float32);
Tensor zeros_like(const Tensor& x);
Tensor ones_like(const Tensor& x);
Tensor range(std::int64_t start, std::int64_t limit, std::int64_t delta = 1, DType dtype = DType::int32);
// Without a seed (0) from the process's generator (utils::set_random_seed). `shape` is an int32 vector.
Tensor random_uniform(const Tensor& shape, DType dtype = DType::float32, std::int64_t seed = 0);
Tensor random_normal(const Tensor& shape, DType dtype = DType::float32, std::int64_t seed = 0);

// ---- dtype and shape ----
Tensor cast(const Tensor& x, DType dtype);
Tensor identity(const Tensor& x);
Tensor stop_gradient(const Tensor& x);
Tensor shape(const Tensor& x);  // int32 vector; the way to compute with dims that are not known while tracing
Tensor reshape(const Tensor& x, const Shape& shape);  // at most one dim None
Tensor reshape(const Tensor& x, const Tensor& shape);
Tensor expand_dims(const Tensor& x, std::int64_t axis);
Tensor squeeze(const Tensor& x, const std::vector<std::int64_t>& axes = {});
Tensor transpose(const Tensor& x, const std::vector<std::int64_t>& perm = {});  // default: reversed
Tensor broadcast_to(const Tensor& x, const Shape& shape);

// ---- joining and cutting ----
Tensor concat(const std::vector<Tensor>& values, std::int64_t axis);
Tensor stack(const std::vector<Tensor>& values, std::int64_t axis = 0);
std::vector<Tensor> unstack(const Tensor& value, std::int64_t axis = 0);
std::vector<Tensor> split(const Tensor& value, std::int64_t count, std::int64_t axis = 0);
Tensor slice(const Tensor& x, const std::vector<std::int64_t>& begin, const std::vector<std::int64_t>& size);
struct StridedSliceMasks {
  std::int64_t begin_mask = 0, end_mask = 0, ellipsis_mask = 0, new_axis_mask = 0, shrink_axis_mask = 0;
};
Tensor strided_slice(const Tensor& x, const std::vector<std::int64_t>& begin, const std::vector<std::int64_t>& end,
                     const std::vector<std::int64_t>& strides, const StridedSliceMasks& masks = {});
Tensor pad(const Tensor& x, const std::vector<std::vector<std::int64_t>>& paddings);
Tensor tile(const Tensor& x, const std::vector<std::int64_t>& multiples);
Tensor reverse(const Tensor& x, const std::vector<std::int64_t>& axes);

// ---- picking ----
Tensor gather(const Tensor& params, const Tensor& indices, std::int64_t axis = 0, std::int64_t batch_dims = 0);
Tensor where(const Tensor& condition, const Tensor& x, const Tensor& y);  // broadcasts
Tensor one_hot(const Tensor& indices, std::int64_t depth, DType dtype = DType::float32, std::int64_t axis = -1);

}  // namespace hornbeam::ops
