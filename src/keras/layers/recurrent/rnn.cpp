#include "hornbeam/layers/rnn.hpp"

#include "graph/variables.h"
#include "hornbeam/layers/stacked_rnn_cells.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/target.hpp"
#include "keras/engine/input_spec.h"
#include "keras/engine/ragged_inputs.h"
#include "keras/layers/dim_of.h"
#include "keras/layers/recurrent/loop.h"
#include "keras/layers/recurrent/nested_layer.h"
#include "keras/layers/recurrent/rnn_config.h"
#include "keras/layers/recurrent/sequence_scope.h"
#include "keras/layers/recurrent/split_inputs.h"
#include "keras/layers/register.h"
#include "keras/streaming/stream_scope.h"

namespace hornbeam {
namespace {

std::vector<Tensor> constants_of(const CallContext& context) {
  const auto& tensors = context.options().tensors;
  const auto at = tensors.find("constants");
  return at == tensors.end() ? std::vector<Tensor>{} : at->second.flatten();
}

bool fits(const Tensor& state, const Shape& size) {
  if (!state.shape().has_rank()) return true;
  if (state.rank() != size.rank() + 1) return false;
  for (std::size_t i = 0; i < size.rank(); ++i) {
    if (state.shape()[i + 1] >= 0 && size[i] >= 0 && state.shape()[i + 1] != size[i]) return false;
  }
  return true;
}

void check_states(const std::vector<Tensor>& states, const std::vector<Shape>& sizes) {
  bool fit = states.size() == sizes.size();
  for (std::size_t i = 0; fit && i < sizes.size(); ++i) fit = fits(states[i], sizes[i]);
  if (fit) return;
  std::string wanted;
  for (const auto& size : sizes) {
    wanted += (wanted.empty() ? "" : ", ") + (size.rank() == 1 ? std::to_string(size[0]) : size.to_string());
  }
  throw ValueError(
      "An `initial_state` was passed that is not compatible with `cell.state_size`. Received states of shapes " +
      shapes_text(states) + "; however `cell.state_size` is [" + wanted + "]");
}

}  // namespace

RNNLayer::RNNLayer(CellRef cell, const RNNFlags& flags, const LayerOptions& options) : Layer(options), flags_(flags) {
  set_cell(std::move(cell));
}

void RNNLayer::set_cell(CellRef cell, bool tracked) {
  cell_ = tracked ? track("cell", std::move(cell)) : std::move(cell);
  supports_masking_ = true;
  stateful_ = flags_.stateful;
  ragged_inputs_ = RaggedInputs::taken;
}

std::optional<Layer::Call> RNNLayer::arranged(const Values& inputs, const CallOptions& options) {
  auto call = split_inputs(inputs, options, flags_.num_constants);
  if (!call) check_input_shapes(input_spec_, inputs.flatten(), name());
  const auto& tensors = (call ? call->options : options).tensors;
  if (const auto at = tensors.find("constants"); at != tensors.end()) {
    flags_.num_constants = static_cast<std::int64_t>(at->second.flatten().size());
  }
  return call;
}

// Shapes of initial states, which configs list after the input's, have no time axis.
void RNNLayer::build(const std::vector<Shape>& input_shapes) {
  const auto time = static_cast<std::ptrdiff_t>(time_axis());
  std::vector<Shape> steps;
  input_spec_.clear();
  for (const auto& shape : input_shapes) {
    if (shape.rank() < 3 && !steps.empty()) break;
    if (shape.rank() < 3) {
      throw ValueError("Input 0 of layer " + name() + " is incompatible with the layer: expected ndim=3, found ndim=" +
                       std::to_string(shape.rank()) + ". Full shape received: " + shape.to_string());
    }
    InputSpec spec{.ndim = shape.rank()};
    if (flags_.stateful && shape[batch_axis()] >= 0) {
      spec.axes.emplace_back(static_cast<std::int64_t>(batch_axis()), shape[batch_axis()]);
    }
    for (std::size_t i = 2; i < shape.rank(); ++i) {
      if (shape[i] >= 0) spec.axes.emplace_back(i + 1 == shape.rank() ? -1 : static_cast<std::int64_t>(i), shape[i]);
    }
    input_spec_.push_back(std::move(spec));
    auto dims = shape.dims();
    dims.erase(dims.begin() + time);
    steps.emplace_back(std::move(dims));
  }
  cell_->ensure_built(steps);
  if (flags_.stateful) make_states(input_shapes.at(0)[batch_axis()]);
}

void RNNLayer::make_states(std::int64_t batch) {
  if (batch < 0) {
    throw ValueError(
        "If a RNN is stateful, it needs to know its batch size. Specify the batch size of your input tensors: \n- If "
        "using a Sequential model, specify the batch size by passing a `batch_input_shape` argument to your first "
        "layer.\n- If using the functional API, specify the batch size by passing a `batch_shape` argument to your "
        "Input layer.");
  }
  const auto size = Tensor::scalar(static_cast<std::int32_t>(batch));
  for (auto& value : cell_->get_initial_state(size, variable_dtype())) {
    states_.push_back(std::make_shared<VariableNode>(name() + "/state", std::move(value), /*trainable=*/false));
  }
}

void RNNLayer::reset_states() {
  if (!flags_.stateful) throw AttributeError("Layer must be stateful.");
  for (const auto& state : states_) state->assign(Tensor::zeros(state->dtype(), state->shape()));
}

void RNNLayer::reset_states(const std::vector<Tensor>& values) {
  if (!flags_.stateful) throw AttributeError("Layer must be stateful.");
  if (values.size() != states_.size()) {
    throw ValueError("Layer " + name() + " expects " + std::to_string(states_.size()) + " states, but it received " +
                     std::to_string(values.size()) + " state values. Input received: " + shapes_text(values));
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i].shape() == states_[i]->shape()) continue;
    throw ValueError("State " + std::to_string(i) + " is incompatible with layer " + name() + ": expected shape=" +
                     states_[i]->shape().to_string() + ", found shape=" + values[i].shape().to_string());
  }
  for (std::size_t i = 0; i < values.size(); ++i) states_[i]->assign(ops::cast(values[i], states_[i]->dtype()));
}

