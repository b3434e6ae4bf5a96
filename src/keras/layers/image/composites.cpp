// RandAugment, AugMix, RandomColorJitter, Pipeline: several layers in one.
#include "hornbeam/layers/color_augmentation.hpp"
#include "hornbeam/layers/geometric_augmentation.hpp"
#include "hornbeam/layers/mixing_augmentation.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/ops_control.hpp"
#include "hornbeam/target.hpp"
#include "keras/layers/image/draws.h"
#include "keras/layers/register.h"
#include "ops/op_def.h"

namespace hornbeam {

void CompositeAugmentationLayer::add_part(const std::string& name, const Ref<AugmentationLayer>& part) {
  parts_.emplace_back(name, track(name, part));
}

void CompositeAugmentationLayer::add_all_parts(const Config& factor, const Config& value_range,
                                               const std::string& interpolation, bool all, bool seven_first) {
  const TargetScope keras3(Target::keras3);
  const auto policy = dtype_policy();
  const RandomTransformOptions moved{.interpolation = interpolation,
                                     .seed = seed_,
                                     .data_format = data_format_,
                                     .bounding_box_format = bounding_box_format_,
                                     .dtype = policy};
  const RandomImageOptions plain{
      .seed = seed_, .data_format = data_format_, .bounding_box_format = bounding_box_format_, .dtype = policy};
  const AugmentationOptions ranged{.value_range = value_range,
                                   .seed = seed_,
                                   .data_format = data_format_,
                                   .bounding_box_format = bounding_box_format_,
                                   .dtype = policy};
  const auto colors = [&] {
    add_part("random_brightness", RandomBrightness(factor, value_range, plain));
    add_part("random_color_degeneration", RandomColorDegeneration(factor, ranged));
    add_part("random_contrast", RandomContrast(factor, value_range, plain));
    add_part("random_sharpness", RandomSharpness(factor, ranged));
  };
  add_part("random_shear", RandomShear({.x_factor = factor,
                                        .y_factor = factor,
                                        .interpolation = interpolation,
                                        .data_format = data_format_,
                                        .seed = seed_,
                                        .bounding_box_format = bounding_box_format_,
                                        .dtype = policy}));
  add_part("random_translation", RandomTranslation(factor, factor, moved));
  add_part("random_rotation", RandomRotation(factor, moved));
  if (!seven_first) colors();
  const auto bits = std::max<std::int64_t>(1, static_cast<std::int64_t>(8 * bounds_of(factor).high));
  add_part("random_posterization", RandomPosterization(bits, ranged));
  add_part("solarization", Solarization({.addition_factor = factor,
                                         .threshold_factor = factor,
                                         .value_range = value_range,
                                         .seed = seed_,
                                         .data_format = data_format_,
                                         .bounding_box_format = bounding_box_format_,
                                         .dtype = policy}));
  add_part("auto_contrast", AutoContrast({.value_range = value_range,
                                          .data_format = data_format_,
                                          .bounding_box_format = bounding_box_format_,
                                          .dtype = policy}));
  add_part("equalization", Equalization({.value_range = value_range,
                                         .data_format = data_format_,
                                         .bounding_box_format = bounding_box_format_,
                                         .dtype = policy}));
  if (seven_first && all) colors();
}

Values CompositeAugmentationLayer::drawn_by_parts(const Tensor& images) const {
  Values::Dict draws;
  for (const auto& [name, part] : parts_) draws.emplace(name, part->get_random_transformation(images));
  return Values(std::move(draws));
}

RandAugmentLayer::RandAugmentLayer(const RandAugmentOptions& o)
    : CompositeAugmentationLayer(o.layer(), o.seed, o.data_format, o.bounding_box_format),
      value_range_(o.value_range),
      factor_(o.factor),
      num_ops_(o.num_ops),
      interpolation_(o.interpolation) {
  check();
}

namespace {

// Of what a config asks to be done over and over.
void check_count(std::int64_t count, const char* name) {
  constexpr std::int64_t kMost = 1000;
  if (count >= 0 && count <= kMost) return;
  throw ValueError("The `" + std::string(name) + "` argument must be between 0 and 1000. Received: " + name + "=" +
                   std::to_string(count));
}

Tensor number_below(std::int64_t bound, std::int64_t seed) {
  return call_op1("RandomUniformInt",
                  {Tensor::from<std::int32_t>({0}, {}), Tensor::scalar(std::int32_t{0}),
                   Tensor::scalar(static_cast<std::int32_t>(bound))},
                  {{"seed", seed}});
}

}  // namespace

void RandAugmentLayer::check() {
  AugmentationLayer::check();
  factor_ = factor_bounds(factor_, 0, 1);
  value_range_of(value_range_);
  check_count(num_ops_, "num_ops");
  add_all_parts(factor_, value_range_, interpolation_, true, false);
}

Values RandAugmentLayer::drawn(const Tensor& images) {
  std::vector<Tensor> chosen_parts;
  for (std::int64_t i = 0; i < num_ops_; ++i) {
    chosen_parts.push_back(number_below(static_cast<std::int64_t>(parts_.size()), seed_.value_or(0)));
  }
  Values::Dict draws{{"transforms", drawn_by_parts(images)}};
  if (num_ops_ > 0) draws.emplace("layer_idxes", ops::stack(chosen_parts));
  return Values(std::move(draws));
}

namespace {

// What the part of that number makes of x.
template <class Parts, class Change>
Tensor by_one_of(const Tensor& index, const Parts& parts, const Tensor& x, const Change& change) {
  std::vector<ops::Branch> branches;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    branches.emplace_back(
        [&, i] { return std::vector<Tensor>{ops::cast(change(*parts[i].second, parts[i].first), x.dtype())}; });
  }
  return ops::ensure_shape(ops::switch_case(index, branches)[0], x.shape());
}

}  // namespace

