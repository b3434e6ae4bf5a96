// Layer::operator(): the one door in. Checks, builds, casts, calls, masks; or appends a node to the functional graph.
#include <algorithm>

#include "graph/function.h"
#include "hornbeam/layer.hpp"
#include "hornbeam/ops_array.hpp"
#include "hornbeam/ops_math.hpp"
#include "keras/engine/call_scope.h"
#include "keras/engine/input_spec.h"
#include "keras/engine/keras_tensor.h"
#include "keras/engine/ragged_inputs.h"
#include "keras/engine/structure.h"
#include "tensor/incompatible_shapes.h"

namespace hornbeam {
namespace {

// Floating leaves to the compute dtype; masks stay.
Values autocast(const Values& inputs, DType dtype) {
  auto leaves = inputs.flatten();
  if (std::none_of(leaves.begin(), leaves.end(),
                   [&](const Tensor& t) { return is_floating(t.dtype()) && t.dtype() != dtype; })) {
    return inputs;
  }
  const auto masks = inputs.flatten_masks();
  for (auto& t : leaves) {
    if (is_floating(t.dtype())) t = ops::cast(t, dtype);
  }
  return inputs.pack_like(leaves, masks);
}

std::vector<Shape> shapes_of(const std::vector<Tensor>& tensors) {
  std::vector<Shape> shapes;
  for (const auto& t : tensors) shapes.push_back(t.shape());
  return shapes;
}

// Symbolic leaves of a call, each replaced by an argument of the scratch trace, with the mask it carries.
class ScratchArguments {
 public:
  explicit ScratchArguments(std::span<const Tensor> tensors) {
    for (const auto& t : tensors) {
      const auto* k = as_keras_tensor(t);
      append_specs(specs_, t.dtype(), t.shape(), k->ragged_rank);
      mask_index_.push_back(-1);
      if (k->has_mask && t.shape().has_rank() && t.rank() >= 2) {
        mask_index_.back() = static_cast<int>(masks_.size());
        masks_.push_back({DType::boolean, k->ragged_rank ? Shape{None} : Shape{t.shape()[0], t.shape()[1]}});
      }
      tensors_.push_back(t);
    }
  }
  std::vector<TensorSpec> specs() const {
    auto all = specs_;
    all.insert(all.end(), masks_.begin(), masks_.end());
    return all;
  }
  void bind(std::span<const Tensor> arguments) {
    arguments_.clear();
    auto next = arguments.begin();
    const auto take = [&](const Tensor& symbolic) {
      const auto splits = next + 1, end = splits + static_cast<std::ptrdiff_t>(ragged_rank_of(symbolic));
      arguments_.push_back(make_ragged(*next, {splits, end}));
      next = end;
    };
    std::ranges::for_each(tensors_, take);
    given_masks_.assign(next, arguments.end());
  }

  Values replace(const Values& values) const {
    auto leaves = values.flatten();
    auto masks = values.flatten_masks();
    for (std::size_t i = 0; i < leaves.size(); ++i) {
      if (!is_keras_tensor(leaves[i])) continue;
      const auto at =
          static_cast<std::size_t>(std::find_if(tensors_.begin(), tensors_.end(),
                                                [&](const Tensor& t) { return t.impl() == leaves[i].impl(); }) -
                                   tensors_.begin());
      leaves[i] = arguments_[at];
      if (mask_index_[at] < 0) continue;
      masks[i] = given_masks_[static_cast<std::size_t>(mask_index_[at])];
      if (const auto* ragged = as_ragged(arguments_[at])) masks[i] = make_ragged(masks[i], ragged->splits);
    }
    return values.pack_like(leaves, masks);
  }

