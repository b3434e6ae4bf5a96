#include "hornbeam/layers/adaptive_pooling.hpp"

#include <algorithm>

#include "hornbeam/ops.hpp"
#include "keras/layers/data_format.h"
#include "keras/layers/register.h"
#include "keras/layers/tuple_text.h"

namespace hornbeam {

AdaptivePoolingLayer::AdaptivePoolingLayer(std::size_t rank, bool max, const AdaptivePoolingOptions& options)
    : Layer(options.layer()),
      rank_(rank),
      max_(max),
      output_size_(options.output_size),
      data_format_(options.data_format) {
  if (options.output_size.size() == 1) output_size_ = Config(options.output_size[0]);
  check();
}

void AdaptivePoolingLayer::check() {
  const bool is_list = output_size_.is_list();
  if (rank_ == 1 && is_list && output_size_.size() != 1) {
    throw ValueError("For 1D input, `output_size` tuple must have length 1. Received: " + tuple_text(output_size_));
  }
  if (!output_size_.is_int() && !(is_list && output_size_.size() == rank_)) {
    constexpr const char* kForms[] = {"tuple of 1 integer", "(height, width) tuple", "(depth, height, width) tuple"};
    throw TypeError("`output_size` must be an integer or " + std::string(kForms[rank_ - 1]) +
                    ". Received: " + tuple_text(output_size_));
  }
  auto sizes = output_size_.as_ints();
  if (output_size_.is_int()) sizes.assign(rank_, output_size_.as_int());
  constexpr std::int64_t kMost = 1 << 24;  // far more than an image has
  if (std::ranges::any_of(sizes, [](auto n) { return n <= 0 || n > kMost; })) {
    throw ValueError("`output_size` must be positive, and at most 2 ** 24. Received: " + output_size_.dump());
  }
  output_size_ = Config(sizes);
  data_format_ = checked_data_format(data_format_);
  input_spec_ = {{.ndim = rank_ + 2}};
}

namespace {

// Along one axis, of an input with channels last: windows are one of two lengths, so that two pools hold all of them.
Tensor adapted(const Tensor& x, std::size_t axis, std::int64_t outputs, bool max, bool one_dim) {
  const auto size = x.shape()[axis];
  if (size < 0) {
    throw ValueError(one_dim ? "Input length must be statically known for adaptive pooling"
                             : "Input spatial dimensions must be statically known for adaptive pooling");
  }
  const auto small = (size + outputs - 1) / outputs;
  std::vector<std::int32_t> picks;
  bool any_big = false;
  for (std::int64_t i = 0; i < outputs; ++i) {
    const auto begin = i * size / outputs, end = ((i + 1) * size + outputs - 1) / outputs;
    const bool big = end - begin > small;
    any_big = any_big || big;
    picks.push_back(static_cast<std::int32_t>(big ? begin + size - small + 1 : begin));
  }
  const auto pool = [&](std::int64_t length) {
    const auto kind = max ? ops::max_pool : ops::avg_pool;
    std::vector<std::int64_t> window(x.rank() - 2, 1);
    window[axis - 1] = length;
    return kind(x, window, std::vector<std::int64_t>(window.size(), 1), "valid", "NHWC");
  };
  auto all = pool(small);
  if (any_big) all = ops::concat({all, pool(small + 1)}, static_cast<std::int64_t>(axis));
  return ops::gather(all, Tensor::from<std::int32_t>({outputs}, picks), static_cast<std::int64_t>(axis));
}

}  // namespace

Values AdaptivePoolingLayer::call(const Values& inputs, CallContext&) {
  const bool first = data_format_ == "channels_first";
  Tensor x = first ? channels_moved(inputs.tensor(), /*to_last=*/true) : inputs.tensor();
  if (rank_ == 1) x = ops::expand_dims(x, 2);  // a 2-D pool over an image one pixel wide
  const auto sizes = output_size_.as_ints();
  for (std::size_t i = 0; i < rank_; ++i) x = adapted(x, i + 1, sizes[i], max_, rank_ == 1);
  if (rank_ == 1) x = ops::squeeze(x, {2});
  return first ? channels_moved(x, /*to_last=*/false) : x;
}

}  // namespace hornbeam

HB_REGISTER(layer_adaptive_pooling) {
  using namespace hornbeam;
  register_builtin<AdaptiveMaxPooling1DLayer>();
  register_builtin<AdaptiveMaxPooling2DLayer>();
  register_builtin<AdaptiveMaxPooling3DLayer>();
  register_builtin<AdaptiveAveragePooling1DLayer>();
  register_builtin<AdaptiveAveragePooling2DLayer>();
  register_builtin<AdaptiveAveragePooling3DLayer>();
}
