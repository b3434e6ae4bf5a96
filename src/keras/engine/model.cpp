// Model: layers, weights, prediction.
#include "hornbeam/model.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>
#include <mutex>
#include <set>

#include "base/progress_bar.h"
#include "graph/executor.h"
#include "hornbeam/ops_array.hpp"
#include "keras/engine/call_scope.h"
#include "keras/engine/keras_tensor.h"

namespace hornbeam {

struct Model::Compiled {
  std::shared_ptr<const graph::Executable> executable;
  Values outputs;  // structure
};

// Compiled inference functions, by the dtypes and ranks of the inputs and their structure.
struct Model::Functions {
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<const Compiled>> predict;
};

Model::Model(const ModelOptions& options)
    : Layer(LayerOptions{.name = options.name, .trainable = options.trainable}), functions_(new Functions) {
  autocast_ = false;
}

Model::Model(const LayerOptions& options) : Layer(options), functions_(new Functions) { autocast_ = false; }

Model::~Model() = default;

// Tracing may come here with the mutex held: only the map is emptied.
void Model::reset_functions() { functions_->predict.clear(); }

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

std::vector<Variable> Model::weights() const {
  // Layer by layer (not all trainable ones first), then what the model made itself.
  if (!built() && own_weights().empty()) {
    bool any = false;
    for (const auto& layer : sublayers()) any |= layer->built();
    if (!any && !sublayers().empty()) {
      throw ValueError("Weights for model " + name() +
                       " have not yet been created. Weights are created when the Model is "
                       "first called on inputs or `build()` is called with an `input_shape`.");
    }
  }
  std::vector<Variable> out;
  std::set<const VariableNode*> seen;
  const auto take = [&](const Variable& v) {
    if (seen.insert(v.get()).second) out.push_back(v);
  };
  for (const auto& layer : sublayers()) {
    for (const auto& v : layer->weights()) take(v);
  }
  for (const bool trainable : {true, false}) {
    for (const auto& w : own_weights()) {
      if (w.variable->trainable() == trainable) take(w.variable);
    }
  }
  return out;
}

Values Model::arrange_inputs(const Values& x) const { return x; }

void Model::build_model(const Shape& input_shape) {
  if (auto* sequential = dynamic_cast<SequentialModel*>(this)) {
    sequential->build(input_shape);
    return;
  }
  const TensorSpec spec{dtype_from_name(backend::floatx()), input_shape};
  graph::trace(name() + "_build", std::span(&spec, 1),
               [&](std::span<const Tensor> arguments) { return (*this)(arguments[0]).flatten(); });
}

namespace {

std::string structure_key(const Values& values) {
  if (values.is_tensor()) {
    const auto& t = values.tensor();
    std::string key(name_of(t.dtype()));
    return key + "#" + std::to_string(t.rank());
  }
  std::string key = values.is_dict() ? "{" : "[";
  if (values.is_dict()) {
    for (const auto& [name, item] : values.dict()) key += name + "=" + structure_key(item) + ",";
  } else if (values.is_list()) {
    for (const auto& item : values.list()) key += structure_key(item) + ",";
  }
  return key + "]";
}

// Rows [from, to) of a concrete tensor: a view.
Tensor rows(const Tensor& t, std::int64_t from, std::int64_t to) {
  auto dims = t.shape().dims();
  const auto row_elements = dims[0] == 0 ? 0 : t.num_elements() / dims[0];
  dims[0] = to - from;
  return Tensor::borrow(t.dtype(), Shape(dims),
                        t.raw() + static_cast<std::size_t>(from * row_elements) * size_of(t.dtype()),
                        t.impl()->buffer.owner);
}

// Batches written into one tensor as they come.
class Gather {
 public:
  Gather(const Tensor& first, std::int64_t batch, std::int64_t total) {
    auto dims = first.shape().dims();
    if (!dims.empty() && dims[0] == batch) {
      dims[0] = total;
      whole_ = Tensor::empty(first.dtype(), Shape(dims));
    }
  }
  void add(const Tensor& part) {
    if (!whole_.defined()) {
      throw ValueError("predict expects outputs whose first dimension is the batch, received shape " +
                       part.shape().to_string());
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
  const Tensor& whole() const { return whole_; }

 private:
  Tensor whole_;
  std::int64_t elements_ = 0;
};

}  // namespace

std::shared_ptr<const graph::Executable> Model::predict_function(const Values& inputs) {
  return compiled_for(inputs)->executable;
}

std::shared_ptr<const Model::Compiled> Model::compiled_for(const Values& inputs) {
  const std::lock_guard lock(functions_->mutex);
  auto key = structure_key(inputs);
  if (const auto at = functions_->predict.find(key); at != functions_->predict.end()) return at->second;
  const auto leaves = inputs.flatten();
  std::vector<TensorSpec> specs;
  for (const auto& t : leaves) {
    auto shape = t.shape();
    if (shape.rank() > 0) shape[0] = None;
    specs.push_back({t.dtype(), shape});
  }
  // Where the model knows a dim to vary (time, height), the trace leaves it open too.
  const auto symbolic = symbolic_inputs().flatten();
  for (std::size_t i = 0; i < specs.size() && i < symbolic.size(); ++i) {
    if (symbolic[i].shape().rank() == specs[i].shape.rank()) {
      specs[i].shape = symbolic[i].shape();
      if (specs[i].shape.rank() > 0) specs[i].shape[0] = None;
    }
  }
  auto made = std::make_shared<Compiled>();
  const auto function = graph::trace(name(), specs, [&](std::span<const Tensor> arguments) {
    const auto outputs = (*this)(inputs.pack_like(arguments), {.training = false});
    std::vector<Tensor> blanks(outputs.flatten().size(), Tensor::zeros(DType::boolean, {}));
    made->outputs = outputs.pack_like(blanks);
    return outputs.flatten();
  });
  made->executable = std::make_shared<const graph::Executable>(function);
  // Tracing may have built the model, which empties the map: no reference into it is held meanwhile.
  functions_->predict.insert_or_assign(std::move(key), made);
  return made;
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
  if (options.batch_size <= 0) {
    throw ValueError("`batch_size` must be a positive integer. Received: " + std::to_string(options.batch_size));
  }
  const auto arranged = adapt_inputs(x);
  const auto leaves = arranged.flatten();
  const auto total = leaves[0].rank() ? leaves[0].shape()[0] : 1;
  for (const auto& t : leaves) {
    const auto n = t.rank() ? t.shape()[0] : 1;
    if (n != total) {
      throw ValueError("Data cardinality is ambiguous:\n  x sizes: " + std::to_string(total) + ", " +
                       std::to_string(n) + "\nPlease provide data which shares the same first dimension.");
    }
  }
  const auto function = compiled_for(arranged);
  const auto batch = std::min(options.batch_size, std::max<std::int64_t>(total, 1));
  if (batch >= total) return function->outputs.pack_like(function->executable->run(leaves));
  auto steps = (total + batch - 1) / batch;
  if (options.steps) steps = std::min(steps, *options.steps);
  base::ProgressBar bar(steps, options.verbose != 0);
  std::vector<Gather> gathers;
  for (std::int64_t step = 0; step < steps; ++step) {
    const auto from = step * batch, to = std::min(total, from + batch);
    std::vector<Tensor> part;
    for (const auto& t : leaves) part.push_back(rows(t, from, to));
    const auto outputs = function->executable->run(part);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (step == 0) gathers.emplace_back(outputs[i], to - from, std::min(total, steps * batch));
      gathers[i].add(outputs[i]);
    }
    bar.update(step + 1);
  }
  std::vector<Tensor> results;
  for (const auto& g : gathers) results.push_back(g.whole());
  return function->outputs.pack_like(results);
}

}  // namespace hornbeam