Tensor RandAugmentLayer::transform_images(const Tensor& images, const Values& transformation, bool training) {
  auto x = ops::cast(images, compute_dtype());
  for (std::int64_t i = 0; training && i < num_ops_; ++i) {
    const auto index = ops::reshape(ops::slice(transformation["layer_idxes"], {i}, {1}), Shape{});
    x = by_one_of(index, parts_, x, [&](AugmentationLayer& part, const std::string& name) {
      return part.transform_images(x, transformation["transforms"][name]);
    });
  }
  return x;
}

Tensor RandAugmentLayer::transform_segmentation_masks(const Tensor& masks, const Values& transformation,
                                                      bool training) {
  auto x = masks;
  for (std::int64_t i = 0; training && i < num_ops_; ++i) {
    const auto index = ops::reshape(ops::slice(transformation["layer_idxes"], {i}, {1}), Shape{});
    x = by_one_of(index, parts_, x, [&](AugmentationLayer& part, const std::string& name) {
      return part.transform_segmentation_masks(x, transformation["transforms"][name]);
    });
  }
  return x;
}

// Part by part, in their order, whatever the order of choice, as in Keras.
Values RandAugmentLayer::transform_bounding_boxes(const Values& boxes, const Values& transformation, bool training) {
  if (!training) return boxes;
  Tensor b = boxes["boxes"], labels = boxes["labels"];
  std::int32_t number = 0;
  for (const auto& [name, part] : parts_) {
    const auto moved =
        part->transform_bounding_boxes(Values{{"boxes", b}, {"labels", labels}}, transformation["transforms"][name]);
    if (num_ops_ > 0) {
      const auto is_chosen = ops::reduce_any(ops::equal(transformation["layer_idxes"].tensor(), number));
      b = ops::where(is_chosen, moved["boxes"], b);
      labels = ops::where(is_chosen, moved["labels"], labels);
    }
    ++number;
  }
  return Values{{"boxes", b}, {"labels", labels}};
}

AugMixLayer::AugMixLayer(const AugMixOptions& o)
    : CompositeAugmentationLayer(o.layer(), o.seed, o.data_format, o.bounding_box_format),
      value_range_(o.value_range),
      factor_(o.factor),
      alpha_(o.alpha),
      num_chains_(o.num_chains),
      chain_depth_(o.chain_depth),
      all_ops_(o.all_ops),
      interpolation_(o.interpolation) {
  check();
}

void AugMixLayer::check() {
  AugmentationLayer::check();
  factor_ = factor_bounds(factor_, 0, 1);
  value_range_of(value_range_);
  check_count(num_chains_, "num_chains");
  check_count(chain_depth_, "chain_depth");
  check_count(num_chains_ * chain_depth_, "num_chains * chain_depth");
  if (!is_number(alpha_) || !(alpha_.as_double() > 0)) {
    throw ValueError("The `alpha` argument should be a positive number. Received: alpha=" + alpha_.dump());
  }
  add_all_parts(factor_, value_range_, interpolation_, all_ops_, true);
}

