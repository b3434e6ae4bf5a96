#include "graph/tracer.h"

#include <algorithm>

#include "graph/callee.h"
#include "graph/passes/passes.h"
#include "tensor/resource.h"

namespace hornbeam::graph {
namespace {

// _Arg is a function's parameter; resources are captured variables.
const OpDef& arg_op() { return get_op("_Arg"); }

}  // namespace

Tracer::Tracer(std::string name) {
  const auto* outer = current_recorder();
  level_ = outer ? outer->level() + 1 : 1;
  function_.name = std::move(name);
}

Tracer::Tracer(std::string name, std::shared_ptr<Tracer> outer) : outer_(std::move(outer)) {
  level_ = outer_->level() + 1;
  function_.name = std::move(name);
}

Tracer::Tracer(Function function, std::shared_ptr<Tracer> outer)
    : outer_(std::move(outer)),
      prefix_("more_" + std::to_string(function.graph.size()) + "/"),
      level_(outer_->level() + 1),
      function_(std::move(function)) {}

bool Tracer::takes_from(const Recorder& other) const {
  return outer_ && (outer_.get() == &other || outer_->takes_from(other));
}

std::string Tracer::unique_name(const std::string& op) {
  const int n = names_[op]++;
  return prefix_ + (n == 0 ? op : op + "_" + std::to_string(n));
}

Tensor Tracer::add_argument(const TensorSpec& spec) {
  Attrs attrs{{"T", spec.dtype}, {"index", static_cast<std::int64_t>(function_.arguments.size())}};
  Node node{&arg_op(), unique_name("arg"), std::move(attrs), {}, {spec}};
  const auto id = static_cast<std::int32_t>(function_.graph.size());
  function_.graph.nodes.push_back(std::move(node));
  function_.arguments.push_back(id);
  auto impl = std::make_shared<TracedTensor>(spec.dtype, spec.shape, Output{id, 0});
  impl->recorder = shared_from_this();
  return Tensor(std::move(impl));
}

Output Tracer::output_of(const Tensor& tensor) {
  if (auto* recorder = tensor.recorder()) {
    if (recorder != this && takes_from(*recorder)) return output_of(capture(tensor));
    if (recorder != this) {
      throw TypeError("a tensor of shape " + tensor.shape().to_string() + " belongs to another function than '" +
                      function_.name + "', which is being traced; pass it as an argument.");
    }
    return static_cast<const TracedTensor&>(*tensor.impl()).output;
  }
  if (tensor.dtype() == DType::resource) return resource_of(variable_of(tensor));
  const auto known = constants_.find(tensor.impl().get());
  if (known != constants_.end()) return known->second.first;
  Attrs attrs{{"value", std::make_shared<const Tensor>(tensor)}, {"dtype", tensor.dtype()}};
  Node node{&get_op("Const"), unique_name("Const"), std::move(attrs), {}, {{tensor.dtype(), tensor.shape()}}};
  const Output output{static_cast<std::int32_t>(function_.graph.size()), 0};
  function_.graph.nodes.push_back(std::move(node));
  constants_.emplace(tensor.impl().get(), std::pair{output, tensor.impl()});
  return output;
}

Tensor Tracer::tensor(Output output) {
  const auto& node = function_.graph[output];
  if (node.op->name == "Const") return node.attrs.tensor("value");
  const auto& spec = function_.graph.spec(output);
  auto impl = std::make_shared<TracedTensor>(spec.dtype, spec.shape, output);
  impl->recorder = shared_from_this();
  return Tensor(std::move(impl));
}

std::vector<Tensor> Tracer::append(const OpDef& op, Attrs attrs, std::vector<Output> inputs) {
  auto specs = infer_outputs(function_.graph, op, attrs, inputs);
  const auto id = static_cast<std::int32_t>(function_.graph.size());
  std::vector<Tensor> results;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    auto impl =
        std::make_shared<TracedTensor>(specs[i].dtype, specs[i].shape, Output{id, static_cast<std::int32_t>(i)});
    impl->recorder = shared_from_this();
    results.emplace_back(std::move(impl));
  }
  function_.graph.nodes.push_back({&op, unique_name(op.name), std::move(attrs), std::move(inputs), std::move(specs)});
  if (op.calls != CallKind::none) note_writes(function_.graph.nodes.back());
  return results;
}

