#include "graph/replay/run.h"

#include <algorithm>

#include "base/mapped_file.h"
#include "graph/replay/empty_variable.h"
#include "graph/replay/table_files.h"
#include "graph/variables.h"
#include "hornbeam/errors.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/ops_control.hpp"
#include "ops/text/lookup_table.h"
#include "tensor/recorder.h"
#include "tensor/resource.h"

namespace hornbeam::graph {
namespace {

bool is_variable(const Tensor& t) { return t.defined() && t.dtype() == DType::resource && t.is_concrete(); }

// Values of loop variables and results; variables go around them.
std::vector<Tensor> without_variables(const std::vector<Tensor>& tensors) {
  std::vector<Tensor> rest;
  for (const auto& t : tensors) {
    if (!is_variable(t)) rest.push_back(t);
  }
  return rest;
}

// The variables of `like`, with the values in the places between.
std::vector<Tensor> with_variables(const std::vector<Tensor>& like, const std::vector<Tensor>& values) {
  std::vector<Tensor> all;
  std::size_t next = 0;
  for (const auto& t : like) all.push_back(is_variable(t) ? t : values.at(next++));
  return all;
}

// Whether the step is of a branch that was not taken. A Merge waits for one of its inputs, others for all.
bool is_left_out(const PreparedFunction::Step& step, const std::vector<Tensor>& values,
                 const std::vector<bool>& left_out) {
  const auto missing = [&](std::size_t id) { return !values[id].defined(); };
  if (std::ranges::any_of(step.controls, [&](std::size_t at) { return left_out[at]; })) return true;
  if (step.node->op == "Merge") return std::ranges::all_of(step.inputs, missing);
  return std::ranges::any_of(step.inputs, missing);
}

}  // namespace

std::vector<Tensor> LoadedFunctions::Run::call(const std::string& name, std::vector<Tensor> arguments, int depth) {
  if (depth > kMaxDepth) {
    throw ValueError(library_.file_ + ": calls of functions are nested more than " + std::to_string(kMaxDepth) +
                     " deep at '" + name + "': recursion is not supported");
  }
  const auto& prepared = library_.prepared(name);
  if (arguments.size() != prepared.arguments) {
    throw ValueError(library_.file_ + ": function '" + name + "' takes " + std::to_string(prepared.arguments) +
                     " arguments, received " + std::to_string(arguments.size()));
  }
  auto values = std::move(arguments);
  values.resize(prepared.values);
  const auto count = [&] {
    if (++steps_ <= kMostSteps) return;
    throw ValueError(library_.file_ + ": function '" + name + "' takes more than " + std::to_string(kMostSteps) +
                     " steps, which is the limit");
  };
  count();  // also of a function without any, that a loop may call for ever
  std::vector<bool> left_out(prepared.switches ? prepared.steps.size() : 0);
  for (std::size_t at = 0; at < prepared.steps.size(); ++at) {
    const auto& step = prepared.steps[at];
    count();
    if (prepared.switches && is_left_out(step, values, left_out)) {
      left_out[at] = true;
      continue;
    }
    Tensors inputs;
    inputs.reserve(step.inputs.size());
    for (const auto id : step.inputs) inputs.push_back(values[id]);
    auto outputs = perform(step, std::move(inputs), depth);
    if (outputs.size() != step.outputs) {
      throw ValueError(library_.file_ + ": node '" + step.node->name + "' (" + step.node->op + ") gives " +
                       std::to_string(outputs.size()) + " outputs, expected " + std::to_string(step.outputs));
    }
    for (std::size_t i = 0; i < outputs.size(); ++i) values[step.first_output + i] = std::move(outputs[i]);
  }
  Tensors results;
  for (const auto id : prepared.results) {
    if (!values[id].defined()) {
      throw InvalidArgumentError("Retval[" + std::to_string(results.size()) + "] of '" + name +
                                 "' does not have value: it is of a branch that was not taken");
    }
    results.push_back(values[id]);
  }
  return results;
}

std::vector<Tensor> LoadedFunctions::Run::perform(const Step& step, Tensors inputs, int depth) {
  if (!step.op) return perform_named(step, inputs);
  const auto& op = step.op->name;
  if (op == "Const") {
    const auto& value = step.attrs.tensor("value");
    if (value.defined() && value.dtype() == step.attrs.type("dtype")) return {value};
    throw ValueError(library_.file_ + ": node '" + step.node->name + "': the Const's tensor is not of its dtype");
  }
  if (op == "Identity" && is_variable(inputs.at(0))) return inputs;
  if (op == "ReadVariableOp" && is_variable(inputs.at(0))) return {read(variable_of(inputs[0]))};
  switch (step.op->calls) {
    case CallKind::once:
      return perform_call(step, inputs, depth);
    case CallKind::branches:
      return perform_choice(step, inputs, depth);
    case CallKind::loop:
      return perform_loop(step, inputs, depth);
    case CallKind::none:
      break;
  }
  try {
    return call_op(op, inputs, step.attrs);
  } catch (const NotImplementedError&) {
    throw;
  } catch (const ValueError& error) {
    throw ValueError(std::string(error.what()) + " [node '" + step.node->name + "' (" + op + ")]");
  } catch (const InvalidArgumentError& error) {
    throw InvalidArgumentError(std::string(error.what()) + " [node '" + step.node->name + "' (" + op + ")]");
  } catch (const TypeError& error) {
    throw TypeError(std::string(error.what()) + " [node '" + step.node->name + "' (" + op + ")]");
  }
}

Tensor LoadedFunctions::Run::read(const Variable& variable) const {
  const auto it = assigned_.find(variable.get());
  if (it != assigned_.end()) return it->second;
  if (!dynamic_cast<const EmptyVariable*>(variable.get())) return Tensor(variable);
  throw RuntimeError("Error while reading resource variable " + variable->path() +
                     " from Container: localhost. This could mean that the variable was uninitialized. (" +
                     library_.file_ + ")");
}

bool LoadedFunctions::Run::is_initialized(const Tensor& resource) const {
  const auto variable = variable_of(resource);
  return assigned_.contains(variable.get()) || !dynamic_cast<const EmptyVariable*>(variable.get());
}

void LoadedFunctions::Run::write(const Variable& variable, const Tensor& value) {
  if (!assign_ || inside_ > 0) {
    if (!dynamic_cast<const EmptyVariable*>(variable.get())) return assign(variable, value);
    throw NotImplementedError("not yet supported: the first value of variable '" + variable->path() +
                              "' given inside of control flow");
  }
  assign_(variable, value);
  assigned_[variable.get()] = value;
}

std::vector<Tensor> LoadedFunctions::Run::perform_named(const Step& step, const Tensors& inputs) {
  const auto& op = step.node->op;
  if (op == "NoOp" || op == "DisableCopyOnRead") return {};
  if (op == "RestoreV2") return restore(step, inputs);
  if (op == "Switch" || op == "Merge") return perform_switch(step, inputs);
  if (op == "VarIsInitializedOp" && !inputs.empty() && is_variable(inputs[0])) {
    return {Tensor::scalar(is_initialized(inputs[0]))};
  }
  if (inputs.size() < 2 || !is_variable(inputs[0])) {
    throw NotImplementedError("not yet supported: op " + op + " of what is no variable (node '" + step.node->name +
                              "')");
  }
  if (op == "InitializeTableFromTextFileV2") {
    fill_table(step, inputs);
    return {};
  }
  const auto variable = variable_of(inputs[0]);
  if (op == "ResourceGather") {
    const auto* dims = step.attrs.find("batch_dims");
    const auto batch_dims = dims && std::holds_alternative<std::int64_t>(*dims) ? std::get<std::int64_t>(*dims) : 0;
    return {call_op1("GatherV2", {read(variable), inputs[1], Tensor::scalar(std::int32_t{0})},
                     {{"batch_dims", batch_dims}})};
  }
  auto value = inputs[1];
  if (op == "AssignAddVariableOp") value = call_op1("AddV2", {read(variable), value});
  if (op == "AssignSubVariableOp") value = call_op1("Sub", {read(variable), value});
  write(variable, value);
  return {};
}

// Choices of TensorFlow 1: a Switch hands its value on at one side, and a Merge gives what has arrived.
std::vector<Tensor> LoadedFunctions::Run::perform_switch(const Step& step, const Tensors& inputs) const {
  if (step.node->op == "Merge") {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i].defined()) return {inputs[i], Tensor::scalar(static_cast<std::int32_t>(i))};
    }
  }
  if (step.node->op == "Merge" || inputs.size() != 2 || inputs[1].dtype() != DType::boolean || inputs[1].rank() != 0) {
    throw InvalidArgumentError("A Switch takes a value and a boolean scalar, a Merge one value or more (node '" +
                               step.node->name + "')");
  }
  if (!inputs[1].is_concrete()) {
    throw NotImplementedError("not yet supported: op Switch in a trace (node '" + step.node->name + "')");
  }
  return inputs[1].data<bool>()[0] ? Tensors{{}, inputs[0]} : Tensors{inputs[0], {}};
}

