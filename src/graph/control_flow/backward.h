// What the gradients of If, Case, While and PartitionedCall share: the function that was called is opened again, a
// backward function is traced that uses its values, and those are handed out to it.
#pragma once

#include <memory>
#include <vector>

#include "graph/control_flow/trace_called.h"
#include "ops/gradient.h"

namespace hornbeam::graph {

// The node that made the call that is differentiated, in the function being traced.
class ForwardCall {
 public:
  // Throws NotImplementedError when the op was run on values.
  explicit ForwardCall(const GradientContext& context);

  Tracer& tracer() const { return *tracer_; }
  const std::shared_ptr<Tracer>& shared_tracer() const { return tracer_; }
  // As it is now: it may have been extended since it was called.
  const Node& node() const { return tracer_->function().graph.nodes[static_cast<std::size_t>(id_)]; }
  Tensor input(std::size_t i) const { return tracer_->tensor(node().inputs[i]); }
  Tensor output(std::size_t i) const { return tracer_->tensor({id_, static_cast<std::int32_t>(i)}); }
  // Gives the node other functions, more inputs and more outputs.
  void extend(Attrs attrs, std::span<const Tensor> inputs, std::span<const TensorSpec> outputs);

 private:
  std::shared_ptr<Tracer> tracer_;
  std::int32_t id_;
};

// The function as it was traced, to be gone on with.
std::shared_ptr<Tracer> reopen(const Function& function, const std::shared_ptr<Tracer>& outer);
Tensor argument_of(Tracer& tracer, std::size_t i);
Tensor result_of(Tracer& tracer, std::size_t i);
// Which argument a tensor of the function is; none: -1.
std::int64_t argument_number(const Tracer& tracer, const Tensor& tensor);

// Of `forward`: from the gradients of some results to those of some arguments, zeros where there is none. What it uses
// of the forward function is captured.
CalledTrace trace_backward(const std::shared_ptr<Tracer>& forward, const std::vector<std::size_t>& results,
                           const std::vector<std::size_t>& arguments);

// The function's nodes once more, in the function being traced.
std::vector<Tensor> replay(const Function& function, std::span<const Tensor> arguments);

// Which results differentiably depend on one of these arguments; and which arguments one of these results depends on.
std::vector<bool> reached_results(const Function& function, const std::vector<bool>& arguments);
std::vector<bool> reaching_arguments(const Function& function, const std::vector<bool>& results);

// Zeros of the tensor's shape, a constant where it is known.
Tensor zeros_for(const Tensor& tensor);
// Lists that hand values from one function to another.
Tensor empty_list(Recorder* recorder, const TensorSpec& item);
Tensor pushed(Recorder* recorder, const Tensor& list, const Tensor& item);

Tensors branches_gradient(const GradientContext& context);
Tensors loop_gradient(const GradientContext& context);
Tensors call_gradient(const GradientContext& context);

}  // namespace hornbeam::graph
