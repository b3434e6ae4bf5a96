// Colours of images changed: Solarization, RandomInvert, RandomGrayscale, RandomColorDegeneration, RandomHue,
// RandomSaturation, RandomPosterization, RandomColorJitter, and AutoContrast, Equalization and CLAHE, which leave
// nothing to chance. Mirror keras.layers of Keras 3.
//
// A factor is a number f, for [-f, f] cut at the least that the layer takes, or the two bounds. Images, dicts, threads:
// augmentation.hpp. Constructors throw ValueError in Keras's words.
#pragma once

#include "hornbeam/layers/augmentation.hpp"

namespace hornbeam {

#define HB_FACTOR_AND_RANGE(Name)                                                     \
  class Name##Layer final : public AugmentationLayer {                                \
   public:                                                                            \
    HB_AUGMENTATION(Name, AugmentationLayer);                                         \
    Name##Layer(Config factor, const AugmentationOptions& o)                          \
        : AugmentationLayer(o.layer(), o.seed, o.data_format, o.bounding_box_format), \
          factor_(std::move(factor)),                                                 \
          value_range_(o.value_range) {                                               \
      check();                                                                        \
    }                                                                                 \
    template <class Self, class F>                                                    \
    static void fields(Self& self, F&& f) {                                           \
      f("data_format", self.data_format_);                                            \
      f.optional("bounding_box_format", self.bounding_box_format_);                   \
      f("factor", self.factor_);                                                      \
      f("value_range", self.value_range_);                                            \
      f("seed", self.seed_);                                                          \
    }                                                                                 \
                                                                                      \
   private:                                                                           \
    Values drawn(const Tensor& images) override;                                      \
    Tensor changed(const Tensor& images, const Values& draws) override;               \
    Config factor_ = 1.0, value_range_ = std::vector<std::int64_t>{0, 255};           \
  };                                                                                  \
  class Name : public Ref<Name##Layer> {                                              \
   public:                                                                            \
    explicit Name(const Config& factor, const AugmentationOptions& options = {})      \
        : Ref(std::make_shared<Name##Layer>(factor, options)) {}                      \
  }
// Blended with its grey self by a factor between -1 and 1.
HB_FACTOR_AND_RANGE(RandomColorDegeneration);
// The hue turned, forth or back, by up to half of the factor (0 to 1).
HB_FACTOR_AND_RANGE(RandomHue);
// value_range[1] - image, at odds drawn between the factors (0 to 1).
HB_FACTOR_AND_RANGE(RandomInvert);
// Of the eight bits of a byte only the upper ones kept, as many as the factor (1 to 8) says.
HB_FACTOR_AND_RANGE(RandomPosterization);
// Saturation times f / (1 - f), f drawn between the factors (-1 to 1).
HB_FACTOR_AND_RANGE(RandomSaturation);
// Between the image smoothed (factor 0) and sharpened (1); at 0.5 it is itself.
HB_FACTOR_AND_RANGE(RandomSharpness);
#undef HB_FACTOR_AND_RANGE

struct RandomGrayscaleOptions {
  std::string data_format = {};  // default: channels_last
  std::optional<std::int64_t> seed = {};
  std::optional<std::string> bounding_box_format = {};
  HB_LAYER_OPTIONS
};

// Grey (in all channels), at odds `factor`.
class RandomGrayscaleLayer final : public AugmentationLayer {
 public:
  HB_AUGMENTATION(RandomGrayscale, AugmentationLayer);
  RandomGrayscaleLayer(double factor, const RandomGrayscaleOptions& options);
  Tensor transform_images(const Tensor& images, const Values& transformation, bool training = true) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("data_format", self.data_format_);
    f.optional("bounding_box_format", self.bounding_box_format_);
    f("factor", self.factor_);
    f("seed", self.seed_);
  }

 private:
  Values drawn(const Tensor& images) override;
  double factor_ = 0.5;
};
class RandomGrayscale : public Ref<RandomGrayscaleLayer> {
 public:
  explicit RandomGrayscale(double factor = 0.5, const RandomGrayscaleOptions& options = {})
      : Ref(std::make_shared<RandomGrayscaleLayer>(factor, options)) {}
};

struct SolarizationOptions {
  Config addition_factor = 0.0;   // of 255, added to all values first: [0, f], or the two bounds
  Config threshold_factor = 0.0;  // of 255: values from there on are turned around (255 - x)
  Config value_range = std::vector<std::int64_t>{0, 255};
  std::optional<std::int64_t> seed = {};
  std::string data_format = {};  // default: channels_last
  std::optional<std::string> bounding_box_format = {};
  HB_LAYER_OPTIONS
};
class SolarizationLayer final : public AugmentationLayer {
 public:
  HB_AUGMENTATION(Solarization, AugmentationLayer);
  explicit SolarizationLayer(const SolarizationOptions& options);
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("data_format", self.data_format_);
    f.optional("bounding_box_format", self.bounding_box_format_);
    f("value_range", self.value_range_);
    f("addition_factor", self.addition_factor_);
    f("threshold_factor", self.threshold_factor_);
    f("seed", self.seed_);
  }

 private:
  Values drawn(const Tensor& images) override;
  Tensor changed(const Tensor& images, const Values& draws) override;
  Config addition_factor_ = 0.0, threshold_factor_ = 0.0, value_range_ = std::vector<std::int64_t>{0, 255};
};
HB_LAYER_HANDLE(Solarization);