std::vector<Tensor> LoadedFunctions::Run::restore(const Step& step, const Tensors& inputs) const {
  const auto is_text = [](const Tensor& t) { return t.is_concrete() && t.dtype() == DType::string; };
  if (!library_.restore_ || inputs.size() != 3 || !std::ranges::all_of(inputs, is_text)) {
    throw NotImplementedError("not yet supported: op RestoreV2 outside of what restores the variables (node '" +
                              step.node->name + "')");
  }
  const auto names = inputs[1].data<std::string>(), slices = inputs[2].data<std::string>();
  if (names.size() != step.outputs || slices.size() != step.outputs) {
    throw InvalidArgumentError(
        "RestoreV2: tensor_names, shape_and_slices and dtypes must have as many elements (node '" + step.node->name +
        "')");
  }
  Tensors values;
  for (std::size_t i = 0; i < names.size(); ++i) {
    values.push_back(library_.restore_(names[i], slices[i]));
    if (values.back().dtype() == step.attrs.types("dtypes")[i]) continue;
    throw InvalidArgumentError("RestoreV2: tensor '" + names[i] + "' is of dtype " +
                               std::string(name_of(values.back().dtype())) + ", node '" + step.node->name +
                               "' takes another");
  }
  return values;
}

void LoadedFunctions::Run::fill_table(const Step& step, const Tensors& inputs) const {
  const auto table = table_of(inputs[0]);
  if (!inputs[1].is_concrete() || inputs[1].dtype() != DType::string || inputs[1].num_elements() != 1) {
    throw InvalidArgumentError("filename should be a single string");
  }
  const auto& path = inputs[1].data<std::string>()[0];
  if (!library_.files_.contains(path)) {
    throw ValueError(library_.file_ + ": node '" + step.node->name + "' fills a table from '" + path +
                     "', which is no asset of this model; other files are not opened");
  }
  const auto text = base::read_file(path);
  const auto [keys, values] =
      table_of_lines(text, step.attrs, table->key_dtype(), table->value_dtype(), library_.file_ + ": " + path);
  table->import(keys, values);
}

