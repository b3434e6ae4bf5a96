// Pixels of images moved or covered: RandomShear, RandomPerspective, RandomElasticTransform, RandomErasing. Mirror
// keras.layers of Keras 3.
//
// A factor is a number f, for [-f, f] cut at zero, or the two bounds; images, dicts, threads: augmentation.hpp.
// Constructors throw ValueError and NotImplementedError in Keras's words.
#pragma once

#include "hornbeam/layers/augmentation.hpp"
#include "hornbeam/layers/random_image.hpp"

namespace hornbeam {

struct RandomShearOptions {
  Config x_factor = 0.0, y_factor = 0.0;  // 0 to 1; the shear goes forth or back
  std::string interpolation = "bilinear";
  std::string fill_mode = "reflect";  // or "constant", "wrap", "nearest"
  double fill_value = 0.0;
  std::string data_format = {};  // default: channels_last
  std::optional<std::int64_t> seed = {};
  std::optional<std::string> bounding_box_format = {};
  HB_LAYER_OPTIONS
};
class RandomShearLayer final : public RandomTransformLayer {
 public:
  HB_AUGMENTATION(RandomShear, RandomTransformLayer);
  explicit RandomShearLayer(const RandomShearOptions& options);
  Values transform_bounding_boxes(const Values& boxes, const Values& transformation, bool training = true) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("x_factor", self.x_factor_);
    f("y_factor", self.y_factor_);
    transform_fields(self, f);
  }

 private:
  Values drawn(const Tensor& images) override;
  Tensor transforms(const Values& draws, const Tensor& height, const Tensor& width) override;
  Config x_factor_ = 0.0, y_factor_ = 0.0;
};
HB_LAYER_HANDLE(RandomShear);

struct RandomPerspectiveOptions {
  Config factor = 1.0;  // the odds, between 0 and 1
  double scale = 1.0;   // how far the corners move, between 0 and 1
  std::string interpolation = "bilinear";
  double fill_value = 0.0;
  std::optional<std::int64_t> seed = {};
  std::string data_format = {};  // default: channels_last
  std::optional<std::string> bounding_box_format = {};
  HB_LAYER_OPTIONS
};
// Seen from elsewhere: the corners are moved by shares of their coordinates.
class RandomPerspectiveLayer final : public AugmentationLayer {
 public:
  HB_AUGMENTATION(RandomPerspective, AugmentationLayer);
  explicit RandomPerspectiveLayer(const RandomPerspectiveOptions& options);
  Values transform_bounding_boxes(const Values& boxes, const Values& transformation, bool training = true) override;
  Tensor transform_segmentation_masks(const Tensor& masks, const Values& transformation, bool training = true) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("data_format", self.data_format_);
    f.optional("bounding_box_format", self.bounding_box_format_);
    f("factor", self.factor_);
    f("scale", self.scale_);
    f("interpolation", self.interpolation_);
    f("fill_value", self.fill_value_);
    f("seed", self.seed_);
  }

 private:
  Values drawn(const Tensor& images) override;
  Tensor changed(const Tensor& images, const Values& draws) override;
  Tensor moved(const Tensor& images, const Values& draws, const std::string& interpolation) const;
  Config factor_ = 1.0;
  Config scale_ = 1.0, fill_value_ = 0.0;
  std::string interpolation_ = "bilinear";
};
HB_LAYER_HANDLE(RandomPerspective);

struct RandomElasticTransformOptions {
  Config factor = 1.0;  // the odds, between 0 and 1
  Config scale = 1.0;   // how strong, between 0 and 1
  std::string interpolation = "bilinear";
  std::string fill_mode = "reflect";  // or "constant", "wrap", "nearest", "mirror"
  double fill_value = 0.0;
  Config value_range = std::vector<std::int64_t>{0, 255};
  std::optional<std::int64_t> seed = {};
  std::string data_format = {};  // default: channels_last
  std::optional<std::string> bounding_box_format = {};
  HB_LAYER_OPTIONS
};
// As if painted on rubber: pixels are read from places moved by smooth noise. The size of the images must be known.
class RandomElasticTransformLayer final : public AugmentationLayer {
 public:
  HB_AUGMENTATION(RandomElasticTransform, AugmentationLayer);
  explicit RandomElasticTransformLayer(const RandomElasticTransformOptions& options);
  Tensor transform_segmentation_masks(const Tensor& masks, const Values& transformation, bool training = true) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("data_format", self.data_format_);
    f.optional("bounding_box_format", self.bounding_box_format_);
    f("factor", self.factor_);
    f("scale", self.scale_);
    f("interpolation", self.interpolation_);
    f("fill_mode", self.fill_mode_);
    f("fill_value", self.fill_value_);
    f("value_range", self.value_range_);
    f("seed", self.seed_);
  }

 private:
  Values drawn(const Tensor& images) override;
  Tensor changed(const Tensor& images, const Values& draws) override;
  Tensor moved(const Tensor& images, const Values& draws, const std::string& interpolation) const;
  Config factor_ = 1.0, scale_ = 1.0, fill_value_ = 0.0, value_range_ = std::vector<std::int64_t>{0, 255};
  std::string interpolation_ = "bilinear", fill_mode_ = "reflect";
};
HB_LAYER_HANDLE(RandomElasticTransform);

struct RandomErasingOptions {
  Config factor = 1.0;                             // the odds, between 0 and 1
  Config scale = std::vector<double>{0.02, 0.33};  // the squares of the sides' shares, between 0 and 1
  Config fill_value = {};                          // a number, or one for each of three channels; none: noise
  Config value_range = std::vector<std::int64_t>{0, 255};
  std::optional<std::int64_t> seed = {};
  std::string data_format = {};  // default: channels_last
  std::optional<std::string> bounding_box_format = {};
  HB_LAYER_OPTIONS
};
// A rectangle of each image covered.
class RandomErasingLayer final : public AugmentationLayer {
 public:
  HB_AUGMENTATION(RandomErasing, AugmentationLayer);
  explicit RandomErasingLayer(const RandomErasingOptions& options);
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("data_format", self.data_format_);
    f.optional("bounding_box_format", self.bounding_box_format_);
    f("factor", self.factor_);
    f("scale", self.scale_);
    f("fill_value", self.fill_value_);
    f("value_range", self.value_range_);
    f("seed", self.seed_);
  }

 private:
  Values drawn(const Tensor& images) override;
  Tensor changed(const Tensor& images, const Values& draws) override;
  Tensor filling(const Tensor& images) const;
  Config factor_ = 1.0, scale_ = std::vector<double>{0.02, 0.33}, fill_value_,
         value_range_ = std::vector<std::int64_t>{0, 255};
};
HB_LAYER_HANDLE(RandomErasing);

}  // namespace hornbeam