Values AugMixLayer::drawn(const Tensor& images) {
  const auto alpha = Tensor::scalar(static_cast<float>(alpha_.as_double()));
  const auto seed = seed_.value_or(0);
  const auto gammas =
      call_op1("RandomGamma", {Tensor::from<std::int32_t>({1}, {static_cast<std::int32_t>(num_chains_)}), alpha},
               {{"seed", seed}});
  Values::List chains;
  for (std::int64_t chain = 0; chain < num_chains_; ++chain) {
    Values::List steps;
    for (std::int64_t step = 0; step < chain_depth_; ++step) {
      // One more than there are stands for none.
      steps.emplace_back(Values{{"layer", number_below(static_cast<std::int64_t>(parts_.size()) + 1, seed)},
                                {"transformation", drawn_by_parts(images)}});
    }
    chains.emplace_back(Values(std::move(steps)));
  }
  return Values{{"chain_mixing_weights", gammas / ops::reduce_sum(gammas, -1, /*keepdims=*/true)},
                {"weight_sample", beta_numbers(alpha, seed)},
                {"chain_transforms", Values(std::move(chains))}};
}

template <class Step>
Tensor AugMixLayer::mixed(const Tensor& x, const Values& transformation, const Step& step) const {
  const auto weights = ops::cast(transformation["chain_mixing_weights"], x.dtype());
  const auto weight = ops::cast(transformation["weight_sample"], x.dtype());
  auto sum = ops::zeros_like(x);
  std::int64_t number = 0;
  for (const auto& chain : transformation["chain_transforms"].list()) {
    auto made = x;
    for (const auto& drawn_step : chain.list()) {
      std::vector<ops::Branch> branches;
      const auto given = made;
      for (const auto& [name, part] : parts_) {
        branches.emplace_back([&, n = name, p = part] {
          return std::vector<Tensor>{ops::cast(step(*p, given, drawn_step["transformation"][n]), x.dtype())};
        });
      }
      branches.emplace_back([&] { return std::vector<Tensor>{ops::identity(given)}; });
      made = ops::ensure_shape(ops::switch_case(drawn_step["layer"], branches)[0], x.shape());
    }
    sum = sum + made * ops::reshape(ops::slice(weights, {number++}, {1}), Shape{});
  }
  return weight * x + (1.0 - weight) * sum;
}

Tensor AugMixLayer::transform_images(const Tensor& images, const Values& transformation, bool training) {
  const auto x = ops::cast(images, compute_dtype());
  if (!training) return x;
  const auto y = mixed(x, transformation, [](AugmentationLayer& part, const Tensor& given, const Values& draws) {
    return part.transform_images(given, draws);
  });
  const auto range = value_range_of(value_range_);
  return ops::clip_by_value(y, range.low, range.high);
}

Tensor AugMixLayer::transform_segmentation_masks(const Tensor& masks, const Values& transformation, bool training) {
  if (!training) return masks;
  return mixed(ops::cast(masks, compute_dtype()), transformation,
               [](AugmentationLayer& part, const Tensor& given, const Values& draws) {
                 return part.transform_segmentation_masks(given, draws);
               });
}

RandomColorJitterLayer::RandomColorJitterLayer(const RandomColorJitterOptions& o)
    : CompositeAugmentationLayer(o.layer(), o.seed, o.data_format, o.bounding_box_format),
      value_range_(o.value_range),
      brightness_factor_(o.brightness_factor),
      contrast_factor_(o.contrast_factor),
      saturation_factor_(o.saturation_factor),
      hue_factor_(o.hue_factor) {
  check();
}

void RandomColorJitterLayer::check() {
  AugmentationLayer::check();
  value_range_of(value_range_);
  const TargetScope keras3(Target::keras3);
  // Keras tells its parts neither the data format nor the dtype: they have the defaults.
  const RandomImageOptions plain{.seed = seed_};
  const AugmentationOptions ranged{.value_range = value_range_, .seed = seed_};
  if (!brightness_factor_.is_null()) {
    add_part("random_brightness", RandomBrightness(brightness_factor_, value_range_, plain));
  }
  if (!contrast_factor_.is_null()) {
    add_part("random_contrast", RandomContrast(contrast_factor_, value_range_, plain));
  }
  if (!saturation_factor_.is_null()) add_part("random_saturation", RandomSaturation(saturation_factor_, ranged));
  if (!hue_factor_.is_null()) add_part("random_hue", RandomHue(hue_factor_, ranged));
}

Tensor RandomColorJitterLayer::transform_images(const Tensor& images, const Values& transformation, bool training) {
  if (!training) return images;
  auto x = ops::cast(images, compute_dtype());
  for (const auto& [name, part] : parts_) x = part->transform_images(x, transformation[name]);
  return ops::cast(x, compute_dtype());
}

}  // namespace hornbeam

HB_REGISTER(layer_composites) {
  using namespace hornbeam;
  register_builtin<RandAugmentLayer>();
  register_builtin<AugMixLayer>();
  register_builtin<RandomColorJitterLayer>();
}
