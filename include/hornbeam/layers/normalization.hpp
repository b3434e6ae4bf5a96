// Normalization: (inputs - mean) / sqrt(variance) with statistics given or learned by adapt(). Mirrors
// keras.layers.Normalization.
//
// Axes in `axis` keep statistics of their own; the rest is averaged over. Weights when the statistics are not given:
// mean, variance (of the kept axes' shape), count (a scalar integer). See layers.hpp.
#pragma once

#include "hornbeam/fields.hpp"

namespace hornbeam {

struct NormalizationOptions {
  std::optional<std::vector<std::int64_t>> axis = std::vector<std::int64_t>{-1};  // none: one mean for everything
  std::optional<std::vector<double>> mean = {};
  std::optional<std::vector<double>> variance = {};
  bool invert = false;
  HB_LAYER_OPTIONS
};

class NormalizationLayer final : public Layer {
 public:
  HB_LAYER(NormalizationLayer, "Normalization")
  explicit NormalizationLayer(const NormalizationOptions& options);
  using Layer::build;
  void build(const Shape& input_shape) override;
  Values call(const Values& inputs, CallContext& context) override;
  // Sets mean and variance from data (batch, ...). Throws ValueError when the statistics were given.
  void adapt(const Tensor& data);
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("axis", self.axis_);
    f("invert", self.invert_);
    f("mean", self.mean_);
    f("variance", self.variance_);
  }
  void check();

  Variable mean, variance, count;  // after build, when not given

 private:
  Config axis_ = Config(std::vector<std::int64_t>{-1});
  bool invert_ = false;
  Config mean_, variance_;
  std::vector<std::int64_t> kept_, broadcast_;
};
HB_LAYER_HANDLE(Normalization);

}  // namespace hornbeam
