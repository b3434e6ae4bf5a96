// Dropout, SpatialDropout1D/2D/3D, GaussianNoise, GaussianDropout, AlphaDropout, ActivityRegularization: what acts in
// training only. Mirror keras.layers. Output shape as the input's; no weights. See layers.hpp.
#pragma once

#include "hornbeam/fields.hpp"

namespace hornbeam {

struct DropoutOptions {
  std::optional<std::vector<std::optional<std::int64_t>>> noise_shape = {};
  std::optional<std::int64_t> seed = {};
  HB_LAYER_OPTIONS
};

// Sets a share `rate` of the inputs to 0 and scales the rest by 1 / (1 - rate).
class DropoutLayer final : public Layer {
 public:
  HB_LAYER(DropoutLayer, "Dropout")
  DropoutLayer(double rate, const DropoutOptions& options);
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f.required("rate", self.rate_);
    f("noise_shape", self.o_.noise_shape);
    f("seed", self.o_.seed);
  }
  void check();

 private:
  double rate_ = 0;
  DropoutOptions o_;
};

struct NoiseOptions {
  std::optional<std::int64_t> seed = {};
  HB_LAYER_OPTIONS
};

struct SpatialDropoutOptions {
  std::string data_format = {};  // default: backend::image_data_format()
  HB_LAYER_OPTIONS
};

// Drops whole channels.
class SpatialDropoutLayer : public Layer {
 public:
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f.required("rate", self.rate_);
    f("noise_shape", self.noise_shape_);
    f("seed", self.seed_);
    f.optional("data_format", self.data_format_);
  }
  void check();

 protected:
  SpatialDropoutLayer(std::size_t rank, const LayerOptions& options) : Layer(options), rank_(rank) {}
  SpatialDropoutLayer(std::size_t rank, double rate, const SpatialDropoutOptions& options);

 private:
  std::size_t rank_;
  double rate_ = 0;
  Config noise_shape_;
  std::optional<std::int64_t> seed_;
  std::optional<std::string> data_format_;
};

#define HB_SPATIAL_DROPOUT(N)                                                                            \
  class SpatialDropout##N##DLayer final : public SpatialDropoutLayer {                                   \
   public:                                                                                               \
    static constexpr const char* kClassName = "SpatialDropout" #N "D";                                   \
    explicit SpatialDropout##N##DLayer(const LayerOptions& options) : SpatialDropoutLayer(N, options) {} \
    SpatialDropout##N##DLayer(double rate, const SpatialDropoutOptions& options)                         \
        : SpatialDropoutLayer(N, rate, options) {}                                                       \
    std::string class_name() const override { return kClassName; }                                       \
    Config get_config() const override { return config_of(*this); }                                      \
  };                                                                                                     \
  HB_LAYER_HANDLE_OF(SpatialDropout##N##D, SpatialDropoutOptions, double, rate)
HB_SPATIAL_DROPOUT(1);
HB_SPATIAL_DROPOUT(2);
HB_SPATIAL_DROPOUT(3);
#undef HB_SPATIAL_DROPOUT

// Adds normal noise of this standard deviation.
class GaussianNoiseLayer final : public Layer {
 public:
  HB_LAYER(GaussianNoiseLayer, "GaussianNoise")
  GaussianNoiseLayer(double stddev, const NoiseOptions& options);
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f.required("stddev", self.stddev_);
    f.optional("seed", self.seed_);
  }
  void check();

 private:
  double stddev_ = 0;
  std::optional<std::int64_t> seed_;
};

// Multiplies by normal noise around 1 of standard deviation sqrt(rate / (1 - rate)).
class GaussianDropoutLayer final : public Layer {
 public:
  HB_LAYER(GaussianDropoutLayer, "GaussianDropout")
  GaussianDropoutLayer(double rate, const NoiseOptions& options);
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f.required("rate", self.rate_);
    f.optional("seed", self.seed_);
  }
  void check();

 private:
  double rate_ = 0;
  std::optional<std::int64_t> seed_;
};

// Dropout that keeps mean and variance, for SELU networks.
class AlphaDropoutLayer final : public Layer {
 public:
  HB_LAYER(AlphaDropoutLayer, "AlphaDropout")
  AlphaDropoutLayer(double rate, const NoiseOptions& options);
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f.required("rate", self.rate_);
    f.optional("noise_shape", self.noise_shape_);
    f.optional("seed", self.seed_);
  }
  void check();

 private:
  double rate_ = 0;
  std::optional<Config> noise_shape_;
  std::optional<std::int64_t> seed_;
};

struct ActivityRegularizationOptions {
  double l1 = 0.0;
  double l2 = 0.0;
  HB_LAYER_OPTIONS
};

// Passes its input on and adds l1 * sum|x| + l2 * sum x^2 to the loss.
class ActivityRegularizationLayer final : public Layer {
 public:
  HB_LAYER(ActivityRegularizationLayer, "ActivityRegularization")
  explicit ActivityRegularizationLayer(const ActivityRegularizationOptions& options);
  Values call(const Values& inputs, CallContext&) override { return inputs; }
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("l1", self.l1_);
    f("l2", self.l2_);
  }
  void check();

 private:
  double l1_ = 0, l2_ = 0;
};

HB_LAYER_HANDLE_OF(Dropout, DropoutOptions, double, rate);
HB_LAYER_HANDLE_OF(GaussianNoise, NoiseOptions, double, stddev);
HB_LAYER_HANDLE_OF(GaussianDropout, NoiseOptions, double, rate);
HB_LAYER_HANDLE_OF(AlphaDropout, NoiseOptions, double, rate);
HB_LAYER_HANDLE(ActivityRegularization);

}  // namespace hornbeam
