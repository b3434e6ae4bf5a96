// Random image layers: RandomFlip, RandomTranslation, RandomRotation, RandomZoom, RandomContrast, RandomBrightness,
// RandomCrop, RandomHeight, RandomWidth. Mirror keras.layers.
//
// Input [batch, height, width, channels] or one image of it (Keras 3: also channels first). At inference images pass as
// they are, cast to the compute dtype; RandomCrop then resizes them. In training each image of a batch is changed by
// itself, but for RandomCrop, RandomHeight, RandomWidth and tf.keras's RandomContrast, which treat a batch alike. No
// weights. Constructors throw ValueError or NotImplementedError in Keras's words. See layers.hpp.
//
// A factor is a number f, for [-f, f], or the two bounds.
#pragma once

#include "hornbeam/layers/augmentation.hpp"
#include "hornbeam/target.hpp"

namespace hornbeam {

// What the layers share.
struct RandomImageOptions {
  std::optional<std::int64_t> seed = {};
  std::string data_format = {};                         // default: channels_last
  std::optional<std::string> bounding_box_format = {};  // Keras 3
  HB_LAYER_OPTIONS
};

class RandomImageLayer : public AugmentationLayer {
 protected:
  explicit RandomImageLayer(const LayerOptions& options) : AugmentationLayer(options) {}
  explicit RandomImageLayer(const RandomImageOptions& o)
      : AugmentationLayer(o.layer(), o.seed, o.data_format, o.bounding_box_format) {}
  void check();
  // One number for each image, or one for all, between the bounds.
  Tensor draw(const Tensor& images, double low, double high, bool one_for_all = false) const;

  Target target_ = Target::tf215;  // of the Keras it was made for, or read from
};

struct RandomTransformOptions {
  std::string fill_mode = "reflect";  // or "constant", "wrap", "nearest"
  std::string interpolation = "bilinear";
  std::optional<std::int64_t> seed = {};
  double fill_value = 0.0;
  std::string data_format = {};
  std::optional<std::string> bounding_box_format = {};  // Keras 3
  HB_LAYER_OPTIONS
};

// Those that move pixels by a projection.
class RandomTransformLayer : public RandomImageLayer {
 protected:
  explicit RandomTransformLayer(const LayerOptions& options) : RandomImageLayer(options) {}
  explicit RandomTransformLayer(const RandomTransformOptions& options);
  void check();
  Tensor changed(const Tensor& images, const Values& draws) override;
  Tensor moved(const Tensor& images, const Values& draws, const std::string& interpolation);
  // Masks move with their images, by whole pixels.
  Tensor transform_segmentation_masks(const Tensor& masks, const Values& transformation, bool training = true) override;
  // float32 [batch, 8]
  virtual Tensor transforms(const Values& draws, const Tensor& height, const Tensor& width) = 0;
  template <class Self, class F>
  static void transform_fields(Self& self, F&& f) {
    f("fill_mode", self.fill_mode_);
    f("fill_value", self.fill_value_);
    f("interpolation", self.interpolation_);
    f("seed", self.seed_);
    f("data_format", self.data_format_);
    f.optional("bounding_box_format", self.bounding_box_format_);
  }

  std::string fill_mode_ = "reflect", interpolation_ = "bilinear";
  double fill_value_ = 0.0;
};

#define HB_RANDOM_IMAGE(Name, Base)                                    \
  static constexpr const char* kClassName = #Name;                     \
  explicit Name##Layer(const LayerOptions& options) : Base(options) {} \
  std::string class_name() const override { return kClassName; }       \
  Config get_config() const override { return config_of(*this); }

// Mirrored "horizontal", "vertical" or "horizontal_and_vertical", every image at even odds.
class RandomFlipLayer final : public RandomImageLayer {
 public:
  HB_RANDOM_IMAGE(RandomFlip, RandomImageLayer)
  RandomFlipLayer(const std::string& mode, const RandomImageOptions& options) : RandomImageLayer(options), mode_(mode) {
    check();
  }
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("mode", self.mode_);
    f("seed", self.seed_);
    f("data_format", self.data_format_);
    f.optional("bounding_box_format", self.bounding_box_format_);
  }
  void check();
  Values transform_bounding_boxes(const Values& boxes, const Values& transformation, bool training = true) override;
  Tensor transform_segmentation_masks(const Tensor& masks, const Values& transformation, bool training = true) override;

 private:
  Values drawn(const Tensor& images) override;
  Tensor changed(const Tensor& images, const Values& draws) override;
  std::string mode_ = "horizontal_and_vertical";
};

