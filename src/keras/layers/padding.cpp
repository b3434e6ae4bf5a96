#include "hornbeam/layers/padding.hpp"

#include <algorithm>
#include <cmath>

#include "hornbeam/ops.hpp"
#include "keras/layers/data_format.h"
#include "keras/layers/register.h"

namespace hornbeam {
namespace {

// 2.2's words; the rest is later versions'.
[[noreturn]] void refuse_count(const char* name, const Config& given, std::size_t rank) {
  constexpr const char* kCounts[] = {"", "one element", "two elements", "three elements"};
  auto found = given.dump();
  if (given.is_list()) found = "(" + found.substr(1, found.size() - 2) + ")";
  throw ValueError(std::string("`") + name + "` should have " + kCounts[rank] + ". Found: " + found);
}

[[noreturn]] void refuse(const char* name, const Config& given) {
  throw ValueError(std::string("`") + name +
                   "` should be either an int, a tuple of ints, or a tuple of tuples of 2 "
                   "non-negative ints. Received: " +
                   given.dump());
}

// 1, (1, 2), or ((1, 2), (3, 4)); for one dim (1, 2) is a pair.
Margins parse_margins(const Config& given, std::size_t rank, const char* name) {
  Margins margins;
  const auto one = [&](const Config& c) {
    if (!c.is_int() || c.as_int() < 0) refuse(name, given);
    return c.as_int();
  };
  if (given.is_int()) {
    margins.assign(rank, {one(given), one(given)});
  } else if (given.is_list() && rank == 1 && given.size() == 2) {
    margins.push_back({one(given.at(0)), one(given.at(1))});
  } else if (given.is_list() && given.size() == rank) {
    for (const auto& item : given.as_list()) {
      if (item.is_list()) {
        if (item.size() != 2) refuse(name, given);
        margins.push_back({one(item.at(0)), one(item.at(1))});
      } else {
        margins.push_back({one(item), one(item)});
      }
    }
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
    if (size >= 0 && margins_[i][0] + margins_[i][1] >= size) {
      throw ValueError("Argument `cropping` must be smaller than the input: cropping " + given_.dump() +
                       ", input shape " + x.shape().to_string());
    }
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
  if (interpolation_ != "nearest" && interpolation_ != "bilinear") {
    throw NotImplementedError("UpSampling2D with interpolation '" + interpolation_ + "' is not yet supported");
  }
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

// Bilinear along one axis with half-pixel centres: blends of two neighbours, clamped at the edges.
Tensor bilinear(const Tensor& x, std::size_t axis, std::int64_t n) {
  const auto size = x.shape()[axis];
  if (size < 0)
    throw ValueError("bilinear UpSampling2D needs a known height and width; input shape " + x.shape().to_string());
  std::vector<std::int32_t> low, high;
  std::vector<float> share;
  for (std::int64_t i = 0; i < size * n; ++i) {
    const float at = (static_cast<float>(i) + 0.5F) / static_cast<float>(n) - 0.5F;
    const auto floor = static_cast<std::int64_t>(std::floor(at));
    low.push_back(static_cast<std::int32_t>(std::clamp<std::int64_t>(floor, 0, size - 1)));
    high.push_back(static_cast<std::int32_t>(std::clamp<std::int64_t>(floor + 1, 0, size - 1)));
    share.push_back(at - static_cast<float>(floor));
  }
  const auto count = size * n;
  const auto at = static_cast<std::int64_t>(axis);
  std::vector<std::int64_t> aligned(x.rank(), 1);
  aligned[axis] = count;
  const auto w = ops::cast(Tensor::from<float>(Shape(aligned), share), x.dtype());
  const auto a = ops::gather(x, Tensor::from<std::int32_t>({count}, low), at);
  const auto b = ops::gather(x, Tensor::from<std::int32_t>({count}, high), at);
  return a + (b - a) * w;
}

}  // namespace

Values UpSamplingLayer::call(const Values& inputs, CallContext&) {
  Tensor x = inputs;
  const std::size_t start = data_format_ == "channels_first" ? 2 : 1;
  for (std::size_t i = 0; i < rank_; ++i) {
    x = interpolation_ == "bilinear" ? bilinear(x, start + i, sizes_[i]) : repeated(x, start + i, sizes_[i]);
  }
  return x;
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