struct AutoContrastOptions {
  Config value_range = std::vector<std::int64_t>{0, 255};
  std::string data_format = {};  // default: channels_last
  std::optional<std::string> bounding_box_format = {};
  HB_LAYER_OPTIONS
};
// Each channel of each image stretched over the whole range, at inference too.
class AutoContrastLayer final : public AugmentationLayer {
 public:
  HB_AUGMENTATION(AutoContrast, AugmentationLayer);
  explicit AutoContrastLayer(const AutoContrastOptions& options);
  Tensor transform_images(const Tensor& images, const Values& transformation, bool training = true) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("data_format", self.data_format_);
    f.optional("bounding_box_format", self.bounding_box_format_);
    f("value_range", self.value_range_);
  }

 private:
  Config value_range_ = std::vector<std::int64_t>{0, 255};
};
HB_LAYER_HANDLE(AutoContrast);

struct EqualizationOptions {
  Config value_range = std::vector<std::int64_t>{0, 255};
  std::int64_t bins = 256;
  std::string data_format = {};  // default: channels_last
  std::optional<std::string> bounding_box_format = {};
  HB_LAYER_OPTIONS
};
// Each channel's values spread evenly over the range, by its histogram (over the whole batch, as Keras has it).
class EqualizationLayer final : public AugmentationLayer {
 public:
  HB_AUGMENTATION(Equalization, AugmentationLayer);
  explicit EqualizationLayer(const EqualizationOptions& options);
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("data_format", self.data_format_);
    f.optional("bounding_box_format", self.bounding_box_format_);
    f("bins", self.bins_);
    f("value_range", self.value_range_);
  }

 private:
  Tensor changed(const Tensor& images, const Values& draws) override;
  Tensor equalized(const Tensor& channel) const;
  std::int64_t bins_ = 256;
  Config value_range_ = std::vector<std::int64_t>{0, 255};
};
HB_LAYER_HANDLE(Equalization);

struct ContrastLimitedAdaptiveHistogramEqualizationOptions {
  Config value_range = std::vector<std::int64_t>{0, 255};
  double clip_limit = 4.0;  // of a tile's mean count; 0: no limit
  std::vector<std::int64_t> tile_grid_size = {8, 8};
  std::string data_format = {};  // default: channels_last
  std::optional<std::string> bounding_box_format = {};
  HB_LAYER_OPTIONS
};
// CLAHE: equalized tile by tile, with a limit on the contrast, and blended between tiles; at inference too. The size of
// the images must be known.
class ContrastLimitedAdaptiveHistogramEqualizationLayer final : public AugmentationLayer {
 public:
  HB_AUGMENTATION(ContrastLimitedAdaptiveHistogramEqualization, AugmentationLayer);
  explicit ContrastLimitedAdaptiveHistogramEqualizationLayer(
      const ContrastLimitedAdaptiveHistogramEqualizationOptions& options);
  Tensor transform_images(const Tensor& images, const Values& transformation, bool training = true) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("data_format", self.data_format_);
    f.optional("bounding_box_format", self.bounding_box_format_);
    f("value_range", self.value_range_);
    f("clip_limit", self.clip_limit_);
    f("tile_grid_size", self.tile_grid_size_);
  }

 private:
  Config value_range_ = std::vector<std::int64_t>{0, 255}, clip_limit_ = 4.0;
  std::vector<std::int64_t> tile_grid_size_ = {8, 8};
};
HB_LAYER_HANDLE(ContrastLimitedAdaptiveHistogramEqualization);
using CLAHE = ContrastLimitedAdaptiveHistogramEqualization;
using CLAHEOptions = ContrastLimitedAdaptiveHistogramEqualizationOptions;

struct RandomGaussianBlurOptions {
  Config factor = 1.0;                          // the odds, between 0 and 1
  std::vector<std::int64_t> kernel_size = {3};  // odd
  Config sigma = 1.0;                           // between 0 and 1
  Config value_range = std::vector<std::int64_t>{0, 255};
  std::string data_format = {};  // default: channels_last
  std::optional<std::int64_t> seed = {};
  std::optional<std::string> bounding_box_format = {};
  HB_LAYER_OPTIONS
};
// Blurred, at odds drawn between the factors; all images of a batch by the same kernel.
class RandomGaussianBlurLayer final : public AugmentationLayer {
 public:
  HB_AUGMENTATION(RandomGaussianBlur, AugmentationLayer);
  explicit RandomGaussianBlurLayer(const RandomGaussianBlurOptions& options);
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("data_format", self.data_format_);
    f.optional("bounding_box_format", self.bounding_box_format_);
    f("factor", self.factor_);
    f("kernel_size", self.kernel_size_);
    f("sigma", self.sigma_);
    f("value_range", self.value_range_);
    f("seed", self.seed_);
  }

 private:
  Values drawn(const Tensor& images) override;
  Tensor changed(const Tensor& images, const Values& draws) override;
  Config factor_ = 1.0, sigma_ = 1.0, value_range_ = std::vector<std::int64_t>{0, 255};
  std::vector<std::int64_t> kernel_size_ = {3};
};
HB_LAYER_HANDLE(RandomGaussianBlur);

}  // namespace hornbeam
