// Dot: the products of two tensors' samples along one axis of each. Mirrors keras.layers.Dot. See layers.hpp.
//
//   auto y = Dot(1)({a, b});       // (batch, n), (batch, n) -> (batch, 1)
//   auto z = Dot({2, 1})({c, d});  // (batch, i, n), (batch, n, j) -> (batch, i, j)
#pragma once

#include "hornbeam/fields.hpp"

namespace hornbeam {

struct DotOptions {
  bool normalize = false;  // along the axes first: cosines
  HB_LAYER_OPTIONS
};

class DotLayer final : public Layer {
 public:
  HB_LAYER(DotLayer, "Dot")
  // One axis for both inputs, or one for each.
  DotLayer(const std::vector<std::int64_t>& axes, const DotOptions& options);
  void build(const std::vector<Shape>& input_shapes) override;
  Values call(const Values& inputs, CallContext& context) override;
  std::vector<Tensor> compute_mask(const Values&, const std::vector<Tensor>&) override { return {}; }
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f.required("axes", self.axes_);
    f("normalize", self.normalize_);
  }
  void check();

 private:
  std::pair<std::int64_t, std::int64_t> axes_for(std::size_t rank, std::size_t other_rank) const;
  Config axes_;  // an int or a list of two
  bool normalize_ = false;
};

class Dot : public Ref<DotLayer> {
 public:
  explicit Dot(std::int64_t axis, const DotOptions& options = {}) : Dot(std::vector<std::int64_t>{axis}, options) {}
  explicit Dot(const std::vector<std::int64_t>& axes, const DotOptions& options = {})
      : Ref(std::make_shared<DotLayer>(axes, options)) {}
};

}  // namespace hornbeam
