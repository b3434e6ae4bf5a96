// Model: layers, weights, prediction.
#include "hornbeam/model.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>
#include <mutex>

#include "graph/executor.h"
#include "hornbeam/callbacks.hpp"
#include "hornbeam/ops_array.hpp"
#include "hornbeam/target.hpp"
#include "keras/callbacks/callback_list.h"
#include "keras/engine/call_scope.h"
#include "keras/engine/keras_tensor.h"
#include "keras/engine/restructured.h"
#include "keras/streaming/stream_program.h"
#include "keras/training/step_count.h"
#include "ops/ragged/ragged.h"

namespace hornbeam {

struct Model::Compiled {
  std::vector<TensorSpec> specs;  // of the inputs it was traced for
  std::shared_ptr<const graph::Executable> executable;
  Values outputs;  // structure
  Values packed(std::span<const Tensor> parts) const {
    return outputs.pack_like(joined_like(outputs.flatten(), parts));
  }
  // A tensor of this kind that holds nothing.
  static Tensor blank(const Tensor& t) {
    const auto splits = Tensor::zeros(DType::int64, {1});
    return make_ragged(Tensor::zeros(DType::boolean, {0}), std::vector<Tensor>(ragged_rank_of(t), splits));
  }

  bool takes(const std::vector<Tensor>& arrays) const {
    const auto inputs = parts_of(arrays);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!specs[i].shape.is_compatible_with(inputs[i].shape())) return false;
    }
    return true;
  }
};

// Compiled inference functions, by the structure of the inputs, their dtypes and ranks.
struct Model::Functions {
  std::mutex mutex;
  std::map<std::string, std::vector<std::shared_ptr<const Compiled>>> predict;
  // One step of a stream, by the size of the batch.
  std::map<std::int64_t, std::shared_ptr<const StreamProgram>> streams;
  std::uint64_t restructured = restructured_layers();  // when they were made

  void drop_stale() {
    const std::uint64_t now = restructured_layers();
    if (restructured == now) return;
    predict.clear();
    streams.clear();
    restructured = now;
  }
};

Model::Model(const ModelOptions& options) : Model(LayerOptions{.name = options.name, .trainable = options.trainable}) {}

Model::Model(const LayerOptions& options)
    : Layer(options), functions_(new Functions), target_(name_of(current_target())) {
  autocast_ = false;
  ragged_inputs_ = RaggedInputs::taken;
}

Model::~Model() = default;

// Tracing may come here with the mutex held: only the maps are emptied.
void Model::reset_functions() {
  functions_->predict.clear();
  functions_->streams.clear();
}

std::shared_ptr<const StreamProgram> Model::stream_program(std::int64_t batch) const {
  const std::lock_guard lock(functions_->mutex);
  functions_->drop_stale();
  if (const auto at = functions_->streams.find(batch); at != functions_->streams.end()) return at->second;
  auto program = std::make_shared<const StreamProgram>(*this, batch);
  functions_->streams.emplace(batch, program);
  return program;
}

LayerRef Model::get_layer(const std::string& layer_name) const {
  std::string known;
  for (const auto& layer : layers()) {
    if (layer->name() == layer_name) return layer;
    known += (known.empty() ? "'" : ", '") + layer->name() + "'";
  }
  throw ValueError("No such layer: " + layer_name + ". Existing layers are: [" + known + "].");
}

LayerRef Model::get_layer(std::int64_t index) const {
  const auto all = layers();
  const auto n = static_cast<std::int64_t>(all.size());
  const auto at = index < 0 ? index + n : index;
  if (at < 0 || at >= n) {
    throw ValueError("Was asked to retrieve layer at index " + std::to_string(index) + " but model only has " +
                     std::to_string(n) + " layers.");
  }
  return all[static_cast<std::size_t>(at)];
}

Config Model::get_config() const {
  throw NotImplementedError("Model \"" + name() + "\" (" + class_name() +
                            ") is defined by its code: override get_config, and give it a from_config, to write and "
                            "read its config.");
}

Values Model::arrange_inputs(const Values& x) const { return x; }

void Model::reset_states() {
  for (const auto& layer : layers()) {
    if (layer->stateful() || dynamic_cast<const Model*>(layer.get())) layer->reset_states();
  }
}

void Model::build(const Shape& input_shape) {
  if (building() || built()) return;  // the first call builds what it calls
  const TensorSpec spec{dtype_from_name(backend::floatx()), input_shape};
  graph::trace(name() + "_build", std::span(&spec, 1),
               [&](std::span<const Tensor> arguments) { return (*this)(arguments[0]).flatten(); });
}