std::vector<Tensor> RNNLayer::remembered_or(const std::vector<Tensor>& given) const {
  std::vector<Tensor> any, states;
  for (const auto& state : states_) any.push_back(ops::reduce_any(ops::not_equal(state, 0)));
  const auto remembers = ops::reduce_any(ops::stack(any));
  for (std::size_t i = 0; i < given.size() && i < states_.size(); ++i) {
    const Tensor state = states_[i];
    states.push_back(ops::where(remembers, state, ops::cast(given[i], state.dtype())));
  }
  return given.size() == states_.size() ? states : given;
}

std::vector<Tensor> RNNLayer::zero_states(const Tensor& input, const Tensor& batch) const {
  return cell_->get_initial_state(batch, input.dtype());
}

std::vector<Tensor> RNNLayer::first_states(const Tensor& input, CallContext& context) const {
  std::vector<Tensor> states;
  if (!context.initial_state().is_none()) {
    states = context.initial_state().flatten();
    // Keras 2 prefers what a stateful layer remembers, unless that is all zeros.
    if (flags_.stateful && current_target() != Target::keras3) states = remembered_or(states);
  } else if (flags_.stateful) {
    for (const auto& state : states_) states.emplace_back(state);
  } else {
    states = zero_states(input, dim_of(input, static_cast<std::int64_t>(batch_axis())));
  }
  check_states(states, cell_->state_size());
  for (auto& state : states) state = ops::cast(state, compute_dtype());
  return states;
}

Values RNNLayer::call(const Values& given, CallContext& context) {
  auto inputs = given;
  auto input = inputs.flatten().at(0);
  const auto ragged = ragged_steps(inputs, context);
  if (ragged) inputs = input = padded_steps(ragged->to_tensor(), *ragged);
  if (flags_.unroll && input.shape()[time_axis()] < 0) {
    throw ValueError(
        std::string(words_of_unrolling()) +
        "Cannot unroll a RNN if the time dimension is undefined. \n- If using a Sequential model, specify the time "
        "dimension by passing an `input_shape` or `batch_input_shape` argument to your first layer. If your first "
        "layer is an Embedding, you can also use the `input_length` argument.\n- If using the functional API, specify "
        "the time dimension by passing a `shape` or `batch_shape` argument to your Input layer.");
  }
  // Every step is a part of the graph of its own.
  if (constexpr std::int64_t kMost = 100'000; flags_.unroll && input.shape()[time_axis()] > kMost) {
    throw ValueError("`unroll=True` of more than 100000 steps is not supported. Received input: " +
                     input.shape().to_string());
  }
  if (flags_.stateful && input.shape()[batch_axis()] < 0) {
    // A batch of another size must not be taken for one that goes on from these states.
    auto shape = input.shape();
    shape[batch_axis()] = states_.at(0)->shape()[0];
    input = ops::ensure_shape(input, shape);
    if (inputs.is_tensor()) inputs = input;
  }
  const SequenceScope sequence;
  const auto mask = ragged ? padded_steps(steps_there(*ragged), *ragged) : context.mask(0);
  if (auto* stream = StreamScope::of(*this)) return stream_step(inputs, mask, *stream, context);
  auto result = run(inputs, mask, first_states(input, context), context);
  if (flags_.stateful) {
    for (std::size_t i = 0; i < states_.size(); ++i) {
      graph::assign(states_[i], ops::cast(result.states[i], states_[i]->dtype()));
    }
  }
  if (ragged && flags_.return_sequences) result.all = ragged_like(result.all, *ragged);
  return packed(result);
}

