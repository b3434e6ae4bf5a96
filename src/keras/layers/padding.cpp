#include "hornbeam/layers/padding.hpp"

#include <algorithm>
#include <limits>

#include "hornbeam/ops.hpp"
#include "hornbeam/ops_image.hpp"
#include "keras/layers/checked_size.h"
#include "keras/layers/data_format.h"
#include "keras/layers/image/window.h"
#include "keras/layers/register.h"
#include "keras/layers/tuple_text.h"

namespace hornbeam {
namespace {

// 2.2's words.
[[noreturn]] void refuse_count(const char* name, const Config& given, std::size_t rank) {
  throw ValueError(std::string("`") + name + "` should have " + (rank == 2 ? "two" : std::to_string(rank)) +
                   " elements. Found: " + tuple_text(given));
}
[[noreturn]] void refuse_pair(const std::string& name, const Config& given) {
  throw ValueError("The `" + name + "` argument must be a tuple of 2 integers. Received: " + tuple_text(given));
}
// Of later versions: 2.2 takes them.
[[noreturn]] void refuse_negative(const char* name, const Config& given, std::int64_t value, std::size_t rank) {
  if (rank > 1) {
    throw ValueError(std::string("`") + name + "` cannot be negative. Received: " + name + "=" + tuple_text(given) +
                     ".");
  }
  throw ValueError(std::string("The `") + name +
                   "` argument must be a tuple of 2 integers. Received: " + tuple_text(given) + " including {" +
                   std::to_string(value) + "} that does not satisfy the requirement `>= 0`.");
}

[[noreturn]] void refuse(const char* name, const Config& given) {
  throw ValueError(std::string("`") + name +
                   "` should be either an int, a tuple of ints, or a tuple of tuples of 2 "
                   "non-negative ints. Received: " +
                   tuple_text(given));
}

// 2.15's words, in three dims Keras 3's: 2.2 gives nothing, of a negative size.
[[noreturn]] void refuse_cropping(const Config& given, std::size_t rank, const Shape& shape) {
  const auto cropping = "cropping=" + tuple_text(given);
  if (rank == 3) {
    throw ValueError(
        "Values in `cropping` argument should be smaller than the corresponding spatial dimension of the input. "
        "Received: input_shape=" +
        shape.to_string() + ", " + cropping);
  }
  throw ValueError(std::string(rank == 1 ? "cropping parameter of Cropping layer" : "Argument `cropping`") +
                   " must be greater than the input shape. Received: inputs.shape=" + shape.to_string() + ", and " +
                   cropping);
}

// 1, (1, 2), or ((1, 2), (3, 4)); for one dim (1, 2) is a pair.
Margins parse_margins(const Config& given, std::size_t rank, const char* name) {
  Margins margins;
  const auto one = [&](const Config& c) {
    if (!c.is_int()) refuse(name, given);
    if (c.as_int() < 0) refuse_negative(name, given, c.as_int(), rank);
    return c.as_int();
  };
  if (given.is_int()) {
    margins.assign(rank, {one(given), one(given)});
  } else if (given.is_list() && rank == 1 && given.size() == 2) {
    margins.push_back({one(given.at(0)), one(given.at(1))});
  } else if (given.is_list() && given.size() == rank) {
    for (const auto& item : given.as_list()) {
      if (item.is_list()) {
        constexpr const char* kEntries[] = {"1st", "2nd", "3rd"};
        if (item.size() != 2) refuse_pair(kEntries[margins.size()] + (" entry of " + std::string(name)), item);
        margins.push_back({one(item.at(0)), one(item.at(1))});
      } else {
        margins.push_back({one(item), one(item)});
      }
    }
  } else if (given.is_list() && rank == 1) {
    refuse_pair(name, given);
  } else if (given.is_list()) {
    refuse_count(name, given, rank);
  } else {
    refuse(name, given);
  }
  return margins;
}

}  // namespace

MarginLayer::MarginLayer(std::size_t rank, bool crop, const Margins& margins, const PaddingOptions& options)
    : Layer(options.layer()), rank_(rank), crop_(crop), data_format_(options.data_format) {
  given_ = Config::list();
  if (rank == 1 && margins.size() == 1) {
    given_ = Config(std::vector<std::int64_t>{margins[0][0], margins[0][1]});
  } else {
    for (const auto& m : margins) given_.push_back(Config(std::vector<std::int64_t>{m[0], m[1]}));
  }
  check();
}

void MarginLayer::check() {
  margins_ = parse_margins(given_, rank_, crop_ ? "cropping" : "padding");
  // The config holds pairs whatever was given.
  if (rank_ == 1) {
    given_ = Config(std::vector<std::int64_t>{margins_[0][0], margins_[0][1]});
    if (format_1d_) data_format_ = *format_1d_;
  } else {
    given_ = Config::list();
    for (const auto& m : margins_) given_.push_back(Config(std::vector<std::int64_t>{m[0], m[1]}));
  }
  data_format_ = checked_data_format_of(rank_, data_format_);
  input_spec_ = {{.ndim = rank_ + 2}};
}

Values MarginLayer::call(const Values& inputs, CallContext&) {
  const Tensor x = inputs;
  const std::size_t start = data_format_ == "channels_first" ? 2 : 1;
  if (!crop_) {
    std::vector<std::vector<std::int64_t>> paddings(rank_ + 2, {0, 0});
    for (std::size_t i = 0; i < rank_; ++i) paddings[start + i] = {margins_[i][0], margins_[i][1]};
    return ops::pad(x, paddings);
  }
  std::vector<std::int64_t> begin(rank_ + 2, 0), end(rank_ + 2, 0), strides(rank_ + 2, 1);
  std::int64_t end_mask = (std::int64_t{1} << (rank_ + 2)) - 1, begin_mask = end_mask;
  for (std::size_t i = 0; i < rank_; ++i) {
    const auto at = start + i;
    const auto size = x.shape()[at];
    if (size >= 0 && size_sum(margins_[i][0], margins_[i][1]) >= size) refuse_cropping(given_, rank_, x.shape());
    begin[at] = margins_[i][0];
    begin_mask &= ~(std::int64_t{1} << at);
    if (margins_[i][1] != 0) {
      end[at] = -margins_[i][1];
      end_mask &= ~(std::int64_t{1} << at);
    }
  }
  return ops::strided_slice(x, begin, end, strides, {.begin_mask = begin_mask, .end_mask = end_mask});
}

UpSamplingLayer::UpSamplingLayer(std::size_t rank, const UpSamplingOptions& options)
    : Layer(options.layer()), rank_(rank), data_format_(options.data_format), interpolation_(options.interpolation) {
  size_ = options.size.size() == 1 && rank == 1 ? Config(options.size[0]) : Config(options.size);
  check();
}

void UpSamplingLayer::check() {
  sizes_ = checked_tuple(size_.as_ints(), rank_, "size");
  size_ = rank_ == 1 ? Config(sizes_[0]) : Config(sizes_);
  data_format_ = checked_data_format_of(rank_, data_format_);
  input_spec_ = {{.ndim = rank_ + 2}};
  target_ = current_target();
  check_interpolation();
}

namespace {

// Each element `n` times along an axis: a dim of its own, tiled, folded in again.
Tensor repeated(const Tensor& x, std::size_t axis, std::int64_t n) {
  if (n == 1) return x;
  const auto at = static_cast<std::int64_t>(axis);
  std::vector<std::int64_t> multiples(x.rank() + 1, 1);
  multiples[axis + 1] = n;
  const auto tiled = ops::tile(ops::expand_dims(x, at + 1), multiples);
  std::vector<Tensor> dims;
  const auto shape = ops::shape(x);
  auto known = x.shape().dims();
  int unknown = 0;
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (known[i] < 0) {
      ++unknown;
    } else if (i == axis) {
      known[i] *= n;
    }
  }
  if (unknown <= 1) return ops::reshape(tiled, Shape(known));
  for (std::size_t i = 0; i < known.size(); ++i) {
    const auto d = ops::slice(shape, {static_cast<std::int64_t>(i)}, {1});
    dims.push_back(i == axis ? d * n : d);
  }
  return ops::reshape(tiled, ops::concat(dims, 0));
}

}  // namespace

