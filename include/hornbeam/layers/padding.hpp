// ZeroPadding1D/2D/3D, Cropping1D/2D/3D, UpSampling1D/2D/3D: rows and columns added, cut off or repeated. Mirror
// keras.layers. No weights. See layers.hpp.
#pragma once

#include <array>

#include "hornbeam/fields.hpp"
#include "hornbeam/target.hpp"

namespace hornbeam {

struct PaddingOptions {
  std::string data_format = {};  // default: backend::image_data_format(); in one dimension channels_last
  HB_LAYER_OPTIONS
};

// (before, after) per spatial dim. From one int, one per dim, or pairs.
using Margins = std::vector<std::array<std::int64_t, 2>>;

class MarginLayer : public Layer {
 public:
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f(self.crop_ ? "cropping" : "padding", self.given_);
    if (self.rank_ > 1) {
      f("data_format", self.data_format_);
    } else {
      f.optional("data_format", self.format_1d_);
    }
  }
  void check();
  // As Keras's: Cropping2D alone does nothing unless it is told to.
  static constexpr std::int64_t default_margin(std::size_t rank, bool crop) { return crop && rank == 2 ? 0 : 1; }

 protected:
  MarginLayer(std::size_t rank, bool crop, const LayerOptions& options)
      : Layer(options), rank_(rank), crop_(crop), given_(default_margin(rank, crop)) {}
  MarginLayer(std::size_t rank, bool crop, const Margins& margins, const PaddingOptions& options);

 private:
  std::size_t rank_;
  bool crop_;
  Config given_ = 1;  // as the config has it
  Margins margins_;
  std::string data_format_;
  std::optional<std::string> format_1d_;
};

#define HB_MARGIN_LAYER(Name, Rank, IsCrop)                                                                            \
  class Name##Layer final : public MarginLayer {                                                                       \
   public:                                                                                                             \
    static constexpr const char* kClassName = #Name;                                                                   \
    explicit Name##Layer(const LayerOptions& options) : MarginLayer(Rank, IsCrop, options) {}                          \
    Name##Layer(const Margins& margins, const PaddingOptions& options)                                                 \
        : MarginLayer(Rank, IsCrop, margins, options) {}                                                               \
    std::string class_name() const override { return kClassName; }                                                     \
    Config get_config() const override { return config_of(*this); }                                                    \
  };                                                                                                                   \
  class Name : public Ref<Name##Layer> {                                                                               \
   public:                                                                                                             \
    explicit Name(std::int64_t margin = MarginLayer::default_margin(Rank, IsCrop), const PaddingOptions& options = {}) \
        : Name(Margins(Rank, {margin, margin}), options) {}                                                            \
    explicit Name(const Margins& margins, const PaddingOptions& options = {})                                          \
        : Ref(std::make_shared<Name##Layer>(margins, options)) {}                                                      \
  }

HB_MARGIN_LAYER(ZeroPadding1D, 1, false);
HB_MARGIN_LAYER(ZeroPadding2D, 2, false);
HB_MARGIN_LAYER(ZeroPadding3D, 3, false);
HB_MARGIN_LAYER(Cropping1D, 1, true);
HB_MARGIN_LAYER(Cropping2D, 2, true);
HB_MARGIN_LAYER(Cropping3D, 3, true);
#undef HB_MARGIN_LAYER

struct UpSamplingOptions {
  std::vector<std::int64_t> size = {2};
  std::string data_format = {};           // default: backend::image_data_format(); in one dimension channels_last
  std::string interpolation = "nearest";  // UpSampling2D: what Resizing takes, too
  HB_LAYER_OPTIONS
};

class UpSamplingLayer : public Layer {
 public:
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("size", self.size_);
    if (self.rank_ > 1) f("data_format", self.data_format_);
    if (self.rank_ == 2) f("interpolation", self.interpolation_);
  }
  void check();

 protected:
  UpSamplingLayer(std::size_t rank, const LayerOptions& options) : Layer(options), rank_(rank) {}
  UpSamplingLayer(std::size_t rank, const UpSamplingOptions& options);

 private:
  void check_interpolation();
  std::size_t rank_;
  Config size_ = 2;
  std::vector<std::int64_t> sizes_;
  std::string data_format_;
  std::string interpolation_ = "nearest";
  Target target_ = Target::tf215;  // of the Keras it was made for, or read from
};

#define HB_UPSAMPLING_LAYER(N)                                                                        \
  class UpSampling##N##DLayer final : public UpSamplingLayer {                                        \
   public:                                                                                            \
    static constexpr const char* kClassName = "UpSampling" #N "D";                                    \
    explicit UpSampling##N##DLayer(const LayerOptions& options) : UpSamplingLayer(N, options) {}      \
    explicit UpSampling##N##DLayer(const UpSamplingOptions& options) : UpSamplingLayer(N, options) {} \
    std::string class_name() const override { return kClassName; }                                    \
    Config get_config() const override { return config_of(*this); }                                   \
  };                                                                                                  \
  class UpSampling##N##D : public Ref<UpSampling##N##DLayer> {                                        \
   public:                                                                                            \
    explicit UpSampling##N##D(const UpSamplingOptions& options = {})                                  \
        : Ref(std::make_shared<UpSampling##N##DLayer>(options)) {}                                    \
  }
HB_UPSAMPLING_LAYER(1);
HB_UPSAMPLING_LAYER(2);
HB_UPSAMPLING_LAYER(3);
#undef HB_UPSAMPLING_LAYER

}  // namespace hornbeam
