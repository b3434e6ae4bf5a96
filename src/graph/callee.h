// Functions that ops call: what the func attributes of If, While, Case and PartitionedCall hold.
//
// All inputs of such a function are arguments, variables too (of dtype resource). Functions do not call themselves,
// directly or through others, so that what is here ends.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "graph/executor.h"
#include "graph/function.h"
#include "ops/function_body.h"

namespace hornbeam::graph {

class Callee final : public FunctionBody {
 public:
  // Captured variables become the last arguments. Throws ValueError when calls are nested too deeply.
  explicit Callee(Function function);

  const std::shared_ptr<const Function>& function() const { return function_; }
  // Per argument: does running it change the variable that is passed?
  const std::vector<bool>& writes() const { return writes_; }
  // Does something else of it show, random numbers drawn for one?
  bool has_effects() const { return has_effects_; }
  bool reads_variables() const { return reads_variables_; }
  // Has it ops that TensorFlow calls stateful (reads of variables are)?
  bool is_stateful() const { return is_stateful_; }
  int depth() const { return depth_; }  // of calls in calls

  // Runs it; variables are resource tensors.
  std::vector<Tensor> run(std::span<const Tensor> inputs) const;

  Tensors run_call(CallKind kind, const Attrs& attrs, std::span<const Tensor> inputs) const override;
  Tensors call_gradient(CallKind kind, const GradientContext& context) const override;

  static constexpr int kMaxDepth = 64;

 private:
  std::shared_ptr<const Function> function_;
  std::vector<bool> writes_;
  bool has_effects_ = false, reads_variables_ = false, is_stateful_ = false;
  int depth_ = 1;
  // Compiled for the variables it was called with.
  mutable std::mutex mutex_;
  mutable std::map<std::vector<const VariableNode*>, std::shared_ptr<const Executable>> compiled_;
};

// The function an attribute stands for. Throws NotImplementedError when it was never looked up.
const Callee& callee_of(const FunctionAttr& attr);
std::vector<const Callee*> callees_of(const OpDef& op, const Attrs& attrs);
inline std::vector<const Callee*> callees_of(const Node& node) { return callees_of(*node.op, node.attrs); }

// How many of the op's inputs come before those that are passed on: an If's condition, a Case's index.
std::size_t selectors(const OpDef& op);

// The function with some arguments bound: to a variable, which becomes a capture, or to a value, which becomes a
// constant. Undefined tensors leave arguments as they are.
std::shared_ptr<Function> bind_arguments(const Function& function, std::span<const Tensor> values);

}  // namespace hornbeam::graph