// What a called function writes is read anew.
void Tracer::note_writes(const Node& node) {
  for (std::size_t k = 0; k < node.inputs.size(); ++k) {
    if (!writes_input(function_.graph, node, k)) continue;
    for (std::size_t c = 0; c < function_.captures.size(); ++c) {
      if (function_.capture_nodes[c] == node.inputs[k].node) forget(function_.captures[c]);
    }
  }
}

void Tracer::forget(const Variable& variable) {
  reads_.erase(variable.get());
  written_.insert(variable.get());
}

std::vector<Variable> Tracer::written() const {
  std::vector<Variable> variables;
  for (const auto& variable : function_.captures) {
    if (written_.count(variable.get())) variables.push_back(variable);
  }
  return variables;
}

void Tracer::read_inside(std::span<const Variable> variables) {
  for (const auto& variable : variables) written_.insert(variable.get());
}

Tensor Tracer::capture(const Tensor& tensor, const Variable& variable) {
  const auto outer = tensor.recorder() == outer_.get() ? tensor : outer_->tensor(outer_->output_of(tensor));
  if (outer.is_concrete()) return outer;
  const auto of = static_cast<const TracedTensor&>(*outer.impl()).output;
  for (auto& known : captured_) {
    if (static_cast<const TracedTensor&>(*known.outer.impl()).output != of) continue;
    if (variable) known.variable = variable;
    return this->tensor({known.node, 0});
  }
  const TensorSpec spec{outer.dtype(), outer.shape()};
  Attrs attrs{{"T", spec.dtype}, {"index", std::int64_t{-1}}};
  const Output own{static_cast<std::int32_t>(function_.graph.size()), 0};
  function_.graph.nodes.push_back({&arg_op(), unique_name("captured"), std::move(attrs), {}, {spec}});
  captured_.push_back({outer, own.node, variable});
  return this->tensor(own);
}

std::vector<Tensor> Tracer::record(const OpDef& op, std::span<const Tensor> inputs, const Attrs& attrs) {
  // The shape of something outside is found outside: to be handed a few numbers is less than to be handed it all.
  const bool shape = op.name == "Shape" || op.name == "Size" || op.name == "Rank";
  const auto* from = shape ? inputs[0].recorder() : nullptr;
  if (from && from != this && takes_from(*from)) {
    return outer_->record(op, inputs, attrs);
  }
  std::vector<Output> outputs;
  outputs.reserve(inputs.size());
  for (const auto& input : inputs) outputs.push_back(output_of(input));
  return append(op, attrs, std::move(outputs));
}

Output Tracer::resource_of(const Variable& variable) {
  if (const auto it = resources_.find(variable.get()); it != resources_.end()) return it->second;
  Attrs attrs{{"T", DType::resource}, {"index", static_cast<std::int64_t>(function_.captures.size())}};
  Node node{&arg_op(), unique_name("capture"), std::move(attrs), {}, {{DType::resource, Shape{}}}};
  const Output resource{static_cast<std::int32_t>(function_.graph.size()), 0};
  function_.graph.nodes.push_back(std::move(node));
  function_.captures.push_back(variable);
  function_.capture_nodes.push_back(resource.node);
  resources_.emplace(variable.get(), resource);
  return resource;
}

Tensor Tracer::read_variable(const Variable& variable) {
  // One read until it is written: the executor would merge them.
  if (const auto it = reads_.find(variable.get()); it != reads_.end()) return it->second;
  if (outer_ && !written_.count(variable.get())) {
    // Read outside and passed in, so that gradients reach the variable.
    const auto outside = outer_->read_variable(variable);
    for (auto* observer : outer_observers_) observer->on_read(variable, outside);
    auto value = capture(outside, variable);
    reads_.emplace(variable.get(), value);
    return value;
  }
  const auto resource = resource_of(variable);
  Attrs read{{"dtype", variable->dtype()}};
  Node value{&get_op("ReadVariableOp"),
             unique_name("ReadVariableOp"),
             std::move(read),
             {resource},
             {{variable->dtype(), variable->shape()}}};
  const Output output{static_cast<std::int32_t>(function_.graph.size()), 0};
  function_.graph.nodes.push_back(std::move(value));
  auto impl = std::make_shared<TracedTensor>(variable->dtype(), variable->shape(), output);
  impl->recorder = shared_from_this();
  Tensor result(std::move(impl));
  reads_.emplace(variable.get(), result);
  return result;
}