namespace {

std::string structure_key(const Values& values) {
  if (values.is_tensor()) {
    const auto& t = values.tensor();
    std::string key(name_of(t.dtype()));
    return key + "#" + std::to_string(t.rank()) + "~" + std::to_string(ragged_rank_of(t));
  }
  std::string key = values.is_dict() ? "{" : "[";
  if (values.is_dict()) {
    for (const auto& [name, item] : values.dict()) key += name + "=" + structure_key(item) + ",";
  } else if (values.is_list()) {
    for (const auto& item : values.list()) key += structure_key(item) + ",";
  }
  return key + "]";
}

// Batches written into one tensor as they come.
class Gather {
 public:
  Gather(const Tensor& first, std::int64_t batch, std::int64_t total) {
    if (is_ragged(first)) return;
    auto dims = first.shape().dims();
    if (!dims.empty() && dims[0] == batch) {
      dims[0] = total;
      whole_ = Tensor::empty(first.dtype(), Shape(dims));
    }
  }
  void add(const Tensor& part) {
    if (is_ragged(part)) {
      ragged_.push_back(part);
      return;
    }
    if (!whole_.defined()) {
      throw ValueError("predict expects outputs whose first dimension is the batch, received shape " +
                       part.shape().to_string());
    }
    auto shape = part.shape();
    shape[0] = whole_.shape()[0];
    if (shape != whole_.shape()) {
      throw InvalidArgumentError("ConcatOp : Dimensions of inputs should match: a batch's outputs of shape " +
                                 part.shape().to_string() + " do not go with " + whole_.shape().to_string() +
                                 " of all. Predict all rows in one batch.");
    }
    if (part.dtype() == DType::string) {
      const auto source = part.data<std::string>();
      std::copy(source.begin(), source.end(), whole_.mutable_data<std::string>().begin() + elements_);
    } else if (part.bytes() != 0) {
      std::memcpy(whole_.mutable_raw() + static_cast<std::size_t>(elements_) * size_of(part.dtype()), part.raw(),
                  part.bytes());
    }
    elements_ += part.num_elements();
  }
  Tensor whole() const { return ragged_.empty() ? whole_ : joined_rows(ragged_); }

 private:
  std::vector<Tensor> ragged_;
  Tensor whole_;
  std::int64_t elements_ = 0;
};

}  // namespace

namespace {

// What to trace for. The batch is left open, and what the model itself leaves open (time, height).
std::vector<TensorSpec> specs_for(const std::vector<Tensor>& inputs, const std::vector<Tensor>& symbolic) {
  std::vector<TensorSpec> specs;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    auto shape = inputs[i].shape();
    if (shape.rank() > 0) shape[0] = None;
    if (i < symbolic.size() && symbolic[i].shape().is_compatible_with(shape)) shape = symbolic[i].shape();
    if (shape.rank() > 0) shape[0] = None;
    append_specs(specs, inputs[i].dtype(), shape, ragged_rank_of(inputs[i]));
  }
  return specs;
}

// Dims that differ are left open, as tf.function relaxes the shapes of its traces: one serves all lengths.
std::vector<TensorSpec> relaxed(const std::vector<TensorSpec>& a, std::vector<TensorSpec> b) {
  for (std::size_t i = 0; i < b.size(); ++i) {
    for (std::size_t k = 0; k < b[i].shape.rank(); ++k) {
      if (a[i].shape[k] != b[i].shape[k]) b[i].shape[k] = None;
    }
  }
  return b;
}

}  // namespace

std::shared_ptr<const Model::Compiled> Model::compiled_for(const Values& inputs) {
  const std::lock_guard lock(functions_->mutex);
  functions_->drop_stale();
  const auto key = structure_key(inputs);
  const auto leaves = inputs.flatten();
  std::shared_ptr<const Compiled> last;
  for (const auto& made : functions_->predict[key]) {
    if (made->takes(leaves)) return made;
    last = made;
  }
  Values structure;
  const auto traced = [&](const std::vector<TensorSpec>& specs) {
    const TargetScope target(target_named(target_));
    return graph::trace(name(), specs, [&](std::span<const Tensor> arguments) {
      const auto outputs = predict_step(inputs.pack_like(joined_like(leaves, arguments)));
      const auto tensors = outputs.flatten();
      std::vector<Tensor> blanks;
      std::ranges::transform(tensors, std::back_inserter(blanks), Compiled::blank);
      structure = outputs.pack_like(blanks);
      return parts_of(tensors);
    });
  };
  auto specs = specs_for(leaves, symbolic_inputs().flatten());
  auto function = traced(specs);  // throws what is wrong with these shapes, which open ones may hide
  if (last) {
    try {
      auto open = relaxed(last->specs, specs);
      function = traced(open);
      specs = std::move(open);
    } catch (const Error&) {  // some layer must know them
    }
  }
  // Tracing may have built the model, which empties the map: no reference into it is held meanwhile.
  const auto made = std::make_shared<const Compiled>(
      Compiled{std::move(specs), std::make_shared<const graph::Executable>(std::move(function)), std::move(structure)});
  functions_->predict[key].push_back(made);
  return made;
}

Values Model::predict_step(const Values& x) { return (*this)(x, {.training = false}); }

namespace {

[[noreturn]] void refuse_no_steps() {
  throw ValueError("Unexpected result of `predict_function` (Empty batch_outputs).");
}

}  // namespace

