// AutoContrast, Equalization, CLAHE, Solarization: values spread over their range, or turned around in it.
#include <cmath>

#include "hornbeam/layers/color_augmentation.hpp"
#include "hornbeam/ops.hpp"
#include "keras/layers/image/draws.h"
#include "keras/layers/image/window.h"
#include "keras/layers/register.h"
#include "keras/layers/tuple_text.h"
#include "ops/op_def.h"

namespace hornbeam {

SolarizationLayer::SolarizationLayer(const SolarizationOptions& o)
    : AugmentationLayer(o.layer(), o.seed, o.data_format, o.bounding_box_format),
      addition_factor_(o.addition_factor),
      threshold_factor_(o.threshold_factor),
      value_range_(o.value_range) {
  check();
}

namespace {

constexpr const char* kSolarizationFactors =
    "The `addition_factor` and `threshold_factor` arguments should be a number (or a list of two numbers) in the range "
    "[0, 1]. ";

// A number f stands for [0, f].
Config unit_factor(const Config& factor, const std::string& name) {
  const auto check = [](const Config& number) {
    if (number.as_double() >= 0 && number.as_double() <= 1) return;
    throw ValueError(kSolarizationFactors + ("Received: input_number=" + number.dump()));
  };
  if (is_number(factor)) {
    check(factor);
    return Config(Config::List{Config(0), factor});
  }
  if (!factor.is_list() || factor.size() != 2 || !is_number(factor.at(std::size_t{0})) ||
      !is_number(factor.at(std::size_t{1}))) {
    throw ValueError(kSolarizationFactors + ("Received: " + name + "=" + tuple_text(factor)));
  }
  for (const auto& bound : factor.as_list()) check(bound);
  return factor_bounds(factor, 0, 1);
}

}  // namespace

void SolarizationLayer::check() {
  AugmentationLayer::check();
  addition_factor_ = unit_factor(addition_factor_, "addition_factor");
  threshold_factor_ = unit_factor(threshold_factor_, "threshold_factor");
  value_range_ = sorted_value_range(value_range_);
}

Values SolarizationLayer::drawn(const Tensor& images) {
  // The least bound is not scaled, as in Keras.
  const auto numbers = [&](const Config& factor) {
    const auto range = bounds_of(factor);
    return spread(uniform_each(images, range.low, range.high * 255, compute_dtype()));
  };
  const auto additions = numbers(addition_factor_);
  return Values{{"additions", additions}, {"thresholds", numbers(threshold_factor_)}};
}

Tensor SolarizationLayer::changed(const Tensor& images, const Values& draws) {
  const auto range = value_range_of(value_range_);
  const auto x = to_range(images, range, kBytes, compute_dtype());
  const auto added = ops::clip_by_value(x + spread_like(draws["additions"], x), 0.0, 255.0);
  const auto turned = ops::where(ops::less(added, spread_like(draws["thresholds"], x)), added, 255.0 - added);
  return to_range(turned, kBytes, range, compute_dtype());
}

AutoContrastLayer::AutoContrastLayer(const AutoContrastOptions& o)
    : AugmentationLayer(o.layer(), std::nullopt, o.data_format, o.bounding_box_format), value_range_(o.value_range) {
  check();
}

void AutoContrastLayer::check() {
  AugmentationLayer::check();
  value_range_ = sorted_value_range(value_range_);
}

// Over the dims 1 and 2, whatever the data format, as in Keras.
Tensor AutoContrastLayer::transform_images(const Tensor& images, const Values&, bool) {
  const auto range = value_range_of(value_range_);
  const auto given = ops::cast(images, compute_dtype());
  const auto x = to_range(given, range, kBytes, compute_dtype());
  const auto low = ops::reduce_min(x, {1, 2}, /*keepdims=*/true), high = ops::reduce_max(x, {1, 2}, /*keepdims=*/true);
  const auto scale = 255.0 / (high - low);
  const auto stretched = ops::clip_by_value(x * scale + -low * scale, 0.0, 255.0);
  const auto y = to_range(stretched, kBytes, range, compute_dtype());
  return ops::where(ops::is_nan(y), given, y);  // channels of one value
}

EqualizationLayer::EqualizationLayer(const EqualizationOptions& o)
    : AugmentationLayer(o.layer(), std::nullopt, o.data_format, o.bounding_box_format),
      bins_(o.bins),
      value_range_(o.value_range) {
  check();
}

void EqualizationLayer::check() {
  AugmentationLayer::check();
  casts_at_inference_ = false;
  constexpr std::int64_t kMost = 1 << 24;
  if (bins_ < 1 || bins_ > kMost) {
    throw ValueError("The `bins` argument must be positive, and at most 2 ** 24. Received: bins=" +
                     std::to_string(bins_));
  }
  value_range_ = sorted_value_range(value_range_);
}

Tensor EqualizationLayer::changed(const Tensor& images, const Values&) {
  const auto channels = images.shape().dim(-1);
  if (channels < 1) {
    throw ValueError("Equalization needs images of a known number of channels. Received: " +
                     images.shape().to_string());
  }
  std::vector<Tensor> parts;
  for (const auto& channel : ops::split(images, channels, -1)) parts.push_back(equalized(channel));
  return ops::concat(parts, -1);
}

Tensor EqualizationLayer::equalized(const Tensor& channel) const {
  const auto range = value_range_of(value_range_);
  const auto scale = 255 / (range.high - range.low);
  const auto x = channel * scale + (0 - range.low * scale);
  const auto last = static_cast<double>(bins_ - 1);

  const auto bin = ops::cast(ops::cast(x, DType::float32) * last / 255.0F, DType::int32);
  const auto bins = ops::clip_by_value(bin, 0, bins_ - 1);
  const auto histogram =
      call_op1("Bincount", {ops::reshape(bins, {None}), Tensor::scalar(static_cast<std::int32_t>(bins_)),
                            Tensor::from<std::int32_t>({0}, {})});
  const auto filled = ops::reduce_sum(ops::cast(ops::greater(histogram, 0), DType::int32));
  const auto counts = ops::cast(ops::cumsum(histogram), DType::float64);
  const auto total = ops::reduce_max(counts);
  const auto first = ops::reduce_min(ops::where(ops::greater(counts, 0.0), counts, total));
  const auto rest = total - first;
  const auto divisor = ops::where(ops::equal(rest, 0.0), ops::scalar(DType::float64, 1.0), rest);
  const auto table = ops::clip_by_value(ops::round((counts - first) * 255.0 / divisor), 0.0, 255.0);

  const auto place = ops::cast(ops::clip_by_value(x / 255.0 * last, 0.0, last), DType::int32);
  const auto looked_up = ops::gather(table, place);
  const auto y = ops::where(ops::less_equal(filled, 1), ops::cast(x, DType::float64), looked_up);
  const auto back = (range.high - range.low) / 255;
  return ops::cast(y * back + range.low, channel.dtype());
}

ContrastLimitedAdaptiveHistogramEqualizationLayer::ContrastLimitedAdaptiveHistogramEqualizationLayer(
    const ContrastLimitedAdaptiveHistogramEqualizationOptions& o)
    : AugmentationLayer(o.layer(), std::nullopt, o.data_format, o.bounding_box_format),
      value_range_(o.value_range),
      clip_limit_(o.clip_limit),
      tile_grid_size_(o.tile_grid_size) {
  check();
}

void ContrastLimitedAdaptiveHistogramEqualizationLayer::check() {
  AugmentationLayer::check();
  value_range_of(value_range_);
  if (!is_number(clip_limit_)) {
    throw ValueError("The `clip_limit` argument should be a number. Received: clip_limit=" + clip_limit_.dump());
  }
  constexpr std::int64_t kMost = 1 << 15;
  bool fits = tile_grid_size_.size() == 2;
  for (const auto n : tile_grid_size_) fits &= n > 0 && n <= kMost;
  if (fits) return;
  throw ValueError("The `tile_grid_size` argument should be two positive numbers. Received: tile_grid_size=" +
                   tuple_text(Config(tile_grid_size_)));
}

namespace {

// What lies around the tiles' middles along one dim: the tiles before and after each pixel, and how far it is from one
// to the other.
struct Neighbours {
  Neighbours(std::int64_t tile, std::int64_t grid) {
    const auto n = tile * grid;
    for (std::int64_t i = 0; i < n; ++i) {
      const float at = (static_cast<float>(i) - static_cast<float>(tile) / 2.0F) / static_cast<float>(tile) + 1.0F;
      const float floor = std::floor(at);
      const auto tile_at = [&](float v) {
        return static_cast<std::int32_t>(std::clamp(v, 0.0F, static_cast<float>(grid + 1)));
      };
      before.push_back(tile_at(floor));
      after.push_back(tile_at(floor + 1.0F));
      weight.push_back(at - floor);
    }
  }
  std::vector<std::int32_t> before, after;
  std::vector<float> weight;
};

Tensor along(const std::vector<std::int32_t>& v, const Shape& shape) { return Tensor::from<std::int32_t>(shape, v); }

// Counts cut at the limit, what is cut off handed out to all.
Tensor limited(const Tensor& counts, double limit) {
  const auto cut = ops::clip_by_value(counts, 0.0, limit);
  return cut + ops::reduce_sum(counts - cut, -1, /*keepdims=*/true) / 256.0F;
}

}  // namespace

Tensor ContrastLimitedAdaptiveHistogramEqualizationLayer::transform_images(const Tensor& images, const Values&, bool) {
  const auto range = value_range_of(value_range_);
  const auto given = ops::cast(images, is_floating(images.dtype()) ? compute_dtype() : images.dtype());
  const auto x = ops::cast(to_range(channels_first() ? to_channels_last(given) : given, range, kBytes, DType::float32),
                           DType::float32);
  const auto height = x.shape()[1], width = x.shape()[2], channels = x.shape()[3];
  if (height < 1 || width < 1 || channels < 1) {
    throw ValueError(class_name() + " needs images of a known height and width, and number of channels. Received: " +
                     images.shape().to_string());
  }
  const auto rows = tile_grid_size_[0], columns = tile_grid_size_[1];
  const auto tile_h = (height + rows - 1) / rows, tile_w = (width + columns - 1) / columns;
  const auto full_h = tile_h * rows, full_w = tile_w * columns, pixels = tile_h * tile_w;
  Tensor padded = x;
  if (full_h != height || full_w != width) {
    padded = ops::pad(x, {{0, 0}, {0, full_h - height}, {0, full_w - width}, {0, 0}}, "SYMMETRIC");
  }
  const auto bytes = ops::cast(ops::clip_by_value(padded, 0.0, 255.0), DType::int32);
  const auto tiled =
      ops::transpose(ops::reshape(bytes, {None, rows, tile_h, columns, tile_w, channels}), {0, 1, 3, 5, 2, 4});
  auto counts = call_op1("DenseBincount", {ops::reshape(tiled, {None, pixels}), Tensor::scalar(std::int32_t{256}),
                                           Tensor::from<float>({0}, {})});
  const auto clip = clip_limit_.as_double();
  if (clip > 0) counts = limited(counts, clip * static_cast<double>(pixels) / 256.0);
  const auto sums = ops::reshape(ops::cumsum(counts, -1), {None, rows, columns, channels, 256});
  const auto least = ops::reduce_min(sums, -1, /*keepdims=*/true);
  const auto rest = static_cast<float>(pixels) - least;
  const auto divisor = ops::where(ops::equal(rest, 0.0F), ops::scalar(DType::float32, 1.0), rest);
  const auto tables = ops::clip_by_value((sums - least) * 255.0F / divisor, 0.0, 255.0);
  // Beyond the outermost tiles there are the same once more.
  const auto ringed = ops::pad(tables, {{0, 0}, {1, 1}, {1, 1}, {0, 0}, {0, 0}}, "SYMMETRIC");

  const Neighbours y(tile_h, rows), z(tile_w, columns);
  const auto per_column = static_cast<std::int32_t>(256 * channels);
  const auto per_row = per_column * static_cast<std::int32_t>(columns + 2);
  const auto per_image = per_row * static_cast<std::int32_t>(rows + 2);
  const auto batch = ops::reshape(batch_dim(x), Shape{});
  const auto image = ops::reshape(ops::range(Tensor::scalar(std::int32_t{0}), batch, Tensor::scalar(std::int32_t{1})),
                                  {None, 1, 1, 1});
  const auto channel = ops::reshape(ops::range(0, channels), {1, 1, 1, channels});
  const auto base = image * per_image + channel * 256 + bytes;
  const auto flat = ops::reshape(ringed, {None});
  const auto value_at = [&](const std::vector<std::int32_t>& row, const std::vector<std::int32_t>& column) {
    return ops::gather(flat,
                       base + along(row, {1, full_h, 1, 1}) * per_row + along(column, {1, 1, full_w, 1}) * per_column);
  };
  const auto wy = Tensor::from<float>({1, full_h, 1, 1}, y.weight),
             wx = Tensor::from<float>({1, 1, full_w, 1}, z.weight);
  const auto mixed = [](const Tensor& a, const Tensor& b, const Tensor& w) { return a * (1.0F - w) + b * w; };
  const auto top = mixed(value_at(y.before, z.before), value_at(y.before, z.after), wx);
  const auto bottom = mixed(value_at(y.after, z.before), value_at(y.after, z.after), wx);
  const auto result = ops::slice(mixed(top, bottom, wy), {0, 0, 0, 0}, {-1, height, width, channels});
  const auto back = ops::cast(to_range(result, kBytes, range, DType::float32), given.dtype());
  return channels_first() ? to_channels_first(back) : back;
}

}  // namespace hornbeam

HB_REGISTER(layer_contrast) {
  using namespace hornbeam;
  register_builtin<SolarizationLayer>();
  register_builtin<AutoContrastLayer>();
  register_builtin<EqualizationLayer>();
  register_builtin<ContrastLimitedAdaptiveHistogramEqualizationLayer>();
}
