#include "ops/autodiff/backprop.h"

#include <unordered_map>
#include <unordered_set>

#include "ops/gradient.h"

namespace hornbeam::autodiff {
namespace {

[[noreturn]] void no_gradient(const Call& call) {
  throw LookupError("No gradient defined for operation '" + (call.name.empty() ? call.op->name : call.name) +
                    "' (op type: " + call.op->name +
                    "). In general every operation must have an associated gradient for correct autodiff, which this "
                    "op is lacking. If you want to pretend this operation is a constant in your program, you may "
                    "insert `ops::stop_gradient`.");
}

// A traced gradient of which the shape rules know less than of what it is the gradient of.
Tensor of_shape(const Tensor& gradient, const Shape& shape) {
  if (gradient.is_concrete() || !shape.has_rank()) return gradient;
  bool knows_less = !gradient.shape().has_rank();
  for (std::size_t i = 0; !knows_less && i < shape.rank() && i < gradient.rank(); ++i) {
    knows_less = gradient.shape()[i] < 0 && shape[i] >= 0;
  }
  return knows_less ? ops::ensure_shape(gradient, shape) : gradient;
}

class Walk {
 public:
  Walk(std::span<const Call* const> calls, std::span<const std::vector<Tensor>> sources) : calls_(calls) {
    for (const auto& source : sources) {
      for (const auto& tensor : source) depends_.insert(tensor.impl().get());
    }
    for (const auto* call : calls) {
      bool any = false;
      for (const auto& input : call->inputs) any |= depends_.count(input.impl().get()) != 0;
      is_active_.push_back(any && !(call->op->has_no_gradient && !call->custom));
      if (!is_active_.back()) continue;
      for (const auto& output : call->outputs) {
        if (is_differentiable(output.dtype())) depends_.insert(output.impl().get());
      }
    }
  }

  void seed(const Tensor& target, const Tensor& gradient) {
    if (depends_.count(target.impl().get())) gradients_[target.impl().get()].push_back(gradient);
  }
  bool depends(const Tensor& target) const { return depends_.count(target.impl().get()) != 0; }

  void run() {
    for (std::size_t i = calls_.size(); i-- > 0;) {
      if (is_active_[i]) visit(*calls_[i]);
    }
  }

  // The sum of what has arrived; undefined when nothing has.
  Tensor gradient_of(const Tensor& value) {
    const auto it = gradients_.find(value.impl().get());
    if (it == gradients_.end()) return {};
    auto& parts = it->second;
    if (parts.size() > 1) parts = {ops::add_n(parts)};
    return parts[0];
  }

 private:
  void visit(const Call& call) {
    Tensors grads;
    bool any = false;
    for (const auto& output : call.outputs) {
      grads.push_back(gradient_of(output));
      any |= grads.back().defined();
    }
    if (!any) return;
    std::vector<bool> wanted;
    for (const auto& input : call.inputs) wanted.push_back(depends_.count(input.impl().get()) != 0);
    const auto results = differentiate(call, grads, wanted);
    for (std::size_t i = 0; i < results.size() && i < wanted.size(); ++i) {
      if (!wanted[i] || !results[i].defined()) continue;
      gradients_[call.inputs[i].impl().get()].push_back(of_shape(results[i], call.inputs[i].shape()));
    }
  }

  static Tensors differentiate(const Call& call, const Tensors& grads, const std::vector<bool>& wanted) {
    if (call.custom) return call.custom(grads);
    if (!call.op->gradient_fn) no_gradient(call);
    return call.op->gradient_fn(GradientContext(call.attrs, call.inputs, call.outputs, grads, wanted));
  }

  std::span<const Call* const> calls_;
  std::vector<bool> is_active_;
  std::unordered_set<const TensorImpl*> depends_;  // on a source
  std::unordered_map<const TensorImpl*, Tensors> gradients_;
};

}  // namespace

bool is_differentiable(DType dtype) {
  return is_floating(dtype) || dtype == DType::variant || dtype == DType::complex64 || dtype == DType::complex128;
}

std::vector<Tensor> backpropagate(std::span<const Call* const> calls, std::span<const Tensor> targets,
                                  std::span<const Tensor> seeds, std::span<const std::vector<Tensor>> sources) {
  Walk walk(calls, sources);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (!walk.depends(targets[i])) continue;
    const bool given = i < seeds.size() && seeds[i].defined();
    walk.seed(targets[i], given ? seeds[i] : ops::ones_like(targets[i]));
  }
  walk.run();
  std::vector<Tensor> results;
  for (const auto& source : sources) {
    Tensors parts;
    for (const auto& tensor : source) {
      if (auto part = walk.gradient_of(tensor); part.defined()) parts.push_back(std::move(part));
    }
    results.push_back(parts.empty() ? Tensor() : parts.size() == 1 ? parts[0] : ops::add_n(parts));
  }
  return results;
}

}  // namespace hornbeam::autodiff