Values Model::predict(const Dataset& data, const PredictOptions& options) {
  Logs none;
  const auto steps = training::steps_of(options.steps, target_named(target()));
  const auto batches = steps.limit ? steps.limit : data.batches();
  const callbacks::CallbackList callbacks(options.callbacks, *this, {options.verbose, 1, batches});
  callbacks.each([&](Callback& c) { c.on_predict_begin(none); });
  std::vector<std::vector<Tensor>> parts;
  Values structure;
  const auto next = data.begin();
  for (std::int64_t step = 0; !steps.limit || step < *steps.limit; ++step) {
    const auto batch = next();
    if (!batch) break;
    callbacks.each([&](Callback& c) { c.on_predict_batch_begin(step, none); });
    structure = predict_on_batch(batch->x);
    const auto outputs = structure.flatten();
    parts.resize(outputs.size());
    for (std::size_t i = 0; i < outputs.size(); ++i) parts[i].push_back(outputs[i]);
    callbacks.each([&](Callback& c) { c.on_predict_batch_end(step, none); });
  }
  callbacks.each([&](Callback& c) { c.on_predict_end(none); });
  if (parts.empty() && data.batches() == 0 && steps.whole_passes) {
    throw ValueError("Expected input data to be non-empty.");
  }
  if (parts.empty()) refuse_no_steps();
  std::vector<Tensor> results;
  for (const auto& list : parts) results.push_back(is_ragged(list[0]) ? joined_rows(list) : ops::concat(list, 0));
  return structure.pack_like(results);
}

Values Model::predict_on_batch(const Values& x) {
  PredictOptions whole;
  whole.batch_size = std::numeric_limits<std::int64_t>::max();
  return predict(x, whole);
}

Values Model::adapt_inputs(const Values& x) const {
  const auto arranged = arrange_inputs(x);
  auto leaves = arranged.flatten();
  if (leaves.empty()) throw ValueError("a model expects at least one input array, received none.");
  const auto symbolic = symbolic_inputs().flatten();
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    // Arrays are cast to the input's dtype; where the model does not say, floats to floatx.
    const auto wanted = i < symbolic.size()              ? symbolic[i].dtype()
                        : is_floating(leaves[i].dtype()) ? dtype_from_name(backend::floatx())
                                                         : leaves[i].dtype();
    // Keras's data adapters bring every float array to floatx first, also where the model computes in float64.
    if (is_floating(leaves[i].dtype())) leaves[i] = ops::cast(leaves[i], dtype_from_name(backend::floatx()));
    leaves[i] = ops::cast(leaves[i], wanted);
  }
  return arranged.pack_like(leaves);
}

Values Model::predict(const Values& x, const PredictOptions& options) {
  const auto given = training::steps_of(options.steps, target_named(target()));
  const auto arranged = adapt_inputs(x);
  const auto leaves = arranged.flatten();
  const auto total = count_rows(leaves[0]);
  for (const auto& t : leaves) {
    const auto n = count_rows(t);
    if (n != total) {
      throw ValueError("Data cardinality is ambiguous:\n  x sizes: " + std::to_string(total) + ", " +
                       std::to_string(n) + "\nPlease provide data which shares the same first dimension.");
    }
  }
  const auto batch_size = training::batch_size_of(options.batch_size, total, options.steps);
  if (given.limit.value_or(1) < 0) refuse_no_steps();
  const auto function = compiled_for(arranged);
  const auto batch = std::min(batch_size, std::max<std::int64_t>(total, 1));
  auto steps = std::max<std::int64_t>((total + batch - 1) / batch, 1);
  if (given.limit) steps = std::min(steps, *given.limit);
  Logs none;
  const callbacks::CallbackList callbacks(options.callbacks, *this, {options.verbose, 1, steps});
  callbacks.each([&](Callback& c) { c.on_predict_begin(none); });
  const auto run = [&](std::int64_t step, const std::vector<Tensor>& arrays) {
    callbacks.each([&](Callback& c) { c.on_predict_batch_begin(step, none); });
    auto outputs = function->packed(function->executable->run(parts_of(arrays)));
    callbacks.each([&](Callback& c) { c.on_predict_batch_end(step, none); });
    return outputs;
  };
  if (batch >= total) {
    auto outputs = run(0, leaves);
    callbacks.each([&](Callback& c) { c.on_predict_end(none); });
    return outputs;
  }
  std::vector<Gather> gathers;
  for (std::int64_t step = 0; step < steps; ++step) {
    const auto from = step * batch, to = std::min(total, from + batch);
    std::vector<Tensor> part;
    for (const auto& t : leaves) part.push_back(some_rows(t, from, to));
    const auto outputs = run(step, part).flatten();
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (step == 0) gathers.emplace_back(outputs[i], to - from, std::min(total, steps * batch));
      gathers[i].add(outputs[i]);
    }
  }
  callbacks.each([&](Callback& c) { c.on_predict_end(none); });
  std::vector<Tensor> results;
  for (const auto& g : gathers) results.push_back(g.whole());
  return function->outputs.pack_like(results);
}

}  // namespace hornbeam
