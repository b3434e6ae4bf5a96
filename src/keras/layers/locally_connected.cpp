// All implementations compute the same way: the windows of each position as a matrix of a batch, times its kernel.
#include "hornbeam/layers/locally_connected.hpp"

#include "hornbeam/ops.hpp"
#include "keras/initializers/skip.h"
#include "keras/layers/conv_checks.h"
#include "keras/layers/register.h"

namespace hornbeam {
namespace {

// Of `rank` spatial dims, the last fastest: fn(position as a number, position).
template <class Fn>
void for_each_place(const std::vector<std::int64_t>& sizes, Fn&& fn) {
  std::vector<std::int64_t> at(sizes.size(), 0);
  std::int64_t count = 1;
  for (const auto size : sizes) count *= size;
  for (std::int64_t n = 0; n < count; ++n) {
    fn(n, at);
    for (std::size_t i = sizes.size(); i-- > 0 && ++at[i] == sizes[i];) at[i] = 0;
  }
}

}  // namespace

LocallyConnectedLayer::LocallyConnectedLayer(std::size_t rank, std::int64_t filters,
                                             std::vector<std::int64_t> kernel_size,
                                             const LocallyConnectedOptions& options)
    : Layer(options.layer()), rank_(rank), filters_(filters), kernel_size_(std::move(kernel_size)), o_(options) {
  activity_regularizer_ = options.activity_regularizer;
  check();
}

void LocallyConnectedLayer::check() {
  check_filters(filters_);
  kernel_size_ = checked_tuple(kernel_size_, rank_, "kernel_size");
  o_.strides = checked_tuple(o_.strides, rank_, "strides");
  o_.padding = checked_padding(o_.padding);
  if (o_.padding != "valid" && o_.implementation == 1) {
    throw ValueError("Invalid border mode for LocallyConnected" + std::to_string(rank_) +
                     "D (only \"valid\" is supported if implementation is 1): " + o_.padding);
  }
  o_.data_format = checked_data_format(o_.data_format);
  if (o_.implementation < 1 || o_.implementation > 3) {
    throw ValueError("Unrecognized implementation mode: " + std::to_string(o_.implementation) + ".");
  }
  input_spec_ = {{.ndim = rank_ + 2}};
}

void LocallyConnectedLayer::build(const Shape& input_shape) {
  const auto channels = known_channels(input_shape, o_.data_format);
  if (channels == 0) {
    throw ValueError(class_name() + " needs channels: the input has the shape " + input_shape.to_string() + ".");
  }
  std::vector<std::int64_t> used{channels, filters_};  // what the kernel holds at least, and what its places take
  sides_.clear();
  for (std::size_t i = 0; i < rank_; ++i) {
    Side s{.in = input_shape[i + (channels_first() ? 2 : 1)], .stride = o_.strides[i]};
    if (s.in < 0) {
      throw ValueError("The spatial dimensions of the inputs to  a " + class_name() +
                       " layer should be fully-defined, but layer received the inputs shape " +
                       input_shape.to_string());
    }
    check_weight_size(variable_dtype(), {s.in});
    const auto size = kernel_size_[i];
    const bool same = o_.padding == "same";
    const auto starts = same ? s.in : s.in - size + 1;
    s.out = starts <= 0 ? 0 : (starts - 1) / s.stride + 1;
    if (s.out <= 0) {
      throw ValueError("One of the dimensions in the output is <= 0 due to downsampling in " + name() +
                       ". Consider increasing the input size. Received input shape " + input_shape.to_string() +
                       " which would produce output shape with a zero or negative value in a dimension.");
    }
    const auto last_start = (s.out - 1) * s.stride;
    const auto shift = same ? size / 2 : 0;  // windows begin that far before their position
    s.first_tap = std::max<std::int64_t>(0, shift - last_start);
    s.taps = std::min(size - 1, shift + s.in - 1) - s.first_tap + 1;
    s.start = s.first_tap - shift;
    s.before = -s.start;
    s.after = std::max<std::int64_t>(0, last_start + s.start + s.taps - s.in);
    used.push_back(s.out);
    used.push_back(s.taps);
    sides_.push_back(s);
  }
  check_weight_size(variable_dtype(), Shape(used));
  kernel = add_weight(
      "kernel", kernel_shape(channels),
      {.initializer = o_.kernel_initializer, .regularizer = o_.kernel_regularizer, .constraint = o_.kernel_constraint});
  if (o_.use_bias) {
    std::vector<std::int64_t> shape;
    for (const auto& s : sides_) shape.push_back(s.out);
    shape.push_back(filters_);
    bias = add_weight(
        "bias", Shape(shape),
        {.initializer = o_.bias_initializer, .regularizer = o_.bias_regularizer, .constraint = o_.bias_constraint});
  }
  if (o_.implementation != 1) places_ = kernel_places(channels);
  input_spec_ = {{.ndim = rank_ + 2, .axes = {{channel_axis(o_.data_format), channels}}}};
}

std::int64_t LocallyConnectedLayer::positions() const {
  std::int64_t count = 1;
  for (const auto& s : sides_) count *= s.out;
  return count;
}

Shape LocallyConnectedLayer::kernel_shape(std::int64_t channels) const {
  if (o_.implementation == 2) {
    std::vector<std::int64_t> in, out;
    for (const auto& s : sides_) {
      in.push_back(s.in);
      out.push_back(s.out);
    }
    in.insert(channels_first() ? in.begin() : in.end(), channels);
    out.insert(channels_first() ? out.begin() : out.end(), filters_);
    in.insert(in.end(), out.begin(), out.end());
    return Shape(in);
  }
  if (o_.implementation == 1) {
    std::int64_t window = channels;
    for (const auto size : kernel_size_) window *= size;
    return {positions(), window, filters_};
  }
  std::int64_t used = channels * filters_;
  for (const auto& s : sides_) {
    std::int64_t reached = 0;  // inputs in the windows of this dim
    for (std::int64_t o = 0; o < s.out; ++o) {
      const auto begin = o * s.stride + s.start;
      reached += std::min(s.in, begin + s.taps) - std::max<std::int64_t>(0, begin);
    }
    used *= reached;
  }
  return {used};
}

// [positions, taps * channels, filters]: where in the flat kernel that weight is; behind its end where the tap lies
// outside of the input. Implementation 3 keeps the weights in the order of a sparse matrix, outputs by inputs.
Tensor LocallyConnectedLayer::kernel_places(std::int64_t channels) const {
  std::vector<std::int64_t> outs, taps, ins;
  for (const auto& s : sides_) {
    outs.push_back(s.out);
    taps.push_back(s.taps);
    ins.push_back(s.in);
  }
  const auto count = positions();
  std::int64_t inputs = 1, window = 1;
  for (const auto size : ins) inputs *= size;
  for (const auto size : taps) window *= size;
  const auto none = kernel->shape().num_elements();
  auto places = Tensor::empty(DType::int64, {count, window * channels, filters_});
  auto* place = places.mutable_data<std::int64_t>().data();
  std::vector<std::int64_t> reached(static_cast<std::size_t>(window));  // the input under each tap, or -1
  std::int64_t before = 0;  // inputs that the positions before this one reach
  const auto all = none / (channels * filters_);
  for_each_place(outs, [&](std::int64_t p, const std::vector<std::int64_t>& out) {
    std::int64_t here = 0;
    for_each_place(taps, [&](std::int64_t t, const std::vector<std::int64_t>& tap) {
      std::int64_t in = 0;
      for (std::size_t i = 0; i < rank_ && in >= 0; ++i) {
        const auto at = out[i] * sides_[i].stride + sides_[i].start + tap[i];
        in = at < 0 || at >= ins[i] ? -1 : in * ins[i] + at;
      }
      reached[static_cast<std::size_t>(t)] = in;
      here += in >= 0;
    });
    std::int64_t rank = 0;
    for (const auto in : reached) {
      for (std::int64_t c = 0; c < channels; ++c) {
        for (std::int64_t o = 0; o < filters_; ++o) {
          if (in < 0) {
            *place++ = none;
          } else if (o_.implementation == 2) {
            *place++ = channels_first() ? ((c * inputs + in) * filters_ + o) * count + p
                                        : ((in * channels + c) * count + p) * filters_ + o;
          } else {
            *place++ = channels_first() ? (o * all + before) * channels + c * here + rank
                                        : before * channels * filters_ + (o * here + rank) * channels + c;
          }
        }
      }
      rank += in >= 0;
    }
    before += here;
  });
  return places;
}

Tensor LocallyConnectedLayer::kernel_by_position() const {
  if (o_.implementation == 1) return kernel;
  const Tensor weights = kernel;
  const auto flat = ops::concat({ops::reshape(weights, Shape{None}), ops::zeros({1}, weights.dtype())}, 0);
  return ops::gather(flat, places_);
}

// [positions, batch, taps * channels] of an input with channels last.
Tensor LocallyConnectedLayer::windows(const Tensor& input) const {
  const auto dims = rank_ + 2;
  std::vector<std::vector<std::int64_t>> around(dims, {0, 0});
  std::vector<std::int64_t> taps;
  bool padded = false;
  for (std::size_t i = 0; i < rank_; ++i) {
    around[i + 1] = {sides_[i].before, sides_[i].after};
    padded = padded || sides_[i].before > 0 || sides_[i].after > 0;
    taps.push_back(sides_[i].taps);
  }
  const auto x = padded ? ops::pad(input, around) : input;
  const auto ends = static_cast<std::int64_t>(1 | 1 << (dims - 1));  // whole batch, all channels
  std::vector<Tensor> parts;
  for_each_place(taps, [&](std::int64_t, const std::vector<std::int64_t>& tap) {
    std::vector<std::int64_t> begin(dims, 0), end(dims, 0), strides(dims, 1);
    for (std::size_t i = 0; i < rank_; ++i) {
      begin[i + 1] = tap[i];
      end[i + 1] = tap[i] + (sides_[i].out - 1) * sides_[i].stride + 1;
      strides[i + 1] = sides_[i].stride;
    }
    parts.push_back(ops::strided_slice(x, begin, end, strides, {.begin_mask = ends, .end_mask = ends}));
  });
  // Implementation 1 keeps windows as they lie in the input.
  const bool channels_outside = channels_first() && o_.implementation == 1;
  const auto together = ops::stack(parts, channels_outside ? -1 : static_cast<std::int64_t>(dims) - 1);
  const auto size = static_cast<std::int64_t>(parts.size()) * input.shape().back();
  return ops::transpose(ops::reshape(together, Shape{None, positions(), size}), {1, 0, 2});
}

Values LocallyConnectedLayer::call(const Values& inputs, CallContext&) {
  Tensor x = inputs;
  if (channels_first()) x = channels_moved(x, true);
  auto y = ops::transpose(ops::matmul(windows(x), kernel_by_position()), {1, 0, 2});
  std::vector<std::int64_t> shape{None};
  for (const auto& s : sides_) shape.push_back(s.out);
  shape.push_back(filters_);
  y = ops::reshape(y, Shape(shape));
  if (channels_first()) y = channels_moved(y, false);
  if (o_.use_bias) {
    // As Keras does, channels first too: the same numbers in another shape.
    Tensor b = bias;
    if (channels_first()) {
      shape.insert(shape.begin() + 1, filters_);
      shape.pop_back();
      shape[0] = 1;
      b = ops::reshape(b, Shape(shape));
    }
    y = y + b;
  }
  return o_.activation(y);
}

}  // namespace hornbeam

HB_REGISTER(layer_locally_connected) {
  using namespace hornbeam;
  register_builtin<LocallyConnected1DLayer>();
  register_builtin<LocallyConnected2DLayer>();
}
