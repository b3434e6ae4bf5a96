// Discretization: the number of the bin that a value falls into. Mirrors keras.layers.Discretization.
//
// Bins are given by their boundaries, or learned by adapt(), which makes num_bins that hold as many values each.
// Weights when they are to be learned: summary (2, n), the quantiles of what was seen. Output: integers in mode "int",
// else as CategoryEncoding's. See layers.hpp.
#pragma once

#include "hornbeam/fields.hpp"

namespace hornbeam {

struct DiscretizationOptions {
  std::optional<std::vector<double>> bin_boundaries = {};
  std::optional<std::int64_t> num_bins = {};
  double epsilon = 0.01;  // error of the quantiles
  std::string output_mode = "int";
  bool sparse = false;  // the outputs are dense all the same
  HB_LAYER_OPTIONS
};

class DiscretizationLayer final : public Layer {
 public:
  HB_LAYER(DiscretizationLayer, "Discretization")
  explicit DiscretizationLayer(const DiscretizationOptions& options);
  using Layer::build;
  void build(const Shape& input_shape) override;
  Values call(const Values& inputs, CallContext& context) override;
  // Learns the boundaries from all values. Throws ValueError when they were given.
  void adapt(const Tensor& data);
  // Those in use: given, learned, or none.
  std::vector<double> bin_boundaries() const;
  // The weight, of the shape of what a file holds.
  Variable sized_summary(const Shape& shape);
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("bin_boundaries", self.given_);
    f("num_bins", self.num_bins_);
    f("epsilon", self.epsilon_);
    f("output_mode", self.output_mode_);
    f("sparse", self.sparse_);
    f.optional("_adapted", self.adapted_);
  }
  void check();

 private:
  std::optional<std::vector<double>> given_;
  std::optional<std::int64_t> num_bins_;
  double epsilon_ = 0.01;
  std::string output_mode_ = "int";
  bool sparse_ = false;
  std::optional<bool> adapted_;  // Keras 3: the boundaries were learned, and are said beside num_bins
};
HB_LAYER_HANDLE(Discretization);

}  // namespace hornbeam
