// AugmentationLayer: what Keras 3's image augmentation layers share (its BaseImagePreprocessingLayer).
//
// They take images [batch, height, width, channels] (channels_first: [batch, channels, height, width]), or one image
// without the batch; or a dict of "images" and, as far as it has them, "labels", "bounding_boxes" (a dict of "boxes"
// [batch, boxes, 4] and "labels" [batch, boxes]) and "segmentation_masks": what is drawn for the images changes all of
// them. At inference images pass as they are, but for AutoContrast and CLAHE. No weights. See layers.hpp.
//
// What was drawn can be had, and given: get_random_transformation and transform_* are Keras's. Throw ValueError,
// NotImplementedError (what a layer has no rule for, as in Keras).
#pragma once

#include "hornbeam/fields.hpp"

namespace hornbeam {

class AugmentationLayer : public Layer {
 public:
  Values call(const Values& data, CallContext& context) override;

  // A dict of the numbers drawn for these images, under Keras's names, and of the images' "height" and "width"; nothing
  // at inference, and of layers that leave nothing to chance.
  virtual Values get_random_transformation(const Values& data, bool training = true);
  // `images` have their batch.
  virtual Tensor transform_images(const Tensor& images, const Values& transformation, bool training = true);
  virtual Tensor transform_labels(const Tensor& labels, const Values& transformation, bool training = true);
  // Of Values{{"boxes", ...}, {"labels", ...}}.
  virtual Values transform_bounding_boxes(const Values& boxes, const Values& transformation, bool training = true);
  virtual Tensor transform_segmentation_masks(const Tensor& masks, const Values& transformation, bool training = true);

 protected:
  explicit AugmentationLayer(const LayerOptions& options) : Layer(options) {}
  AugmentationLayer(const LayerOptions& options, std::optional<std::int64_t> seed, std::string data_format,
                    std::optional<std::string> bounding_box_format)
      : Layer(options),
        seed_(seed),
        data_format_(std::move(data_format)),
        bounding_box_format_(std::move(bounding_box_format)) {}
  void check();

  // What is drawn for [batch, ...] images.
  virtual Values drawn(const Tensor&) { return {}; }
  // [batch, height, width, channels] changed, in training.
  virtual Tensor changed(const Tensor& images, const Values&) { return images; }
  // Keras casts images to the compute dtype, in training and at inference alike or in training alone.
  bool casts_at_inference_ = true;

  bool channels_first() const { return data_format_ == "channels_first"; }
  // Uniform numbers of that shape (an integer vector).
  Tensor uniform(const Tensor& shape, double low, double high, DType dtype = DType::float32) const;
  // As many as there are images.
  Tensor uniform_each(const Tensor& images, double low, double high, DType dtype = DType::float32) const;
  // Whether each image is changed: at odds drawn between the factors.
  Tensor chosen(const Tensor& images, const Config& factor) const;
  // Height and width, floats; and as a transformation has them.
  std::pair<Tensor, Tensor> size_of_images(const Tensor& images) const;
  static std::pair<Tensor, Tensor> size_in(const Values& transformation);

  std::optional<std::int64_t> seed_;
  std::string data_format_;
  std::optional<std::string> bounding_box_format_;
};

// The options of layers that take a value range.
struct AugmentationOptions {
  Config value_range = std::vector<std::int64_t>{0, 255};
  std::optional<std::int64_t> seed = {};
  std::string data_format = {};  // default: channels_last
  std::optional<std::string> bounding_box_format = {};
  HB_LAYER_OPTIONS
};

// What every class says of itself.
#define HB_AUGMENTATION(Name, Base)                                    \
  static constexpr const char* kClassName = #Name;                     \
  explicit Name##Layer(const LayerOptions& options) : Base(options) {} \
  std::string class_name() const override { return kClassName; }       \
  Config get_config() const override { return config_of(*this); }      \
  void check()

}  // namespace hornbeam
