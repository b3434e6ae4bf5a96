#include "hornbeam/quantizers.hpp"

#include <algorithm>

#include "hornbeam/ops.hpp"
#include "ops/axes.h"
#include "ops/gradient.h"

namespace hornbeam::quantizers {
namespace {

constexpr std::int64_t kLow4 = -8, kHigh4 = 7;

Config object(const char* class_name, Config config) {
  return Config{{"module", "keras.quantizers"},
                {"class_name", class_name},
                {"config", std::move(config)},
                {"registered_name", nullptr}};
}

Config of(const std::optional<AbsMaxQuantizer>& quantizer) {
  return quantizer ? static_cast<Config>(*quantizer) : Config();
}

Tensor int8_of(int value) { return Tensor::scalar(static_cast<std::int8_t>(value)); }

std::size_t position(const Tensor& x, std::int64_t axis) {
  if (const auto found = axis_from_front(axis, x.rank())) return *found;
  throw ValueError("axis " + std::to_string(axis) + " is out of bounds for array of dimension " +
                   std::to_string(x.rank()));
}

}  // namespace

AbsMaxQuantizer::operator Config() const {
  Config config{{"value_range", Config(Config::List{low, high})}, {"epsilon", epsilon}, {"output_dtype", output_dtype}};
  if (axis) config.set("axis", Config(*axis));
  return object("AbsMaxQuantizer", std::move(config));
}

Int8QuantizationConfig::operator Config() const {
  return object("Int8QuantizationConfig",
                Config{{"weight_quantizer", of(weight_quantizer)}, {"activation_quantizer", of(activation_quantizer)}});
}

Int4QuantizationConfig::operator Config() const {
  return object("Int4QuantizationConfig", Config{{"weight_quantizer", of(weight_quantizer)},
                                                 {"activation_quantizer", of(activation_quantizer)},
                                                 {"block_size", block_size ? Config(*block_size) : Config()}});
}

Float8QuantizationConfig::operator Config() const { return object("Float8QuantizationConfig", Config::dict()); }

Scaled abs_max_quantize(const Tensor& x, const std::vector<std::int64_t>& axes, const AbsMaxQuantizer& quantizer) {
  const auto low = static_cast<double>(quantizer.low), high = static_cast<double>(quantizer.high);
  const auto scale = high / (ops::reduce_max(ops::abs(x), axes, true) + quantizer.epsilon);
  const auto rounded = ops::clip_by_value(ops::round(x * scale), low, high);
  return {ops::cast(rounded, DType::int8), scale};
}

Grouped abs_max_quantize_grouped_with_zero_point(const Tensor& x, std::int64_t given_block_size) {
  if (x.rank() != 2) {
    throw ValueError("abs_max_quantize_grouped_with_zero_point: expected a matrix, received the shape " +
                     x.shape().to_string());
  }
  if (given_block_size < 1) {
    throw ValueError("block_size must be at least 1. Received: block_size=" + std::to_string(given_block_size));
  }
  const auto rows = x.shape()[0], columns = x.shape()[1];
  // A last block that is not full is filled with zeros, which count; how many makes no difference.
  const auto block_size = std::min(given_block_size, rows + 1), blocks = (rows + block_size - 1) / block_size;
  const auto padded = ops::pad(x, {{0, blocks * block_size - rows}, {0, 0}});
  const auto grouped = ops::reshape(padded, Shape{blocks, block_size, columns});
  const auto least = ops::reduce_min(grouped, {1}, true), most = ops::reduce_max(grouped, {1}, true);
  const auto low = static_cast<double>(kLow4), high = static_cast<double>(kHigh4);
  const auto scale = (most - least + 1e-7) / (high - low);
  const auto zero = ops::clip_by_value(ops::round(-least / scale) + low, low, high);
  const auto values = ops::clip_by_value(ops::round(grouped / scale) + zero, low, high);
  const auto whole = ops::reshape(ops::cast(values, DType::int8), Shape{blocks * block_size, columns});
  return {ops::slice(whole, {0, 0}, {rows, columns}), ops::squeeze(scale, {1}),
          ops::cast(ops::squeeze(zero, {1}), DType::int8)};
}

Tensor pack_int4(const Tensor& x, std::int64_t axis) {
  const auto at = position(x, axis);
  const auto length = x.shape()[at], pairs = (length + 1) / 2;
  std::vector<std::vector<std::int64_t>> paddings(x.rank(), {0, 0});
  paddings[at] = {0, 2 * pairs - length};
  auto dims = x.shape().dims();
  dims[at] = pairs;
  dims.insert(dims.begin() + static_cast<std::ptrdiff_t>(at) + 1, 2);
  const auto halves = ops::unstack(ops::reshape(ops::pad(x, paddings), Shape(dims)), static_cast<std::int64_t>(at) + 1);
  return call_op1("BitwiseOr",
                  {call_op1("BitwiseAnd", {halves[0], int8_of(15)}), call_op1("LeftShift", {halves[1], int8_of(4)})});
}

Tensor unpack_int4(const Tensor& packed, std::int64_t orig_len, std::int64_t axis) {
  const auto at = position(packed, axis);
  const auto four = int8_of(4);
  // A shift to the right keeps the sign.
  const auto first = call_op1("RightShift", {call_op1("LeftShift", {packed, four}), four});
  const auto second = call_op1("RightShift", {packed, four});
  auto dims = packed.shape().dims();
  dims[at] *= 2;
  const auto both = ops::reshape(ops::stack({first, second}, static_cast<std::int64_t>(at) + 1), Shape(dims));
  if (dims[at] == orig_len) return both;
  const std::vector<std::int64_t> begin(dims.size(), 0);
  std::vector<std::int64_t> size(dims.size(), -1);
  size[at] = orig_len;
  return ops::slice(both, begin, size);
}

}  // namespace hornbeam::quantizers