void UpSamplingLayer::check_interpolation() {
  if (target_ == Target::tf22) {
    if (interpolation_ == "nearest" || interpolation_ == "bilinear") return;
    throw ValueError("`interpolation` argument should be one of `\"nearest\"` or `\"bilinear\"`.");
  }
  interpolation_ = checked_interpolation(interpolation_);
  if (interpolation_ != "nearest") check_image_size(sizes_[0], sizes_[1]);
}

Values UpSamplingLayer::call(const Values& inputs, CallContext&) {
  Tensor x = inputs;
  const bool first = data_format_ == "channels_first";
  if (interpolation_ == "nearest") {
    for (std::size_t i = 0; i < rank_; ++i) x = repeated(x, i + (first ? 2 : 1), sizes_[i]);
    return x;
  }
  if (first) x = to_channels_last(x);
  const auto h = x.shape()[1], w = x.shape()[2];
  // Sizes that no image has are refused by the op.
  const auto times = [](std::int64_t a, std::int64_t by) {
    constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
    return a > kMost / by ? kMost : a * by;
  };
  Tensor y;
  if (h >= 0 && w >= 0) {
    y = ops::resize(x, times(h, sizes_[0]), times(w, sizes_[1]), interpolation_);
  } else {
    const auto factors =
        Tensor::from<std::int32_t>({2}, {static_cast<std::int32_t>(sizes_[0]), static_cast<std::int32_t>(sizes_[1])});
    y = ops::resize(x, ops::slice(ops::shape(x), {1}, {2}) * factors, interpolation_);
  }
  // tf.keras leaves what it resized in float32.
  if (target_ == Target::keras3) y = ops::cast(y, x.dtype());
  return first ? to_channels_first(y) : y;
}

}  // namespace hornbeam

HB_REGISTER(layer_padding) {
  using namespace hornbeam;
  register_builtin<ZeroPadding1DLayer>();
  register_builtin<ZeroPadding2DLayer>();
  register_builtin<ZeroPadding3DLayer>();
  register_builtin<Cropping1DLayer>();
  register_builtin<Cropping2DLayer>();
  register_builtin<Cropping3DLayer>();
  register_builtin<UpSampling1DLayer>();
  register_builtin<UpSampling2DLayer>();
  register_builtin<UpSampling3DLayer>();
}
