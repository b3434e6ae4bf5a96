// Ops that make, shape, pick and join tensors: thin wrappers over TensorFlow's ops of the same meaning.
//
// They work on concrete, traced and symbolic tensors alike. Negative axes count from the end. Errors:
// InvalidArgumentError (shapes, axes and values that do not fit). Thread-safety: free functions without state, but for
// the random ones, which draw from the process's generator.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <type_traits>
#include <vector>

#include "hornbeam/tensor.hpp"

namespace hornbeam::ops {

// ---- making ----
// The value as a tensor: a scalar of the C++ type's dtype, or of `dtype`.
template <class T>
Tensor constant(T value) requires std::is_arithmetic_v<T> {
  return Tensor::scalar(value);
}
template <class T>
Tensor constant(T value, DType dtype) requires std::is_arithmetic_v<T>;
Tensor fill(const Shape& shape, const Tensor& value);
Tensor fill(const Tensor& shape, const Tensor& value);  // `shape` an integer vector
Tensor zeros(const Shape& shape, DType dtype = DType::float32);
Tensor ones(const Shape& shape, DType dtype = DType::float32);
Tensor zeros_like(const Tensor& x);
Tensor ones_like(const Tensor& x);
Tensor range(std::int64_t start, std::int64_t limit, std::int64_t delta = 1, DType dtype = DType::int32);
Tensor range(const Tensor& start, const Tensor& limit, const Tensor& delta);  // scalars of one dtype
Tensor linspace(const Tensor& start, const Tensor& stop, std::int64_t num);
// Without a seed (0) from the process's generator (utils::set_random_seed). `shape` is an int32 vector.
Tensor random_uniform(const Tensor& shape, DType dtype = DType::float32, std::int64_t seed = 0);
Tensor random_normal(const Tensor& shape, DType dtype = DType::float32, std::int64_t seed = 0);
Tensor random_truncated_normal(const Tensor& shape, DType dtype = DType::float32, std::int64_t seed = 0);
Tensor random_shuffle(const Tensor& x, std::int64_t seed = 0);  // along the first dim
// The same seed (an integer vector of two) gives the same numbers, TensorFlow's (tf.random.stateless_*).
Tensor stateless_uniform(const Tensor& shape, const Tensor& seed, DType dtype = DType::float32);
Tensor stateless_uniform_int(const Tensor& shape, const Tensor& seed, const Tensor& minval, const Tensor& maxval);
Tensor stateless_normal(const Tensor& shape, const Tensor& seed, DType dtype = DType::float32);
Tensor stateless_truncated_normal(const Tensor& shape, const Tensor& seed, DType dtype = DType::float32);

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
Tensor broadcast_to(const Tensor& x, const Tensor& shape);
Tensor size(const Tensor& x);  // int32 scalar
Tensor rank(const Tensor& x);  // int32 scalar
// The same tensor, of which more is known. Throws InvalidArgumentError when its shape is another.
Tensor ensure_shape(const Tensor& x, const Shape& shape);

template <class T>
Tensor constant(T value, DType dtype) requires std::is_arithmetic_v<T> {
  return cast(Tensor::scalar(value), dtype);
}

// ---- joining and cutting ----
Tensor concat(const std::vector<Tensor>& values, std::int64_t axis);
Tensor stack(const std::vector<Tensor>& values, std::int64_t axis = 0);
std::vector<Tensor> unstack(const Tensor& value, std::int64_t axis = 0);
std::vector<Tensor> split(const Tensor& value, std::int64_t count, std::int64_t axis = 0);
// Parts of these sizes; one may be -1, the rest.
std::vector<Tensor> split(const Tensor& value, const std::vector<std::int64_t>& sizes, std::int64_t axis = 0);
Tensor slice(const Tensor& x, const std::vector<std::int64_t>& begin, const std::vector<std::int64_t>& size);
struct StridedSliceMasks {
  std::int64_t begin_mask = 0, end_mask = 0, ellipsis_mask = 0, new_axis_mask = 0, shrink_axis_mask = 0;
};
Tensor strided_slice(const Tensor& x, const std::vector<std::int64_t>& begin, const std::vector<std::int64_t>& end,
                     const std::vector<std::int64_t>& strides, const StridedSliceMasks& masks = {});
// {before, after} for each dim. `mode`: "CONSTANT" (zeros), "REFLECT", "SYMMETRIC". Throws ValueError on another.
Tensor pad(const Tensor& x, const std::vector<std::vector<std::int64_t>>& paddings, std::string_view mode = "CONSTANT");
Tensor pad(const Tensor& x, const std::vector<std::vector<std::int64_t>>& paddings, const Tensor& constant_value);
Tensor tile(const Tensor& x, const std::vector<std::int64_t>& multiples);
Tensor tile(const Tensor& x, const Tensor& multiples);
Tensor reverse(const Tensor& x, const std::vector<std::int64_t>& axes);

// ---- picking ----
Tensor gather(const Tensor& params, const Tensor& indices, std::int64_t axis = 0, std::int64_t batch_dims = 0);
Tensor gather_nd(const Tensor& params, const Tensor& indices);
Tensor scatter_nd(const Tensor& indices, const Tensor& updates, const Shape& shape);  // repeated indices add up
Tensor where(const Tensor& condition, const Tensor& x, const Tensor& y);              // broadcasts
Tensor where(const Tensor& condition);  // int64 [n, rank]: indices of what is not zero
Tensor reverse_sequence(const Tensor& x, const Tensor& lengths, std::int64_t seq_axis, std::int64_t batch_axis = 0);
Tensor band_part(const Tensor& x, std::int64_t lower, std::int64_t upper);  // negative: all of that triangle
Tensor one_hot(const Tensor& indices, std::int64_t depth, DType dtype = DType::float32, std::int64_t axis = -1);

}  // namespace hornbeam::ops