 private:
  std::vector<Tensor> tensors_, arguments_, given_masks_;
  std::vector<TensorSpec> specs_, masks_;
  std::vector<int> mask_index_;
};

Tensor batch_size_of(const Tensor& t) {
  return is_ragged(t) ? RaggedTensor(t).nrows() : ops::gather(ops::shape(t), Tensor::scalar(std::int32_t{0}));
}

}  // namespace

Values Layer::operator()(const Values& inputs, const CallOptions& options) {
  if (const auto call = arranged(inputs, options)) return (*this)(call->inputs, call->options);
  if (any_keras_tensor(inputs) || any_keras_tensor(options)) return call_symbolic(inputs, options);
  if (CallScope::current() || !options.training.value_or(false)) return call_now(inputs, options);
  // Nobody stands around this call to do it after a step: what it moves is moved now.
  CallScope collector(/*training=*/true);
  auto outputs = call_now(inputs, options);
  collector.apply_updates();
  return outputs;
}

Values Layer::call_now(const Values& given, const CallOptions& options) {
  const CallScope scope(*this, options.training);
  const auto inputs = autocast_ ? autocast(given, compute_dtype_) : given;
  const auto leaves = inputs.flatten();
  check_input_specs(input_spec_, leaves, name());
  const bool ragged = std::ranges::any_of(leaves, is_ragged);
  const auto vectors = [](const Tensor& t) { return ragged_rank_of(t) + 1 < t.rank(); };
  if (ragged && (ragged_inputs_ == RaggedInputs::refused ||
                 (ragged_inputs_ == RaggedInputs::flat_vectors && !std::ranges::all_of(leaves, vectors)))) {
    throw_no_ragged(name(), leaves);
  }
  if (const auto mode = quantization_mode(); !mode.empty() && !has_quantized_call()) {
    throw NotImplementedError("Layer " + class_name() + " does not have a `_" + mode + "_call` method implemented.");
  }
  if (!built_) {
    ensure_built(shapes_of(leaves));
    if (!ragged) build_inputs_ = structure_of(inputs);
  }
  check_input_specs(input_spec_, leaves, name());

  CallContext context(options, scope.training().value_or(false));
  context.masks = options.mask.is_none() ? inputs.flatten_masks() : options.mask.flatten();
  const bool any_mask =
      std::any_of(context.masks.begin(), context.masks.end(), [](const Tensor& m) { return m.defined(); });

  Values outputs;
  {
    const AutocastScope autocast_variables(compute_dtype_, ops::cast);
    outputs = ragged && ragged_inputs_ != RaggedInputs::taken
                  ? on_flat_values(name(), inputs, [&](const Values& flat) { return call(flat, context); })
                  : call(inputs, context);
  }
  if (context.read_training()) CallScope::current()->mark_training_read();
  if (scope.training_read() && !expects_training_) expects_training_ = true;  // calls from threads only read it
  if (activity_regularizer_) {
    // By sample, so that its strength does not depend on the batch size.
    for (const auto& t : outputs.flatten()) {
      const auto values = is_ragged(t) ? RaggedTensor(t).flat_values() : t;
      const auto loss = (*activity_regularizer_)(is_integer(t.dtype()) ? ops::cast(values, compute_dtype_) : values);
      const auto batch = batch_size_of(t);
      context.add_loss(loss / ops::cast(batch, loss.dtype()));
    }
  }
  // A model's outputs carry the masks its layers gave them; a layer's are computed.
  if (auto masks = compute_mask(inputs, any_mask ? context.masks : std::vector<Tensor>{}); !masks.empty()) {
    const auto tensors = outputs.flatten();
    masks.resize(tensors.size());
    return outputs.pack_like(tensors, masks);
  }
  return outputs;
}

Values Layer::call_symbolic(const Values& inputs, const CallOptions& options) {
  auto node = std::make_shared<KerasNode>();
  node->inputs = inputs;
  node->options = options;
  ScratchArguments scratch(node->symbolic_inputs());
  Values traced_outputs;
  std::vector<Tensor> outputs, masks;
  const auto body = [&](std::span<const Tensor> arguments) -> std::vector<Tensor> {
    scratch.bind(arguments);
    CallOptions replaced = options;
    replaced.initial_state = scratch.replace(options.initial_state);
    replaced.mask = scratch.replace(options.mask);
    for (auto& [key, values] : replaced.tensors) values = scratch.replace(values);
    traced_outputs = call_now(scratch.replace(inputs), replaced);
    outputs = traced_outputs.flatten();
    masks = traced_outputs.flatten_masks();
    return parts_of(outputs);
  };
  // As TensorFlow does where shapes are inferred: what a kernel would refuse is a wrong value here.
  const auto traced = [&] {
    try {
      return graph::trace(name(), scratch.specs(), body);
    } catch (const InvalidArgumentError& error) {
      throw as_inferred(error);
    }
  };
  const auto function = traced();
  node->layer = shared_from_this();
  node->output_structure = structure_of(traced_outputs);
  LayerAccess::add_node(*this, node);
  std::vector<Tensor> results;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    results.push_back(make_keras_tensor(outputs[i].dtype(), outputs[i].shape(), node, static_cast<int>(i),
                                        i < masks.size() && masks[i].defined(), ragged_rank_of(outputs[i])));
  }
  // Traced tensors hold their tracer: let them go before the node is kept.
  auto packed = node->output_structure.pack_like(results);
  return packed;
}

}  // namespace hornbeam
