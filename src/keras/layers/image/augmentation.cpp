#include "hornbeam/layers/augmentation.hpp"

#include "hornbeam/ops.hpp"
#include "keras/layers/data_format.h"
#include "keras/layers/image/bounding_boxes.h"
#include "keras/layers/image/draws.h"
#include "keras/layers/image/window.h"

namespace hornbeam {
namespace {

const Tensor& images_of(const Values& data) { return data.is_dict() ? data["images"].tensor() : data.tensor(); }

bool is_batched(const Tensor& images) {
  const auto& s = images.shape();
  if (s.has_rank() && s.rank() == 3) return false;
  if (s.has_rank() && s.rank() == 4) return true;
  throw ValueError("Expected image tensor to have rank 3 (single image) or 4 (batch of images). Received: data.shape=" +
                   s.to_string());
}

Tensor with_batch(const Tensor& x) { return ops::expand_dims(x, 0); }
Tensor without_batch(const Tensor& x) { return ops::squeeze(x, {0}); }

template <class F>
Values each_of(const Values& boxes, const F& change) {
  Values::Dict dict;
  for (const auto& [key, value] : boxes.dict()) dict.emplace(key, change(value.tensor()));
  return Values(std::move(dict));
}

}  // namespace

void AugmentationLayer::check() { data_format_ = checked_data_format(data_format_, "channels_last"); }

Values AugmentationLayer::call(const Values& data, CallContext& context) {
  const bool training = context.training();
  const auto& images = images_of(data);
  const bool batched = is_batched(images);
  const auto transformation = get_random_transformation(data, training);
  // A single image is a batch of one, and so is all that belongs to it.
  const auto transformed = [&](const Tensor& x, auto&& change) {
    return batched ? change(x) : without_batch(change(with_batch(x)));
  };
  const auto changed_images =
      transformed(images, [&](const Tensor& x) { return transform_images(x, transformation, training); });
  if (!data.is_dict()) return changed_images;
  auto result = data.dict();
  result["images"] = changed_images;
  if (const auto at = result.find("bounding_boxes"); at != result.end()) {
    if (!bounding_box_format_) {
      throw ValueError(
          "You passed an input with a 'bounding_boxes' key, but you didn't specify a bounding box format. Pass a "
          "`bounding_box_format` argument to your " +
          class_name() + " layer, e.g. `bounding_box_format='xyxy'`.");
    }
    auto boxes = checked_boxes(at->second);
    if (!batched) boxes = each_of(boxes, with_batch);
    boxes = transform_bounding_boxes(boxes, transformation, training);
    at->second = batched ? boxes : each_of(boxes, without_batch);
  }
  if (const auto at = result.find("labels"); at != result.end()) {
    at->second = transformed(at->second.tensor(),
                             [&](const Tensor& x) { return transform_labels(x, transformation, training); });
  }
  if (const auto at = result.find("segmentation_masks"); at != result.end()) {
    at->second = transformed(at->second.tensor(), [&](const Tensor& x) {
      return transform_segmentation_masks(x, transformation, training);
    });
  }
  return Values(std::move(result));
}

Values AugmentationLayer::get_random_transformation(const Values& data, bool training) {
  if (!training) return {};
  const auto& images = images_of(data);
  const auto batch = is_batched(images) ? images : with_batch(images);
  const auto draws = drawn(batch);
  if (!draws.is_dict()) return draws;
  auto dict = draws.dict();
  const auto [height, width] = size_of_images(batch);
  dict.emplace("height", height);
  dict.emplace("width", width);
  return Values(std::move(dict));
}

Tensor AugmentationLayer::transform_images(const Tensor& images, const Values& transformation, bool training) {
  if (!training) return casts_at_inference_ ? ops::cast(images, compute_dtype()) : images;
  const auto given = ops::cast(images, compute_dtype());
  if (!channels_first()) return changed(given, transformation);
  return to_channels_first(changed(to_channels_last(given), transformation));
}

Tensor AugmentationLayer::transform_labels(const Tensor& labels, const Values&, bool) { return labels; }

Values AugmentationLayer::transform_bounding_boxes(const Values& boxes, const Values&, bool) { return boxes; }

Tensor AugmentationLayer::transform_segmentation_masks(const Tensor& masks, const Values&, bool) { return masks; }

Tensor AugmentationLayer::uniform(const Tensor& shape, double low, double high, DType dtype) const {
  return ops::random_uniform(shape, dtype, seed_.value_or(0)) * (high - low) + low;
}

Tensor AugmentationLayer::uniform_each(const Tensor& images, double low, double high, DType dtype) const {
  return uniform(batch_dim(images), low, high, dtype);
}

Tensor AugmentationLayer::chosen(const Tensor& images, const Config& factor) const {
  const auto range = bounds_of(factor);
  const auto odds = uniform_each(images, range.low, range.high);
  return ops::less(uniform_each(images, 0, 1), odds);
}

std::pair<Tensor, Tensor> AugmentationLayer::size_of_images(const Tensor& images) const {
  const std::int64_t height = channels_first() ? 2 : 1;
  const auto dim = [&](std::int64_t axis) {
    const auto known = images.shape()[static_cast<std::size_t>(axis)];
    if (known >= 0) return Tensor::scalar(static_cast<float>(known));
    return ops::cast(ops::reshape(ops::slice(ops::shape(images), {axis}, {1}), Shape{}), DType::float32);
  };
  return {dim(height), dim(height + 1)};
}

std::pair<Tensor, Tensor> AugmentationLayer::size_in(const Values& transformation) {
  return {transformation["height"].tensor(), transformation["width"].tensor()};
}

}  // namespace hornbeam
