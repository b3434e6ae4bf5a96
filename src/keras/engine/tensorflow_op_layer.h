// TensorFlowOpLayer: any op of TensorFlow as a layer, by its NodeDef. tf.keras 2.2 makes one of every op call; all of
// 2.x read it.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "keras/engine/op_layer.h"

namespace hornbeam {

class TensorFlowOpLayer final : public OpLayer {
 public:
  static constexpr const char* kClassName = "TensorFlowOpLayer";
  // `constants`: inputs that are no tensors of the model, by position; `count`: of all inputs.
  TensorFlowOpLayer(const OpDef& op, Attrs attrs, std::map<std::size_t, Config> constants, std::size_t count,
                    const LayerOptions& options);

  Values call(const Values& inputs, CallContext& context) override;
  OpForm form(const KerasNode& node) const override;
  Config get_config() const override;
  std::string class_name() const override { return kClassName; }
  // As NodeDef names them; default: by position. Only names.
  void set_input_names(std::vector<std::string> names) { input_names_ = std::move(names); }
  // Throws ValueError, NotImplementedError on an op or attribute that is not known.
  static std::shared_ptr<Layer> from_config(const Config& config);

 private:
  std::vector<Tensor> arguments_of(const Values& inputs) const;
  const OpDef& op_;
  Attrs attrs_;
  std::map<std::size_t, Config> constants_;
  std::size_t count_;
  std::vector<std::string> input_names_;
  Config node_def_;  // as it was read; null for layers made here
};

// With "tf_op_layer_" before it, if it is not there yet.
std::string prefixed_op_name(const std::string& name);

// The one of this op for these inputs, of which the concrete ones are constants. `name` with or without the prefix.
// Throws NotImplementedError on a constant string.
std::shared_ptr<TensorFlowOpLayer> tensorflow_op_layer(const OpDef& op, std::span<const Tensor> inputs,
                                                       const Attrs& attrs, LayerOptions options);

// The op call as such a layer: for ops that no function of tf.* stands for.
std::vector<Tensor> record_tensorflow_op(const OpDef& op, std::span<const Tensor> inputs, const Attrs& attrs);

}  // namespace hornbeam
