// StackedRNNCells: several cells as one; each takes the output of the one before. Mirrors keras.layers.
//
//   auto y = RNN(StackedRNNCells({LSTMCell(32), LSTMCell(16)}))(x);
//
// States: those of the cells in their order, flattened. See layers.hpp.
#pragma once

#include "hornbeam/fields.hpp"
#include "hornbeam/layers/rnn_cell.hpp"

namespace hornbeam {

struct StackedRNNCellsOptions {
  HB_LAYER_OPTIONS
};

class StackedRNNCellsLayer final : public RNNCell {
 public:
  static constexpr const char* kClassName = "StackedRNNCells";
  explicit StackedRNNCellsLayer(const LayerOptions& options) : RNNCell(options) {}
  StackedRNNCellsLayer(std::vector<CellRef> cells, const StackedRNNCellsOptions& options);

  std::vector<Shape> state_size() const override;
  Shape output_size() const override;
  std::vector<Tensor> get_initial_state(const Tensor& batch_size, DType dtype) const override;
  using Layer::build;
  void build(const Shape& input_shape) override;
  CellStep step(const Values& x, const std::vector<Tensor>& states, CallContext& context) override;
  Config get_config() const override;
  std::string class_name() const override { return kClassName; }
  static std::shared_ptr<Layer> from_config(const Config& config);

  const std::vector<CellRef>& cells() const { return cells_; }

 private:
  void check();
  std::vector<CellRef> cells_;
};

class StackedRNNCells : public Ref<StackedRNNCellsLayer> {
 public:
  explicit StackedRNNCells(const std::vector<CellRef>& cells, const StackedRNNCellsOptions& options = {})
      : Ref(std::make_shared<StackedRNNCellsLayer>(cells, options)) {}
};

}  // namespace hornbeam
