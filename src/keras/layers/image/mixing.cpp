// MixUp, CutMix, MaxNumBoundingBoxes.
#include "hornbeam/layers/mixing_augmentation.hpp"
#include "hornbeam/ops.hpp"
#include "keras/layers/image/draws.h"
#include "keras/layers/image/rectangles.h"
#include "keras/layers/register.h"
#include "ops/op_def.h"

namespace hornbeam {

MixUpLayer::MixUpLayer(const MixUpOptions& o)
    : AugmentationLayer(o.layer(), o.seed, o.data_format, o.bounding_box_format), alpha_(o.alpha) {
  check();
}

void MixUpLayer::check() {
  AugmentationLayer::check();
  casts_at_inference_ = false;
  if (is_number(alpha_) && alpha_.as_double() > 0) return;
  throw ValueError("The `alpha` argument should be a positive number. Received: alpha=" + alpha_.dump());
}

namespace {

// The numbers of the images of a batch in another order.
Tensor shuffled(const Tensor& images, std::int64_t seed) {
  const auto n = ops::reshape(batch_dim(images), Shape{});
  return ops::random_shuffle(ops::range(Tensor::scalar(std::int32_t{0}), n, Tensor::scalar(std::int32_t{1})), seed);
}

Tensor blended(const Tensor& x, const Tensor& other, const Tensor& weight) {
  const auto w = ops::cast(weight, x.dtype());
  return w * x + (1.0 - w) * other;
}

// One-hot labels by the weights of their images.
Tensor blended_labels(const Tensor& labels, const Values& transformation) {
  const auto x = is_floating(labels.dtype()) ? labels : ops::cast(labels, DType::float32);
  const auto weight = ops::reshape(transformation["mix_weight"], {None, 1});
  return blended(x, ops::gather(x, transformation["permutation_order"]), weight);
}

}  // namespace

Values MixUpLayer::drawn(const Tensor& images) {
  const auto order = shuffled(images, seed_.value_or(0));
  const auto alpha = ops::fill(batch_dim(images), Tensor::scalar(static_cast<float>(alpha_.as_double())));
  return Values{{"mix_weight", beta_numbers(alpha, seed_.value_or(0))}, {"permutation_order", order}};
}

Tensor MixUpLayer::changed(const Tensor& images, const Values& draws) {
  return blended(images, ops::gather(images, draws["permutation_order"]), spread(draws["mix_weight"]));
}

Tensor MixUpLayer::transform_labels(const Tensor& labels, const Values& transformation, bool training) {
  return training ? blended_labels(labels, transformation) : labels;
}

Values MixUpLayer::transform_bounding_boxes(const Values& boxes, const Values& transformation, bool training) {
  if (!training) return boxes;
  const auto both = [&](const char* key, std::int64_t axis) {
    const auto& x = boxes[key].tensor();
    return ops::concat({x, ops::gather(x, transformation["permutation_order"])}, axis);
  };
  // Labels are joined along the batch, as in Keras.
  return Values{{"boxes", both("boxes", 1)}, {"labels", both("labels", 0)}};
}

// Keras takes the other masks out of one long row of numbers, not by image: what comes of that is one number of the
// first image for each place in the order, which is blended in.
Tensor MixUpLayer::transform_segmentation_masks(const Tensor& masks, const Values& transformation, bool training) {
  if (!training) return masks;
  const auto x = is_floating(masks.dtype()) ? masks : ops::cast(masks, DType::float32);
  const auto others = ops::gather(ops::reshape(x, {None}), transformation["permutation_order"]);
  return blended(x, others, spread(transformation["mix_weight"]));
}

CutMixLayer::CutMixLayer(const CutMixOptions& o)
    : AugmentationLayer(o.layer(), o.seed, o.data_format, o.bounding_box_format), factor_(o.factor) {
  check();
}

void CutMixLayer::check() {
  AugmentationLayer::check();
  factor_ = factor_bounds(factor_, 0, 1);
}

// One image has no other to be mixed with.
Values CutMixLayer::get_random_transformation(const Values& data, bool training) {
  const auto& images = data.is_dict() ? data["images"].tensor() : data.tensor();
  return images.rank() == 3 ? Values() : AugmentationLayer::get_random_transformation(data, training);
}

Values CutMixLayer::drawn(const Tensor& images) {
  const auto range = bounds_of(factor_);
  const auto dtype = compute_dtype();
  const auto seed = seed_.value_or(0);
  const auto alpha = uniform(Tensor::from<std::int32_t>({0}, {}), range.low, range.high, dtype) + 1e-6;
  const auto weight = ops::cast(beta_numbers(ops::fill(batch_dim(images), alpha), seed), dtype);
  const auto share = ops::sqrt(1.0 - weight);
  const auto [height, width] = size_of_images(images);
  const auto x = span_of(share, width, uniform_each(images, 0, 1, dtype));
  const auto y = span_of(share, height, uniform_each(images, 0, 1, dtype));
  const auto area = (x.end - x.begin) * (y.end - y.begin) / ops::cast(width * height, dtype);
  return Values{{"permutation_order", shuffled(images, seed)},
                {"batch_masks", inside(x, y, height, width)},
                {"mix_weight", 1.0 - area}};
}

Tensor CutMixLayer::changed(const Tensor& images, const Values& draws) {
  if (draws.is_none()) return images;
  const auto others = ops::gather(images, draws["permutation_order"]);
  const auto mixed = ops::where(draws["batch_masks"].tensor(), others, images);
  return mixed.shape().is_compatible_with(images.shape()) ? ops::ensure_shape(mixed, images.shape()) : mixed;
}

Tensor CutMixLayer::transform_labels(const Tensor& labels, const Values& transformation, bool training) {
  return training && !transformation.is_none() ? blended_labels(labels, transformation) : labels;
}

Values CutMixLayer::transform_bounding_boxes(const Values&, const Values&, bool) {
  throw NotImplementedError("CutMix has no rule for bounding boxes, as in Keras.");
}

Tensor CutMixLayer::transform_segmentation_masks(const Tensor& masks, const Values& transformation, bool training) {
  return transform_images(masks, transformation, training);
}

MaxNumBoundingBoxesLayer::MaxNumBoundingBoxesLayer(std::int64_t max_number, const MaxNumBoundingBoxesOptions& o)
    : AugmentationLayer(o.layer(), std::nullopt, o.data_format, o.bounding_box_format),
      max_number_(max_number),
      fill_value_(o.fill_value) {
  check();
}

void MaxNumBoundingBoxesLayer::check() {
  AugmentationLayer::check();
  constexpr std::int64_t kMost = 1 << 30;
  if (max_number_ >= 0 && max_number_ <= kMost) return;
  throw ValueError("`max_number` must not be negative, and at most 2 ** 30. Received: max_number=" +
                   std::to_string(max_number_));
}

Tensor MaxNumBoundingBoxesLayer::transform_images(const Tensor& images, const Values&, bool) { return images; }

Values MaxNumBoundingBoxesLayer::transform_bounding_boxes(const Values& boxes, const Values&, bool) {
  // As many more as could be needed, then the first ones.
  const auto filled = [&](const Tensor& x, std::vector<std::vector<std::int64_t>> margins,
                          std::vector<std::int64_t> size) {
    const auto more = ops::pad(x, margins, ops::cast(Tensor::scalar(fill_value_), x.dtype()));
    return ops::slice(more, std::vector<std::int64_t>(size.size(), 0), size);
  };
  return Values{{"boxes", filled(boxes["boxes"], {{0, 0}, {0, max_number_}, {0, 0}}, {-1, max_number_, 4})},
                {"labels", filled(boxes["labels"], {{0, 0}, {0, max_number_}}, {-1, max_number_})}};
}

}  // namespace hornbeam

HB_REGISTER(layer_mixing) {
  using namespace hornbeam;
  register_builtin<MixUpLayer>();
  register_builtin<CutMixLayer>();
  register_builtin<MaxNumBoundingBoxesLayer>();
}