// Rows are filled up at the end, and a mask leaves out what they were filled with.
std::optional<RaggedTensor> RNNLayer::ragged_steps(const Values& inputs, const CallContext& context) const {
  const auto leaves = inputs.flatten();
  if (std::ranges::none_of(leaves, is_ragged)) return {};
  if (flags_.unroll) {
    throw ValueError(
        "The input received contains RaggedTensors and does not support unrolling. Disable unrolling by passing "
        "`unroll=False` in the RNN Layer constructor.");
  }
  if (const auto mask = context.mask(0); mask.defined()) {
    throw ValueError("The mask that was passed in was " + mask.to_string() +
                     " and cannot be applied to RaggedTensor inputs. Please make sure that there is no mask passed in "
                     "by upstream layers.");
  }
  if (flags_.time_major) throw NotImplementedError("ragged inputs of a layer with time_major=True are not supported");
  return rows_of_steps(name(), inputs);
}

// From 2.15 on a layer that goes backwards begins with each row's own last step. In 2.2 it begins with what the rows
// are filled up with, so that the first outputs of a short row are those of steps it does not have.
Tensor RNNLayer::padded_steps(const Tensor& padded, const RaggedTensor& rows) const {
  if (!flags_.go_backwards || current_target() == Target::tf22) return padded;
  return ops::reverse(ops::reverse_sequence(padded, rows.row_lengths(), 1, 0), {1});
}

Values RNNLayer::packed(const RNNResult& result) const {
  const auto& output = flags_.return_sequences ? result.all : result.last;
  if (!flags_.return_state) return output;
  Values::List list{output};
  for (const auto& state : result.states) list.emplace_back(state);
  return Values(std::move(list));
}

// One step of a stream. The output of a masked step is the one before: the stream remembers that too.
Values RNNLayer::stream_step(const Values& inputs, const Tensor& mask, StreamStates& stream, CallContext& context) {
  const auto states = stream.take([cell = cell_, batch = stream.batch(), dtype = compute_dtype()] {
    auto initial = cell->get_initial_state(Tensor::scalar(static_cast<std::int32_t>(batch)), dtype);
    for (auto& state : initial) state = ops::cast(state, dtype);
    return initial;
  });
  auto result = run(inputs, mask, states, context);
  stream.give(result.states);
  if (mask.defined() && !flags_.zero_output_for_mask) {
    auto leaves = result.last.flatten();
    std::vector<TensorSpec> specs;
    for (const auto& t : leaves) specs.push_back({t.dtype(), t.shape()});
    const auto before = stream.take_zeros(specs);
    const auto now = ops::squeeze(ops::cast(mask, DType::boolean), {1});
    for (std::size_t i = 0; i < leaves.size(); ++i) leaves[i] = chosen_where(now, leaves[i], before[i]);
    stream.give(leaves);
    result.last = result.last.pack_like(leaves);
    for (auto& t : leaves) t = ops::expand_dims(t, 1);
    result.all = result.last.pack_like(leaves);
  }
  return packed(result);
}

RNNResult RNNLayer::run(const Values& inputs, const Tensor& mask, std::vector<Tensor> states, CallContext& context) {
  const auto constants = constants_of(context);
  return run_steps(inputs, mask, states, flags_,
                   [&](const Values& x, const std::vector<Tensor>& now) { return cell_->run(x, now, constants); });
}

std::vector<Tensor> RNNLayer::compute_mask(const Values&, const std::vector<Tensor>& masks) {
  if (!flags_.return_sequences || masks.empty()) return {};
  return {masks[0]};
}

Config RNNLayer::get_config() const {
  auto config = Layer::get_config();
  rnn_fields(flags_, FieldWriter{config});
  drop_unset_rnn_fields(config);
  return config.set("cell", layers::serialize(*cell_));
}

std::shared_ptr<Layer> RNNLayer::from_config(const Config& config) {
  const auto layer = std::make_shared<RNNLayer>(layer_options_from(config));
  std::set<std::string, std::less<>> known{"cell"};
  rnn_fields(layer->flags_, FieldReader{config, kClassName, known});
  check_unknown_keys(config, kClassName, known);
  const auto& cell = config.at("cell");
  // Keras 2.1 and before wrote a list of cells.
  layer->set_cell(cell.is_list() ? nested_cell({{"class_name", "StackedRNNCells"}, {"config", {{"cells", cell}}}})
                                 : nested_cell(cell));
  return layer;
}

RNN::RNN(const CellRef& cell, const RNNOptions& options)
    : Ref(std::make_shared<RNNLayer>(cell, flags_from(options), options.layer())) {}
RNN::RNN(const std::vector<CellRef>& cells, const RNNOptions& options) : RNN(StackedRNNCells(cells), options) {}

}  // namespace hornbeam

HB_REGISTER(layer_rnn) { hornbeam::register_layer(hornbeam::RNNLayer::kClassName, hornbeam::RNNLayer::from_config); }
