// Bidirectional: a recurrent layer forwards and another backwards over the same sequence. Mirrors keras.layers.
//
//   auto y = Bidirectional(LSTM(32, {.return_sequences = true}))(x);
//   auto y = Bidirectional(LSTM(8), {.merge_mode = "sum", .backward_layer = GRU(8, {.go_backwards = true})})(x);
//
// Both layers are made anew from the configs of those given: classes and cells of your own must be registered. Outputs
// are merged by merge_mode ("concat", "sum", "ave", "mul"; nothing: a list of both); those of all steps are in the
// order of time. Initial states: the forward layer's, then the backward layer's. With a mask and return_sequences both
// layers give zeros at masked steps. See layers.hpp.
#pragma once

#include <optional>
#include <string>

#include "hornbeam/layers/rnn.hpp"

namespace hornbeam {

struct BidirectionalOptions {
  std::optional<std::string> merge_mode = "concat";
  Ref<RNNLayer> backward_layer = {};
  HB_LAYER_OPTIONS
};

class BidirectionalLayer final : public Layer {
 public:
  static constexpr const char* kClassName = "Bidirectional";
  explicit BidirectionalLayer(const LayerOptions& options) : Layer(options) {}
  // Throws ValueError in Keras's words when the layers do not go together.
  BidirectionalLayer(const Ref<RNNLayer>& layer, const BidirectionalOptions& options);

  using Layer::build;
  void build(const std::vector<Shape>& input_shapes) override;
  Values call(const Values& inputs, CallContext& context) override;
  std::vector<Tensor> compute_mask(const Values& inputs, const std::vector<Tensor>& masks) override;
  std::optional<Call> arranged(const Values& inputs, const CallOptions& options) override;
  void reset_states() override;
  Config get_config() const override;
  std::string class_name() const override { return kClassName; }
  static std::shared_ptr<Layer> from_config(const Config& config);

  const Ref<RNNLayer>& forward_layer() const { return forward_; }
  const Ref<RNNLayer>& backward_layer() const { return backward_; }

 private:
  // From object forms; `backward`: null when it is the mirror image.
  void make_layers(const Config& layer, const Config& backward);
  void check_layers() const;
  Values merged(const Values& y, const Values& y_reversed) const;

  std::optional<std::string> merge_mode_ = "concat";
  std::int64_t num_constants_ = 0;
  Ref<RNNLayer> original_;  // as it was given: never built
  Config original_backward_;
  Ref<RNNLayer> forward_, backward_;
};

class Bidirectional : public Ref<BidirectionalLayer> {
 public:
  explicit Bidirectional(const Ref<RNNLayer>& layer, const BidirectionalOptions& options = {})
      : Ref(std::make_shared<BidirectionalLayer>(layer, options)) {}
};

}  // namespace hornbeam
