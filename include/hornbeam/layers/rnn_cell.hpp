// RNNCell: one step of a recurrent layer, and the class to derive from for cells of your own. Mirrors
// keras.layers.AbstractRNNCell. See layers.hpp.
//
//   class MinimalCell : public hb::RNNCell {
//    public:
//     std::vector<hb::Shape> state_size() const override { return {{8}}; }
//     void build(const hb::Shape& s) override { kernel_ = add_weight("kernel", {s.back(), 8}); }
//     hb::CellStep step(const hb::Values& x, const std::vector<hb::Tensor>& states, hb::CallContext&) override {
//       const auto h = hb::ops::tanh(hb::ops::matmul(x, kernel_) + states[0]);
//       return {h, {h}};
//     }
//     ...
//   };
//   auto y = hb::RNN(hb::make<MinimalCell>())(x);
#pragma once

#include <vector>

#include "hornbeam/layer.hpp"

namespace hornbeam {

// What a step gives: its output (a tensor, or several in a structure), and the new states.
struct CellStep {
  Values output;
  std::vector<Tensor> states;
};

class RNNCell : public Layer {
 public:
  using Layer::Layer;

  // Shapes of the states, without the batch. States in structures are flattened.
  virtual std::vector<Shape> state_size() const = 0;
  virtual Shape output_size() const { return state_size().at(0); }
  // Zeros unless overridden. `batch_size`: an int32 scalar.
  virtual std::vector<Tensor> get_initial_state(const Tensor& batch_size, DType dtype) const;
  // `x`: [batch, ...]; `states` as state_size says, each [batch, ...]. Constants of the sequence, if any, are
  // context.options().tensors.at("constants").
  virtual CellStep step(const Values& x, const std::vector<Tensor>& states, CallContext& context) = 0;

  // A cell may be called itself: cell(x, {.tensors = {{"states", Values{h, c}}}}) gives {output, states}.
  Values call(const Values& inputs, CallContext& context) final;
  // The call as recurrent layers make it.
  CellStep run(const Values& x, const std::vector<Tensor>& states, const std::vector<Tensor>& constants = {});
};

using CellRef = Ref<RNNCell>;

}  // namespace hornbeam
