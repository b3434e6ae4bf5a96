// Images mixed with each other: MixUp, CutMix; several layers in one: RandAugment, AugMix, RandomColorJitter, Pipeline;
// MaxNumBoundingBoxes. Mirror keras.layers of Keras 3.
//
// Images, dicts, threads: augmentation.hpp. Constructors throw ValueError in Keras's words.
#pragma once

#include "hornbeam/layers/augmentation.hpp"
#include "hornbeam/layers/random_image.hpp"

namespace hornbeam {

struct MixUpOptions {
  double alpha = 0.2;            // of the beta distribution that the weights are of
  std::string data_format = {};  // default: channels_last
  std::optional<std::int64_t> seed = {};
  std::optional<std::string> bounding_box_format = {};
  HB_LAYER_OPTIONS
};
// Each image blended with another of its batch; labels (one-hot) likewise, boxes of both.
class MixUpLayer final : public AugmentationLayer {
 public:
  HB_AUGMENTATION(MixUp, AugmentationLayer);
  explicit MixUpLayer(const MixUpOptions& options);
  Tensor transform_labels(const Tensor& labels, const Values& transformation, bool training = true) override;
  Values transform_bounding_boxes(const Values& boxes, const Values& transformation, bool training = true) override;
  Tensor transform_segmentation_masks(const Tensor& masks, const Values& transformation, bool training = true) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("data_format", self.data_format_);
    f.optional("bounding_box_format", self.bounding_box_format_);
    f("alpha", self.alpha_);
    f("seed", self.seed_);
  }

 private:
  Values drawn(const Tensor& images) override;
  Tensor changed(const Tensor& images, const Values& draws) override;
  Config alpha_ = 0.2;
};
HB_LAYER_HANDLE(MixUp);

struct CutMixOptions {
  Config factor = 1.0;  // of the beta distribution's parameter, between 0 and 1
  std::optional<std::int64_t> seed = {};
  std::string data_format = {};  // default: channels_last
  std::optional<std::string> bounding_box_format = {};
  HB_LAYER_OPTIONS
};
// A rectangle of each image replaced by that of another of its batch; labels are mixed by the area.
class CutMixLayer final : public AugmentationLayer {
 public:
  HB_AUGMENTATION(CutMix, AugmentationLayer);
  explicit CutMixLayer(const CutMixOptions& options);
  Values get_random_transformation(const Values& data, bool training = true) override;
  Tensor transform_labels(const Tensor& labels, const Values& transformation, bool training = true) override;
  // Throws NotImplementedError, as in Keras.
  Values transform_bounding_boxes(const Values& boxes, const Values& transformation, bool training = true) override;
  Tensor transform_segmentation_masks(const Tensor& masks, const Values& transformation, bool training = true) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("data_format", self.data_format_);
    f.optional("bounding_box_format", self.bounding_box_format_);
    f("factor", self.factor_);
    f("seed", self.seed_);
  }

 private:
  Values drawn(const Tensor& images) override;
  Tensor changed(const Tensor& images, const Values& draws) override;
  Config factor_ = 1.0;
};
HB_LAYER_HANDLE(CutMix);

// Those made of other augmentation layers, which are attributes under Keras's names.
class CompositeAugmentationLayer : public AugmentationLayer {
 protected:
  using AugmentationLayer::AugmentationLayer;
  explicit CompositeAugmentationLayer(const LayerOptions& options) : AugmentationLayer(options) {}
  using Part = std::pair<std::string, Ref<AugmentationLayer>>;
  // The attribute `name`.
  void add_part(const std::string& name, const Ref<AugmentationLayer>& part);
  // The eleven of RandAugment and AugMix, or the seven that leave colours alone, in their order of choice.
  void add_all_parts(const Config& factor, const Config& value_range, const std::string& interpolation, bool all,
                     bool seven_first);
  // What is drawn for each of them.
  Values drawn_by_parts(const Tensor& images) const;
  std::vector<Part> parts_;
};

struct RandAugmentOptions {
  Config value_range = std::vector<std::int64_t>{0, 255};
  std::int64_t num_ops = 2;
  Config factor = 0.5;  // between 0 and 1
  std::string interpolation = "bilinear";
  std::optional<std::int64_t> seed = {};
  std::string data_format = {};  // default: channels_last
  std::optional<std::string> bounding_box_format = {};
  HB_LAYER_OPTIONS
};
// num_ops of eleven layers, chosen anew for each batch, one after another.
class RandAugmentLayer final : public CompositeAugmentationLayer {
 public:
  HB_AUGMENTATION(RandAugment, CompositeAugmentationLayer);
  explicit RandAugmentLayer(const RandAugmentOptions& options);
  Tensor transform_images(const Tensor& images, const Values& transformation, bool training = true) override;
  Values transform_bounding_boxes(const Values& boxes, const Values& transformation, bool training = true) override;
  Tensor transform_segmentation_masks(const Tensor& masks, const Values& transformation, bool training = true) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("data_format", self.data_format_);
    f.optional("bounding_box_format", self.bounding_box_format_);
    f("value_range", self.value_range_);
    f("num_ops", self.num_ops_);
    f("factor", self.factor_);
    f("interpolation", self.interpolation_);
    f("seed", self.seed_);
  }

 private:
  Values drawn(const Tensor& images) override;
  Config value_range_ = std::vector<std::int64_t>{0, 255}, factor_ = 0.5;
  std::int64_t num_ops_ = 2;
  std::string interpolation_ = "bilinear";
};
HB_LAYER_HANDLE(RandAugment);

