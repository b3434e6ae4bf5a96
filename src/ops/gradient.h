// What the gradients of ops are written with.
//
//   add_op(... .gradient([](const GradientContext& c) -> Tensors { return {c.grad() * ops::cos(c.input(0))}; }));
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "hornbeam/ops.hpp"
#include "ops/op_def.h"

namespace hornbeam {

using Tensors = std::vector<Tensor>;

// One call of an op, and the gradients of its outputs. Dims may be unknown (in a trace).
class GradientContext {
 public:
  GradientContext(const Attrs& attrs, std::span<const Tensor> inputs, std::span<const Tensor> outputs,
                  std::span<const Tensor> grads, const std::vector<bool>& wanted)
      : attrs_(attrs), inputs_(inputs), outputs_(outputs), grads_(grads), wanted_(wanted) {}

  const Attrs& attrs() const { return attrs_; }
  std::size_t num_inputs() const { return inputs_.size(); }
  std::size_t num_outputs() const { return outputs_.size(); }
  const Tensor& input(std::size_t i) const { return inputs_[i]; }
  const Tensor& output(std::size_t i = 0) const { return outputs_[i]; }
  std::span<const Tensor> inputs() const { return inputs_; }
  // Of output i; zeros when nothing depends on it.
  Tensor grad(std::size_t i = 0) const;
  bool has_grad(std::size_t i) const { return grads_[i].defined(); }
  // Will the gradient of input i be used? Work for another may be spared.
  bool wanted(std::size_t i) const { return wanted_[i]; }
  // f() when input i's gradient is wanted, else undefined.
  template <class F>
  Tensor if_wanted(std::size_t i, F&& f) const {
    return wanted(i) ? f() : Tensor();
  }
  // The gradient of input 0, of as many inputs as there are.
  Tensors first(Tensor gradient) const {
    Tensors result(inputs_.size());
    result[0] = std::move(gradient);
    return result;
  }

 private:
  const Attrs& attrs_;
  std::span<const Tensor> inputs_, outputs_, grads_;
  const std::vector<bool>& wanted_;
};

// The shape as an integer vector: a constant when it is known, else computed.
Tensor shape_of(const Tensor& x, DType dtype = DType::int32);
// `value` under x's shape; itself when it is known to have it.
Tensor reshape_like(const Tensor& value, const Tensor& x);

// The gradients of two inputs that were broadcast against each other, summed over what was repeated.
class BroadcastSums {
 public:
  BroadcastSums(const Tensor& x, const Tensor& y) : x_(x), y_(y) {}
  Tensor to_x(const Tensor& grad) const { return sum(grad, x_, y_); }
  Tensor to_y(const Tensor& grad) const { return sum(grad, y_, x_); }
  // The gradient of x, which was broadcast to the shape of y.
  static Tensor sum(const Tensor& grad, const Tensor& x, const Tensor& y);

 private:
  const Tensor &x_, &y_;
};

// Reductions: the input's shape with ones for what was reduced, as an integer vector; `axes` is the op's input.
Tensor kept_shape(const Tensor& input, const Tensor& axes);
// The reduction's output, or its gradient, brought back to the input's rank.
Tensor keep_dims(const Tensor& reduced, const Tensor& input, const Tensor& axes, const Attrs& attrs);

// The known value of an integer input, also of a traced constant; empty when it is not known.
std::optional<std::vector<std::int64_t>> known_ints(const Tensor& t);

// Some of the attrs, for calling another op with them.
Attrs pick(const Attrs& attrs, std::initializer_list<std::string_view> names);

}  // namespace hornbeam