// Moved by a share of the height (down) and width (right), between -1 and 1.
class RandomTranslationLayer final : public RandomTransformLayer {
 public:
  HB_RANDOM_IMAGE(RandomTranslation, RandomTransformLayer)
  RandomTranslationLayer(Config height_factor, Config width_factor, const RandomTransformOptions& options);
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f.required("height_factor", self.height_factor_);
    f.required("width_factor", self.width_factor_);
    transform_fields(self, f);
  }
  void check();
  Values transform_bounding_boxes(const Values& boxes, const Values& transformation, bool training = true) override;

 private:
  Values drawn(const Tensor& images) override;
  Tensor transforms(const Values& draws, const Tensor& height, const Tensor& width) override;
  Config height_factor_, width_factor_;
};

// Turned counter-clockwise by a share of a full turn.
class RandomRotationLayer final : public RandomTransformLayer {
 public:
  HB_RANDOM_IMAGE(RandomRotation, RandomTransformLayer)
  RandomRotationLayer(Config factor, const RandomTransformOptions& options);
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f.required("factor", self.factor_);
    transform_fields(self, f);
  }
  void check();
  Values transform_bounding_boxes(const Values& boxes, const Values& transformation, bool training = true) override;

 private:
  Values drawn(const Tensor& images) override;
  Tensor transforms(const Values& draws, const Tensor& height, const Tensor& width) override;
  Config factor_;
};

// Zoomed: positive factors zoom out. Without a width_factor the shape is kept.
class RandomZoomLayer final : public RandomTransformLayer {
 public:
  HB_RANDOM_IMAGE(RandomZoom, RandomTransformLayer)
  RandomZoomLayer(Config height_factor, Config width_factor, const RandomTransformOptions& options);
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f.required("height_factor", self.height_factor_);
    f("width_factor", self.width_factor_);
    transform_fields(self, f);
  }
  void check();
  Values transform_bounding_boxes(const Values& boxes, const Values& transformation, bool training = true) override;

 private:
  Values drawn(const Tensor& images) override;
  Tensor transforms(const Values& draws, const Tensor& height, const Tensor& width) override;
  Config height_factor_, width_factor_;
};

// (x - mean) * c + mean of each channel, c between 1 - lower and 1 + upper. A number f means [f, f].
class RandomContrastLayer final : public RandomImageLayer {
 public:
  HB_RANDOM_IMAGE(RandomContrast, RandomImageLayer)
  RandomContrastLayer(Config factor, const RandomImageOptions& options);
  RandomContrastLayer(Config factor, Config value_range, const RandomImageOptions& options);
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f.required("factor", self.factor_);
    f("value_range", self.value_range_);
    f("seed", self.seed_);
    f("data_format", self.data_format_);
    f.optional("bounding_box_format", self.bounding_box_format_);
  }
  void check();

 private:
  Values drawn(const Tensor& images) override;
  Tensor changed(const Tensor& images, const Values& draws) override;
  Config factor_, value_range_ = std::vector<std::int64_t>{0, 255};
};

// Brightened or darkened by a share of the value range.
class RandomBrightnessLayer final : public RandomImageLayer {
 public:
  HB_RANDOM_IMAGE(RandomBrightness, RandomImageLayer)
  RandomBrightnessLayer(Config factor, Config value_range, const RandomImageOptions& options);
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f.required("factor", self.factor_);
    f("value_range", self.value_range_);
    f("seed", self.seed_);
    f("data_format", self.data_format_);
    f.optional("bounding_box_format", self.bounding_box_format_);
  }
  void check();

 private:
  Values drawn(const Tensor& images) override;
  Tensor changed(const Tensor& images, const Values& draws) override;
  Config factor_, value_range_ = std::vector<std::int64_t>{0, 255};
};

// A window of that size from anywhere in the image; at inference, and of smaller images, the middle part, resized.
class RandomCropLayer final : public RandomImageLayer {
 public:
  HB_RANDOM_IMAGE(RandomCrop, RandomImageLayer)
  RandomCropLayer(std::int64_t height, std::int64_t width, const RandomImageOptions& options);
  Tensor transform_images(const Tensor& images, const Values& transformation, bool training = true) override;
  Tensor transform_segmentation_masks(const Tensor& masks, const Values& transformation, bool training = true) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f.required("height", self.height_);
    f.required("width", self.width_);
    f("seed", self.seed_);
    f("data_format", self.data_format_);
    f.optional("bounding_box_format", self.bounding_box_format_);
  }
  void check();

 private:
  Values drawn(const Tensor& images) override;
  Tensor changed(const Tensor& images, const Values& draws) override;
  Tensor unchanged(const Tensor& images) const;
  std::int64_t height_ = 0, width_ = 0;
};

