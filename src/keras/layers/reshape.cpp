#include "hornbeam/layers/reshape.hpp"

#include <algorithm>

#include "hornbeam/ops.hpp"
#include "keras/layers/checked_size.h"
#include "keras/layers/data_format.h"
#include "keras/layers/register.h"
#include "keras/layers/tuple_text.h"
#include "ops/int_values.h"

namespace hornbeam {
namespace {

// The batch of x as it is now: known, or an element of its shape.
Tensor reshape_batch(const Tensor& x, const std::vector<std::int64_t>& rest) {
  if (x.rank() == 0) throw IndexError("tuple index out of range: an input of shape () has no batch to keep");
  std::vector<std::int64_t> dims{x.shape()[0]};
  dims.insert(dims.end(), rest.begin(), rest.end());
  const auto unknown = std::count_if(dims.begin(), dims.end(), [](auto d) { return d < 0; });
  if (unknown <= 1) return ops::reshape(x, Shape(dims));
  const auto shape = ops::shape(x);
  const auto batch = ops::slice(shape, {0}, {1});
  return ops::reshape(x, ops::concat({batch, int32_vector(rest)}, 0));
}

}  // namespace

FlattenLayer::FlattenLayer(const FlattenOptions& options) : Layer(options.layer()), data_format_(options.data_format) {
  check();
}

void FlattenLayer::check() {
  data_format_ = checked_data_format(data_format_);
  input_spec_ = {{.min_ndim = 1}};
}

Values FlattenLayer::call(const Values& inputs, CallContext&) {
  Tensor x = inputs;
  const auto rank = x.rank();
  if (data_format_ == "channels_first" && rank > 2) {
    std::vector<std::int64_t> perm{0};
    for (std::size_t i = 2; i < rank; ++i) perm.push_back(static_cast<std::int64_t>(i));
    perm.push_back(1);
    x = ops::transpose(x, perm);
  }
  if (rank == 1) return ops::expand_dims(x, 1);
  std::int64_t size = 1;
  for (std::size_t i = 1; i < rank; ++i) size = x.shape()[i] < 0 || size < 0 ? None : size_product(size, x.shape()[i]);
  return reshape_batch(x, {size});
}

ReshapeLayer::ReshapeLayer(std::vector<std::int64_t> target_shape, const ReshapeOptions& options)
    : Layer(options.layer()), target_shape_(std::move(target_shape)) {
  check();
}

void ReshapeLayer::check() {
  if (std::count_if(target_shape_.begin(), target_shape_.end(), [](auto d) { return d < 0; }) > 1) {
    throw ValueError("There must be at most one unknown dimension in output_shape. Received: output_shape=" +
                     Config(target_shape_).dump() + ".");
  }
  for (const auto d : target_shape_) {
    if (d >= -1) continue;
    throw ValueError(
        "Each dimension in `target_shape` must be a non-negative integer, or `-1` for a single unknown dimension. "
        "Received: target_shape=" +
        tuple_text(Config(target_shape_)) + ".");
  }
}

Values ReshapeLayer::call(const Values& inputs, CallContext&) {
  const Tensor x = inputs;
  auto target = target_shape_;
  std::int64_t known = 1, size = 1;
  for (std::size_t i = 1; i < x.rank(); ++i)
    size = x.shape()[i] < 0 || size < 0 ? None : size_product(size, x.shape()[i]);
  for (const auto d : target) {
    if (d >= 0 && __builtin_mul_overflow(known, d, &known)) throw ValueError("Reshape: target_shape is too large");
  }
  const auto open = std::find_if(target.begin(), target.end(), [](auto d) { return d < 0; });
  const bool fits = open == target.end() ? size == known : known != 0 && size % known == 0;
  if (size >= 0 && !fits) {
    std::vector<std::int64_t> rest(x.shape().begin() + 1, x.shape().end());
    throw ValueError("total size of new array must be unchanged, input_shape = " + Config(rest).dump() +
                     ", output_shape = " + Config(target_shape_).dump());
  }
  if (size >= 0 && open != target.end()) *open = size / known;
  return reshape_batch(x, target);
}

PermuteLayer::PermuteLayer(std::vector<std::int64_t> dims, const PermuteOptions& options)
    : Layer(options.layer()), dims_(std::move(dims)) {
  check();
}

void PermuteLayer::check() {
  auto sorted = dims_;
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (sorted[i] == static_cast<std::int64_t>(i) + 1) continue;
    throw ValueError("Invalid permutation `dims` for Permute Layer: " + Shape(dims_).to_string() +
                     ". The set of indices in `dims` must be consecutive and start from 1.");
  }
  input_spec_ = {{.ndim = dims_.size() + 1}};
}

Values PermuteLayer::call(const Values& inputs, CallContext&) {
  std::vector<std::int64_t> perm{0};
  perm.insert(perm.end(), dims_.begin(), dims_.end());
  return ops::transpose(inputs, perm);
}

RepeatVectorLayer::RepeatVectorLayer(std::int64_t n, const RepeatVectorOptions& options)
    : Layer(options.layer()), n_(n) {
  check();
}

void RepeatVectorLayer::check() {
  if (n_ < 0) {
    throw ValueError("Invalid value in tensor used for shape: " + std::to_string(n_) +
                     ". Argument `n` should be a positive integer. Received: n=" + std::to_string(n_));
  }
  input_spec_ = {{.ndim = 2}};
}

Values RepeatVectorLayer::call(const Values& inputs, CallContext&) {
  return ops::tile(ops::expand_dims(inputs, 1), {1, n_, 1});
}

}  // namespace hornbeam

HB_REGISTER(layer_reshape) {
  using namespace hornbeam;
  register_builtin<FlattenLayer>();
  register_builtin<ReshapeLayer>();
  register_builtin<PermuteLayer>();
  register_builtin<RepeatVectorLayer>();
  register_builtin<IdentityLayer>();
}
