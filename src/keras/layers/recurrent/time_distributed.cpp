#include "hornbeam/layers/time_distributed.hpp"

#include "hornbeam/ops.hpp"
#include "hornbeam/target.hpp"
#include "keras/engine/input_spec.h"
#include "keras/engine/keras_tensor.h"
#include "keras/engine/ragged_inputs.h"
#include "keras/layers/dim_of.h"
#include "keras/layers/plain_calls.h"
#include "keras/layers/recurrent/nested_layer.h"
#include "keras/layers/register.h"
#include "keras/serialization/dialect_tables.h"

namespace hornbeam {
namespace {

// x with its first `count` dims replaced by `front`; a dim of -1 is what is left.
Tensor with_front(const Tensor& x, std::size_t count, const std::vector<Tensor>& front) {
  auto dims = front;
  for (auto i = count; i < x.rank(); ++i) {
    dims.push_back(known_dim_of(x, i));
  }
  return ops::reshape(x, ops::stack(dims));
}
Tensor with_front(const Tensor& x, std::size_t count, std::int64_t front) {
  return with_front(x, count, {Tensor::scalar(static_cast<std::int32_t>(front))});
}

// A mask of [batch, time] for one of more dims.
Tensor by_step(Tensor mask) {
  while (mask.rank() > 2) mask = ops::reduce_any(mask, -1);
  return mask;
}

}  // namespace

TimeDistributedLayer::TimeDistributedLayer(const LayerRef& layer, const TimeDistributedOptions& options)
    : Layer(options.layer()) {
  if (!layer) throw ValueError("Please initialize `TimeDistributed` layer with a `Layer` instance. You passed: None");
  set_layer(layer);
}

void TimeDistributedLayer::set_layer(LayerRef layer) {
  layer_ = track("layer", std::move(layer));
  supports_masking_ = true;
  stateful_ = layer_->stateful();
  ragged_inputs_ = RaggedInputs::taken;
}

void TimeDistributedLayer::build(const std::vector<Shape>& input_shapes) {
  std::vector<Shape> inner;
  input_spec_.clear();
  for (const auto& shape : input_shapes) {
    if (shape.rank() < 3) {
      throw ValueError(
          "`TimeDistributed` Layer should be passed an `input_shape ` with at least 3 dimensions, received: " +
          as_list(shape));
    }
    InputSpec spec{.ndim = shape.rank()};
    for (std::size_t i = 2; i < shape.rank(); ++i) {
      if (shape[i] >= 0) spec.axes.emplace_back(static_cast<std::int64_t>(i), shape[i]);
    }
    input_spec_.push_back(std::move(spec));
    auto dims = shape.dims();
    dims.erase(dims.begin() + 1);
    inner.emplace_back(std::move(dims));
  }
  if (current_target() == Target::keras3) {
    layer_->ensure_built(inner);
  } else {
    // Its weights are named after the wrapper.
    LayerAccess::build_within(*layer_, inner, keras2_build_keeps_shapes(layer_->class_name()));
  }
}

Values TimeDistributedLayer::call(const Values& inputs, CallContext& context) {
  const PlainCalls plain(layer_.ptr().get());
  if (is_ragged(inputs.flatten().at(0))) {
    rows_of_steps(name(), inputs);
    return on_flat_values(name(), inputs, [&](const Values& steps) { return layer_(steps); });
  }
  const auto shape = inputs.flatten().at(0).shape();
  const bool keras3 = current_target() == Target::keras3;
  const bool learns = keras3 && context.training() && !layer_->non_trainable_weights().empty();
  const bool remembers = layer_->stateful() && (keras3 || shape[0] >= 0);
  const auto mask = context.mask(0);
  const auto y = (learns || remembers) && shape[1] >= 0 ? call_each_step(inputs, mask) : call_at_once(inputs, mask);
  if (!keras3) return y;
  // There the layer within is called without its masks: what comes in masked goes out so, and nothing else.
  const auto outputs = y.flatten();
  return y.pack_like(outputs, std::vector<Tensor>(outputs.size(), mask));
}

Values TimeDistributedLayer::call_at_once(const Values& inputs, const Tensor& mask) const {
  auto leaves = inputs.flatten();
  const auto first = leaves.at(0);
  for (auto& x : leaves) x = with_front(x, 2, -1);
  CallOptions options;
  if (mask.defined() && mask.rank() > 2) options.mask = with_front(mask, 2, -1);
  const auto y = layer_(inputs.pack_like(leaves), options);

  const auto batch = first.shape()[0];
  const std::vector<Tensor> front{Tensor::scalar(static_cast<std::int32_t>(batch < 0 ? -1 : batch)),
                                  known_dim_of(first, 1)};
  auto outputs = y.flatten(), masks = y.flatten_masks();
  for (auto& t : outputs) t = with_front(t, 1, front);
  for (auto& m : masks) {
    if (m.defined()) {
      m = with_front(m, 1, front);
    } else if (mask.defined()) {
      m = by_step(mask);
    }
  }
  return y.pack_like(outputs, masks);
}

Values TimeDistributedLayer::call_each_step(const Values& inputs, const Tensor& mask) const {
  std::vector<std::vector<Tensor>> steps;
  for (const auto& x : inputs.flatten()) steps.push_back(ops::unstack(x, 1));
  const auto masks = mask.defined() && mask.rank() > 2 ? ops::unstack(mask, 1) : std::vector<Tensor>{};
  std::vector<std::vector<Tensor>> outputs;
  Values structure;
  for (std::size_t t = 0; t < steps[0].size(); ++t) {
    std::vector<Tensor> leaves;
    for (const auto& list : steps) leaves.push_back(list[t]);
    CallOptions options;
    if (!masks.empty()) options.mask = masks[t];
    structure = layer_(inputs.pack_like(leaves), options);
    outputs.push_back(structure.flatten());
  }
  if (outputs.empty()) return call_at_once(inputs, mask);
  std::vector<Tensor> stacked, all_masks;
  for (std::size_t i = 0; i < outputs[0].size(); ++i) {
    std::vector<Tensor> column;
    for (const auto& list : outputs) column.push_back(list[i]);
    stacked.push_back(ops::stack(column, 1));
    all_masks.push_back(mask.defined() ? by_step(mask) : Tensor());
  }
  return structure.pack_like(stacked, all_masks);
}

Config TimeDistributedLayer::get_config() const {
  auto config = Layer::get_config();
  return config.set("layer", layers::serialize(*layer_));
}

std::shared_ptr<Layer> TimeDistributedLayer::from_config(const Config& config) {
  const auto layer = std::make_shared<TimeDistributedLayer>(layer_options_from(config));
  check_unknown_keys(config, kClassName, {"layer"});
  layer->set_layer(nested_layer(config.at("layer")));
  return layer;
}

}  // namespace hornbeam

HB_REGISTER(layer_time_distributed) {
  hornbeam::register_layer(hornbeam::TimeDistributedLayer::kClassName, hornbeam::TimeDistributedLayer::from_config);
}
