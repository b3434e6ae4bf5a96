#include "hornbeam/layers/pooling.hpp"

#include <limits>

#include "hornbeam/ops.hpp"
#include "hornbeam/target.hpp"
#include "keras/engine/ragged_inputs.h"
#include "keras/layers/data_format.h"
#include "keras/layers/float_inputs.h"
#include "keras/layers/register.h"

namespace hornbeam {

PoolingLayer::PoolingLayer(std::size_t rank, bool max, const PoolingOptions& options)
    : Layer(options.layer()), rank_(rank), max_(max), o_(options) {
  check();
}

void PoolingLayer::check() {
  o_.pool_size = checked_tuple(o_.pool_size, rank_, "pool_size");
  o_.strides = o_.strides ? checked_tuple(*o_.strides, rank_, "strides") : o_.pool_size;
  o_.padding = checked_padding(o_.padding);
  o_.data_format = checked_data_format_of(rank_, o_.data_format);
  input_spec_ = {{.ndim = rank_ + 2}};
}

Values PoolingLayer::call(const Values& inputs, CallContext&) {
  Tensor x = inputs;
  const auto* format = tf_format(o_.data_format);
  const auto pool = max_ ? ops::max_pool : ops::avg_pool;
  if (rank_ > 1) return pool(x, o_.pool_size, *o_.strides, o_.padding, format);
  // As Keras does: a 2-D pool over an image one pixel wide.
  const std::int64_t axis = o_.data_format == "channels_first" ? 3 : 2;
  auto y = pool(ops::expand_dims(x, axis), {o_.pool_size[0], 1}, {(*o_.strides)[0], 1}, o_.padding, format);
  return ops::squeeze(y, {axis});
}

GlobalPoolingLayer::GlobalPoolingLayer(std::size_t rank, bool max, const GlobalPoolingOptions& options)
    : Layer(options.layer()), rank_(rank), max_(max), o_(options) {
  check();
}

void GlobalPoolingLayer::check() {
  o_.data_format = checked_data_format_of(rank_, o_.data_format);
  input_spec_ = {{.ndim = rank_ + 2}};
  supports_masking_ = rank_ == 1 && !max_;
  if (rank_ == 1 && o_.data_format != "channels_first") ragged_inputs_ = RaggedInputs::taken;
}

std::vector<Tensor> GlobalPoolingLayer::compute_mask(const Values&, const std::vector<Tensor>&) { return {}; }

namespace {

Tensor lowest_number(DType dtype) {
  if (dtype == DType::float16) return Tensor::scalar(-65504.0);
  if (dtype == DType::float64) return Tensor::scalar(std::numeric_limits<double>::lowest());
  return ops::cast(Tensor::scalar(std::numeric_limits<float>::lowest()), dtype);
}

// Over the steps that each row has. Of none the mean is NaN, and the greatest the lowest number.
Tensor pooled_rows(const RaggedTensor& x, bool max, bool keepdims) {
  if (!max) {
    auto count = ops::cast(x.row_lengths(), x.dtype());
    const auto sum = ops::reduce_sum(x.to_tensor(), std::vector<std::int64_t>{1}, keepdims);
    while (count.rank() < sum.rank()) count = ops::expand_dims(count, -1);
    return sum / count;
  }
  return ops::reduce_max(x.to_tensor(lowest_number(x.dtype())), std::vector<std::int64_t>{1}, keepdims);
}

}  // namespace

Values GlobalPoolingLayer::call(const Values& inputs, CallContext& context) {
  const Tensor x = inputs;
  if (is_ragged(x)) return pooled_rows(rows_of_steps(name(), inputs), max_, o_.keepdims);
  std::vector<std::int64_t> axes;
  const std::int64_t start = o_.data_format == "channels_first" ? 2 : 1;
  for (std::size_t i = 0; i < rank_; ++i) axes.push_back(start + static_cast<std::int64_t>(i));
  if (max_) return ops::reduce_max(x, axes, o_.keepdims);
  if (const auto mask = context.mask(); supports_masking_ && mask.defined()) {
    const auto weights = ops::expand_dims(ops::cast(mask, x.dtype()), o_.data_format == "channels_first" ? 1 : 2);
    return ops::reduce_sum(x * weights, axes, o_.keepdims) / ops::reduce_sum(weights, axes, o_.keepdims);
  }
  return ops::reduce_mean(current_target() == Target::keras3 ? as_floats(x, compute_dtype()) : x, axes, o_.keepdims);
}

}  // namespace hornbeam

HB_REGISTER(layer_pooling) {
  using namespace hornbeam;
  register_builtin<MaxPooling1DLayer>({"MaxPool1D"});
  register_builtin<MaxPooling2DLayer>({"MaxPool2D"});
  register_builtin<MaxPooling3DLayer>({"MaxPool3D"});
  register_builtin<AveragePooling1DLayer>({"AvgPool1D"});
  register_builtin<AveragePooling2DLayer>({"AvgPool2D"});
  register_builtin<AveragePooling3DLayer>({"AvgPool3D"});
  register_builtin<GlobalMaxPooling1DLayer>({"GlobalMaxPool1D"});
  register_builtin<GlobalMaxPooling2DLayer>({"GlobalMaxPool2D"});
  register_builtin<GlobalMaxPooling3DLayer>({"GlobalMaxPool3D"});
  register_builtin<GlobalAveragePooling1DLayer>({"GlobalAvgPool1D"});
  register_builtin<GlobalAveragePooling2DLayer>({"GlobalAvgPool2D"});
  register_builtin<GlobalAveragePooling3DLayer>({"GlobalAvgPool3D"});
}
