// The recorder that appends op calls to a function being traced.
#pragma once

#include <map>
#include <memory>
#include <set>
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
  // Of a function that `outer`'s will call: tensors of the outer function and variables may be used in it and are
  // captured, to be passed by whoever calls it.
  Tracer(std::string name, std::shared_ptr<Tracer> outer);
  // Goes on with a function that was traced to be called from `outer`'s.
  Tracer(Function function, std::shared_ptr<Tracer> outer);

  Tensor add_argument(const TensorSpec& spec);
  std::vector<Tensor> record(const OpDef& op, std::span<const Tensor> inputs, const Attrs& attrs) override;
  Tensor read_variable(const Variable& variable) override;
  int level() const override { return level_; }
  bool takes_from(const Recorder& other) const override;
  // What writes variables (graph/variables.h).
  std::vector<Tensor> update(const OpDef& op, std::span<const Variable> variables, std::span<const Tensor> inputs,
                             Attrs attrs);
  void assign(const Variable& variable, const Tensor& value);

  // Gives a call that was recorded other functions, more inputs and more outputs.
  void extend(std::int32_t node, Attrs attrs, std::span<const Tensor> inputs, std::span<const TensorSpec> outputs);

  // What is recorded so far.
  const Function& function() const { return function_; }
  // A handle of a node's output; of a constant, its value.
  Tensor tensor(Output output);

  // The function as recorded so far, with these results.
  std::shared_ptr<const Function> finish(std::span<const Tensor> results);
  // The same of a function that is called: what it captured has become its last arguments. `captured` gives what to
  // pass for them: tensors of the outer function, and resources.
  Function finish_called(std::span<const Tensor> results, std::vector<Tensor>& captured);
  // The variables that were assigned to.
  std::vector<Variable> written() const;
  // Somebody else changes these while the function is at work: their values are not passed in, but read.
  void read_inside(std::span<const Variable> variables);
  // Who observed the outer function while this one is traced.
  void set_outer_observers(std::vector<Observer*> outer) { outer_observers_ = std::move(outer); }

 private:
  Output output_of(const Tensor& tensor);  // makes a Const of a concrete tensor
  // What stands here for a tensor of a function around this one.
  Tensor capture(const Tensor& tensor, const Variable& variable = nullptr);
  void note_writes(const Node& node);
  void forget(const Variable& variable);  // what was read of it
  void read_what_is_written();
  Output resource_of(const Variable& variable);
  std::vector<Tensor> append(const OpDef& op, Attrs attrs, std::vector<Output> inputs);
  std::string unique_name(const std::string& op);

  struct Capture {
    Tensor outer;
    std::int32_t node;
    Variable variable;  // whose value it is, if it is
  };

  std::shared_ptr<Tracer> outer_;
  std::vector<Observer*> outer_observers_;
  std::vector<Capture> captured_;
  std::set<const VariableNode*> written_;
  std::string prefix_;  // of the names of what is added to a function that was opened again
  int level_;           // functions traced inside a trace are more symbolic than what encloses them
  Function function_;
  std::map<const TensorImpl*, std::pair<Output, std::shared_ptr<TensorImpl>>> constants_;
  std::map<const VariableNode*, Output> resources_;
  std::map<const VariableNode*, Tensor> reads_;  // what a read gives now
  std::map<std::string, int> names_;
};

// Whether ops called now go into a function that is being traced.
inline bool is_tracing() { return dynamic_cast<Tracer*>(current_recorder()) != nullptr; }

}  // namespace hornbeam::graph