std::vector<Tensor> Tracer::update(const OpDef& op, std::span<const Variable> variables, std::span<const Tensor> inputs,
                                   Attrs attrs) {
  std::vector<Output> outputs;
  std::vector<DType> dtypes;
  for (const auto& variable : variables) outputs.push_back(resource_of(variable));
  for (const auto& input : inputs) outputs.push_back(output_of(input));
  for (const auto& output : outputs) dtypes.push_back(function_.graph.spec(output).dtype);
  auto results = append(op, op.complete(dtypes, std::move(attrs)), std::move(outputs));
  for (const auto& variable : variables) forget(variable);
  return results;
}

void Tracer::assign(const Variable& variable, const Tensor& value) {
  if (value.dtype() != variable->dtype()) {
    throw TypeError("Cannot assign a value of dtype " + std::string(name_of(value.dtype())) + " to variable '" +
                    variable->name() + "' of dtype " + std::string(name_of(variable->dtype())));
  }
  if (!value.shape().is_compatible_with(variable->shape())) {
    throw ValueError("Cannot assign to variable " + variable->name() + " due to variable shape " +
                     variable->shape().to_string() + " and value shape " + value.shape().to_string() +
                     " are incompatible");
  }
  const Tensor inputs[] = {value};
  update(get_op("AssignVariableOp"), std::span(&variable, 1), inputs, {});
  // What is trained is read anew: to its gradient the value that was assigned is the variable, not what it was made of.
  if (!variable->trainable()) reads_.insert_or_assign(variable.get(), tensor(output_of(value)));
}

void Tracer::extend(std::int32_t id, Attrs attrs, std::span<const Tensor> inputs, std::span<const TensorSpec> outputs) {
  std::vector<Output> more;
  for (const auto& input : inputs) more.push_back(output_of(input));
  auto& node = function_.graph.nodes[static_cast<std::size_t>(id)];
  node.attrs = std::move(attrs);
  node.inputs.insert(node.inputs.end(), more.begin(), more.end());
  node.outputs.insert(node.outputs.end(), outputs.begin(), outputs.end());
}

// A loop that writes a variable sees in its next turn what it wrote: such values are not passed in, but read.
void Tracer::read_what_is_written() {
  bool any = false;
  for (const auto& capture : captured_) {
    if (!capture.variable || !written_.count(capture.variable.get())) continue;
    auto& node = function_.graph.nodes[static_cast<std::size_t>(capture.node)];
    node.op = &get_op("ReadVariableOp");
    node.attrs = {{"dtype", capture.variable->dtype()}};
    node.inputs = {resources_.at(capture.variable.get())};
    any = true;
  }
  if (!any) return;
  std::erase_if(captured_, [&](const Capture& c) { return c.variable && written_.count(c.variable.get()); });
}

Function Tracer::finish_called(std::span<const Tensor> results, std::vector<Tensor>& captured) {
  for (const auto& result : results) function_.results.push_back(output_of(result));
  constants_.clear();
  reads_.clear();
  read_what_is_written();
  for (const auto& capture : captured_) {
    function_.arguments.push_back(capture.node);
    captured.push_back(capture.outer);
  }
  for (std::size_t c = 0; c < function_.captures.size(); ++c) {
    function_.arguments.push_back(function_.capture_nodes[c]);
    captured.push_back(resource_tensor(function_.captures[c]));
  }
  function_.captures.clear();
  function_.capture_nodes.clear();
  captured_.clear();
  if (!is_in_order(function_.graph)) drop_dead(function_);
  return std::move(function_);
}

std::shared_ptr<const Function> Tracer::finish(std::span<const Tensor> results) {
  for (const auto& result : results) function_.results.push_back(output_of(result));
  // The tracer and its tensors hold each other through the tables: let go.
  constants_.clear();
  reads_.clear();
  // A call that was extended may take what was recorded after it.
  if (!is_in_order(function_.graph)) drop_dead(function_);
  return std::make_shared<const Function>(std::move(function_));
}

std::shared_ptr<const Function> trace(std::string name, std::span<const TensorSpec> arguments, const TraceBody& body) {
  const auto tracer = std::make_shared<Tracer>(std::move(name));
  const RecorderScope scope(tracer.get());
  std::vector<Tensor> inputs;
  for (const auto& spec : arguments) inputs.push_back(tracer->add_argument(spec));
  std::vector<Tensor> results;
  try {
    results = body(inputs);
  } catch (...) {
    tracer->finish({});  // breaks the cycle
    throw;
  }
  return tracer->finish(results);
}

}  // namespace hornbeam::graph
