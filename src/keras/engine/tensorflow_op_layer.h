// TensorFlowOpLayer: any op of TensorFlow as a layer, by its NodeDef. tf.keras 2.2 makes one of every op call; all of
// 2.x read it.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "hornbeam/layer.hpp"
#include "ops/op_def.h"

namespace hornbeam {

class TensorFlowOpLayer final : public Layer {
 public:
  static constexpr const char* kClassName = "TensorFlowOpLayer";
  // `constants`: inputs that are no tensors of the model, by position; `count`: of all inputs.
  TensorFlowOpLayer(const OpDef& op, Attrs attrs, std::map<std::size_t, Config> constants, std::size_t count,
                    const LayerOptions& options);

  Values call(const Values& inputs, CallContext& context) override;
  Config get_config() const override;
  std::string class_name() const override { return kClassName; }
  // Throws ValueError, NotImplementedError on an op or attribute that is not known.
  static std::shared_ptr<Layer> from_config(const Config& config);

 private:
  const OpDef& op_;
  Attrs attrs_;
  std::map<std::size_t, Config> constants_;
  std::size_t count_;
  Config node_def_;  // as it was read; null for layers made here
};

// The op call as such a layer: for ops that no function of tf.* stands for.
std::vector<Tensor> record_tensorflow_op(const OpDef& op, std::span<const Tensor> inputs, const Attrs& attrs);

}  // namespace hornbeam
