// The recorder that appends op calls to a function being traced.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "graph/function.h"
#include "tensor/recorder.h"

namespace hornbeam::graph {

struct TracedTensor final : TensorImpl {
  TracedTensor(DType d, Shape s, Output o) : TensorImpl(d, std::move(s)), output(o) {}
  Output output;
};

class Tracer final : public Recorder, public std::enable_shared_from_this<Tracer> {
 public:
  explicit Tracer(std::string name);

  Tensor add_argument(const TensorSpec& spec);
  std::vector<Tensor> record(const OpDef& op, std::span<const Tensor> inputs, const Attrs& attrs) override;
  Tensor read_variable(const Variable& variable) override;
  int level() const override { return level_; }
  // What writes variables (graph/variables.h).
  std::vector<Tensor> update(const OpDef& op, std::span<const Variable> variables, std::span<const Tensor> inputs,
                             Attrs attrs);
  void assign(const Variable& variable, const Tensor& value);

  // What is recorded so far.
  const Function& function() const { return function_; }
  // A handle of a node's output; of a constant, its value.
  Tensor tensor(Output output);

  // The function as recorded so far, with these results.
  std::shared_ptr<const Function> finish(std::span<const Tensor> results);

 private:
  Output output_of(const Tensor& tensor);  // makes a Const of a concrete tensor
  Output resource_of(const Variable& variable);
  std::vector<Tensor> append(const OpDef& op, Attrs attrs, std::vector<Output> inputs);
  std::string unique_name(const std::string& op);

  int level_;  // functions traced inside a trace are more symbolic than what encloses them
  Function function_;
  std::map<const TensorImpl*, std::pair<Output, std::shared_ptr<TensorImpl>>> constants_;
  std::map<const VariableNode*, Output> resources_;
  std::map<const VariableNode*, Tensor> reads_;  // what a read gives now
  std::map<std::string, int> names_;
};

}  // namespace hornbeam::graph
