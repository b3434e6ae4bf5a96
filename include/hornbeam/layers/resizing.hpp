// Resizing, CenterCrop: images brought to one size. Mirror keras.layers.
//
// Input [batch, height, width, channels] or one image of it; channels_first is Keras 3's alone. Output float, of the
// compute dtype; Keras 3's Resizing keeps the input's dtype. No weights. Constructors and calls throw ValueError or
// NotImplementedError in Keras's words. See layers.hpp.
#pragma once

#include "hornbeam/fields.hpp"
#include "hornbeam/target.hpp"

namespace hornbeam {

struct ResizingOptions {
  // "bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic"; Keras 3 has no
  // "area", "gaussian" and "mitchellcubic".
  std::string interpolation = "bilinear";
  bool crop_to_aspect_ratio = false;  // instead of distorting the image
  bool pad_to_aspect_ratio = false;   // Keras 3, as what follows
  std::string fill_mode = "constant";
  double fill_value = 0.0;
  bool antialias = false;
  std::string data_format = {};  // default: channels_last
  HB_LAYER_OPTIONS
};

class ResizingLayer final : public Layer {
 public:
  HB_LAYER(ResizingLayer, "Resizing")
  ResizingLayer(std::int64_t height, std::int64_t width, const ResizingOptions& options);
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f.required("height", self.height_);
    f.required("width", self.width_);
    f("interpolation", self.o_.interpolation);
    f("crop_to_aspect_ratio", self.o_.crop_to_aspect_ratio);
    f("pad_to_aspect_ratio", self.o_.pad_to_aspect_ratio);
    f("fill_mode", self.o_.fill_mode);
    f("fill_value", self.o_.fill_value);
    f("antialias", self.o_.antialias);
    f("data_format", self.o_.data_format);
  }
  void check();

 private:
  std::int64_t height_ = 0, width_ = 0;
  ResizingOptions o_;
  Target target_ = Target::tf215;  // of the Keras it was made for, or read from
};

class Resizing : public Ref<ResizingLayer> {
 public:
  Resizing(std::int64_t height, std::int64_t width, const ResizingOptions& options = {})
      : Ref(std::make_shared<ResizingLayer>(height, width, options)) {}
};

struct CenterCropOptions {
  std::string data_format = {};  // default: channels_last
  HB_LAYER_OPTIONS
};

// The middle of each image. Of a smaller image the largest window of that shape is resized (2.2 throws).
class CenterCropLayer final : public Layer {
 public:
  HB_LAYER(CenterCropLayer, "CenterCrop")
  CenterCropLayer(std::int64_t height, std::int64_t width, const CenterCropOptions& options);
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f.required("height", self.height_);
    f.required("width", self.width_);
    f("data_format", self.data_format_);
  }
  void check();

 private:
  std::int64_t height_ = 0, width_ = 0;
  std::string data_format_;
  Target target_ = Target::tf215;
};

class CenterCrop : public Ref<CenterCropLayer> {
 public:
  CenterCrop(std::int64_t height, std::int64_t width, const CenterCropOptions& options = {})
      : Ref(std::make_shared<CenterCropLayer>(height, width, options)) {}
};

}  // namespace hornbeam