struct RandomSizeOptions {
  std::string interpolation = "bilinear";
  std::optional<std::int64_t> seed = {};
  HB_LAYER_OPTIONS
};

// The height or width resized by a factor between 1 + lower and 1 + upper.
class RandomSizeLayer : public RandomImageLayer {
 public:
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f.required("factor", self.factor_);
    f("interpolation", self.interpolation_);
    f("seed", self.seed_);
  }
  void check();

 protected:
  RandomSizeLayer(bool height, const LayerOptions& options) : RandomImageLayer(options), height_(height) {}
  RandomSizeLayer(bool height, Config factor, const RandomSizeOptions& options);

 private:
  Values drawn(const Tensor& images) override;
  Tensor changed(const Tensor& images, const Values& draws) override;
  bool height_;
  Config factor_;
  std::string interpolation_ = "bilinear";
};
#undef HB_RANDOM_IMAGE

#define HB_RANDOM_SIZE(Name, is_height)                                                        \
  class Name##Layer final : public RandomSizeLayer {                                           \
   public:                                                                                     \
    static constexpr const char* kClassName = #Name;                                           \
    explicit Name##Layer(const LayerOptions& options) : RandomSizeLayer(is_height, options) {} \
    Name##Layer(Config factor, const RandomSizeOptions& options)                               \
        : RandomSizeLayer(is_height, std::move(factor), options) {}                            \
    std::string class_name() const override { return kClassName; }                             \
    Config get_config() const override { return config_of(*this); }                            \
  };                                                                                           \
  class Name : public Ref<Name##Layer> {                                                       \
   public:                                                                                     \
    explicit Name(const Config& factor, const RandomSizeOptions& options = {})                 \
        : Ref(std::make_shared<Name##Layer>(factor, options)) {}                               \
  }
HB_RANDOM_SIZE(RandomHeight, true);
HB_RANDOM_SIZE(RandomWidth, false);
#undef HB_RANDOM_SIZE

class RandomFlip : public Ref<RandomFlipLayer> {
 public:
  explicit RandomFlip(const std::string& mode = "horizontal_and_vertical", const RandomImageOptions& options = {})
      : Ref(std::make_shared<RandomFlipLayer>(mode, options)) {}
};
class RandomTranslation : public Ref<RandomTranslationLayer> {
 public:
  RandomTranslation(const Config& height_factor, const Config& width_factor, const RandomTransformOptions& options = {})
      : Ref(std::make_shared<RandomTranslationLayer>(height_factor, width_factor, options)) {}
};
class RandomRotation : public Ref<RandomRotationLayer> {
 public:
  explicit RandomRotation(const Config& factor, const RandomTransformOptions& options = {})
      : Ref(std::make_shared<RandomRotationLayer>(factor, options)) {}
};
class RandomZoom : public Ref<RandomZoomLayer> {
 public:
  explicit RandomZoom(const Config& height_factor, const Config& width_factor = {},
                      const RandomTransformOptions& options = {})
      : Ref(std::make_shared<RandomZoomLayer>(height_factor, width_factor, options)) {}
};
class RandomContrast : public Ref<RandomContrastLayer> {
 public:
  explicit RandomContrast(const Config& factor, const RandomImageOptions& options = {})
      : Ref(std::make_shared<RandomContrastLayer>(factor, options)) {}
  // Keras 3 says what the values lie between.
  RandomContrast(const Config& factor, const Config& value_range, const RandomImageOptions& options = {})
      : Ref(std::make_shared<RandomContrastLayer>(factor, value_range, options)) {}
};
class RandomBrightness : public Ref<RandomBrightnessLayer> {
 public:
  explicit RandomBrightness(const Config& factor, const Config& value_range = std::vector<std::int64_t>{0, 255},
                            const RandomImageOptions& options = {})
      : Ref(std::make_shared<RandomBrightnessLayer>(factor, value_range, options)) {}
};
class RandomCrop : public Ref<RandomCropLayer> {
 public:
  RandomCrop(std::int64_t height, std::int64_t width, const RandomImageOptions& options = {})
      : Ref(std::make_shared<RandomCropLayer>(height, width, options)) {}
};

}  // namespace hornbeam