struct AugMixOptions {
  Config value_range = std::vector<std::int64_t>{0, 255};
  std::int64_t num_chains = 3;
  std::int64_t chain_depth = 3;
  Config factor = 0.3;  // between 0 and 1
  double alpha = 1.0;   // of the distributions of the chains' weights and of the original's
  bool all_ops = true;
  std::string interpolation = "bilinear";
  std::optional<std::int64_t> seed = {};
  std::string data_format = {};  // default: channels_last
  std::optional<std::string> bounding_box_format = {};
  HB_LAYER_OPTIONS
};
// The image mixed with what chains of layers made of it. Chains are chosen anew for each batch (Keras does so eagerly,
// and keeps its first choice in a compiled model).
class AugMixLayer final : public CompositeAugmentationLayer {
 public:
  HB_AUGMENTATION(AugMix, CompositeAugmentationLayer);
  explicit AugMixLayer(const AugMixOptions& options);
  Tensor transform_images(const Tensor& images, const Values& transformation, bool training = true) override;
  Tensor transform_segmentation_masks(const Tensor& masks, const Values& transformation, bool training = true) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("data_format", self.data_format_);
    f.optional("bounding_box_format", self.bounding_box_format_);
    f("value_range", self.value_range_);
    f("num_chains", self.num_chains_);
    f("chain_depth", self.chain_depth_);
    f("factor", self.factor_);
    f("alpha", self.alpha_);
    f("all_ops", self.all_ops_);
    f("interpolation", self.interpolation_);
    f("seed", self.seed_);
  }

 private:
  Values drawn(const Tensor& images) override;
  template <class Step>
  Tensor mixed(const Tensor& x, const Values& transformation, const Step& step) const;
  Config value_range_ = std::vector<std::int64_t>{0, 255}, factor_ = 0.3, alpha_ = 1.0;
  std::int64_t num_chains_ = 3, chain_depth_ = 3;
  bool all_ops_ = true;
  std::string interpolation_ = "bilinear";
};
HB_LAYER_HANDLE(AugMix);

struct RandomColorJitterOptions {
  Config value_range = std::vector<std::int64_t>{0, 255};
  // The factors of RandomBrightness, RandomContrast, RandomSaturation and RandomHue; none: not that one.
  Config brightness_factor = {}, contrast_factor = {}, saturation_factor = {}, hue_factor = {};
  std::optional<std::int64_t> seed = {};
  std::string data_format = {};  // default: channels_last
  std::optional<std::string> bounding_box_format = {};
  HB_LAYER_OPTIONS
};
class RandomColorJitterLayer final : public CompositeAugmentationLayer {
 public:
  HB_AUGMENTATION(RandomColorJitter, CompositeAugmentationLayer);
  explicit RandomColorJitterLayer(const RandomColorJitterOptions& options);
  Tensor transform_images(const Tensor& images, const Values& transformation, bool training = true) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("data_format", self.data_format_);
    f.optional("bounding_box_format", self.bounding_box_format_);
    f("value_range", self.value_range_);
    f("brightness_factor", self.brightness_factor_);
    f("contrast_factor", self.contrast_factor_);
    f("saturation_factor", self.saturation_factor_);
    f("hue_factor", self.hue_factor_);
    f("seed", self.seed_);
  }

 private:
  Values drawn(const Tensor& images) override { return drawn_by_parts(images); }
  Config value_range_ = std::vector<std::int64_t>{0, 255};
  Config brightness_factor_, contrast_factor_, saturation_factor_, hue_factor_;
};
HB_LAYER_HANDLE(RandomColorJitter);

struct MaxNumBoundingBoxesOptions {
  std::int64_t fill_value = -1;
  std::string data_format = {};  // default: channels_last
  std::optional<std::string> bounding_box_format = {};
  HB_LAYER_OPTIONS
};
// Boxes cut off after that many, or filled up to it.
class MaxNumBoundingBoxesLayer final : public AugmentationLayer {
 public:
  HB_AUGMENTATION(MaxNumBoundingBoxes, AugmentationLayer);
  MaxNumBoundingBoxesLayer(std::int64_t max_number, const MaxNumBoundingBoxesOptions& options);
  Tensor transform_images(const Tensor& images, const Values& transformation, bool training = true) override;
  Values transform_bounding_boxes(const Values& boxes, const Values& transformation, bool training = true) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("data_format", self.data_format_);
    f.optional("bounding_box_format", self.bounding_box_format_);
    f.required("max_number", self.max_number_);
    f("fill_value", self.fill_value_);
  }

 private:
  std::int64_t max_number_ = 0, fill_value_ = -1;
};
HB_LAYER_HANDLE_OF(MaxNumBoundingBoxes, MaxNumBoundingBoxesOptions, std::int64_t, max_number);

struct PipelineOptions {
  std::optional<std::string> name = {};
};
// Layers one after another, as one.
class PipelineLayer final : public Layer {
 public:
  static constexpr const char* kClassName = "Pipeline";
  explicit PipelineLayer(const LayerOptions& options) : Layer(options) {}
  PipelineLayer(std::vector<LayerRef> layers, const PipelineOptions& options);
  Values call(const Values& inputs, CallContext& context) override;
  // The outputs carry the masks that the last layer gave them.
  std::vector<Tensor> compute_mask(const Values&, const std::vector<Tensor>&) override { return {}; }
  Config get_config() const override;
  std::string class_name() const override { return kClassName; }
  static std::shared_ptr<Layer> from_config(const Config& config);
  const std::vector<LayerRef>& layers() const { return layers_; }

 private:
  void set_layers(std::vector<LayerRef> layers);
  std::vector<LayerRef> layers_;
};
class Pipeline : public Ref<PipelineLayer> {
 public:
  explicit Pipeline(const std::vector<LayerRef>& layers, const PipelineOptions& options = {})
      : Ref(std::make_shared<PipelineLayer>(layers, options)) {}
};

}  // namespace hornbeam