std::vector<Tensor> LoadedFunctions::Run::perform_call(const Step& step, const Tensors& inputs, int depth) {
  return call(step.attrs.function("f").name, inputs, depth + 1);
}

std::vector<Tensor> LoadedFunctions::Run::call_inside(const std::string& name, std::vector<Tensor> arguments,
                                                      int depth) {
  struct Inside {
    int& count;
    explicit Inside(int& c) : count(c) { ++count; }
    ~Inside() { --count; }
  };
  const Inside inside(inside_);
  return call(name, std::move(arguments), depth);
}

std::vector<Tensor> LoadedFunctions::Run::perform_choice(const Step& step, const Tensors& inputs, int depth) {
  const Tensors passed(inputs.begin() + 1, inputs.end());
  const auto branch = [&](const std::string& name) {
    return [this, name, &passed, depth] { return call_inside(name, passed, depth + 1); };
  };
  if (step.op->name.ends_with("If")) {
    auto condition = inputs.at(0);
    if (condition.dtype() != DType::boolean) condition = ops::not_equal(condition, ops::zeros_like(condition));
    return ops::cond(condition, branch(step.attrs.function("then_branch").name),
                     branch(step.attrs.function("else_branch").name));
  }
  std::vector<ops::Branch> branches;
  for (const auto& f : step.attrs.functions("branches")) branches.push_back(branch(f.name));
  return ops::switch_case(inputs.at(0), branches);
}

std::vector<Tensor> LoadedFunctions::Run::perform_loop(const Step& step, const Tensors& inputs, int depth) {
  const auto condition = step.attrs.function("cond").name, body = step.attrs.function("body").name;
  ops::WhileOptions options;
  if (step.attrs.has("output_shapes")) {
    const auto& told = step.attrs.shapes("output_shapes");
    for (std::size_t i = 0; i < inputs.size() && told.size() == inputs.size(); ++i) {
      if (!is_variable(inputs[i])) options.shape_invariants.push_back(told[i]);
    }
  }
  const auto results = ops::while_loop(
      [&](const Tensors& turn) { return call_inside(condition, with_variables(inputs, turn), depth + 1).at(0); },
      [&](const Tensors& turn) {
        return without_variables(call_inside(body, with_variables(inputs, turn), depth + 1));
      },
      without_variables(inputs), options);
  return with_variables(inputs, results);
}

}  // namespace hornbeam::graph
