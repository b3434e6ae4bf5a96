#include "graph/decompositions/recurrence.h"

#include "hornbeam/ops.hpp"
#include "hornbeam/ops_control.hpp"
#include "ops/recurrent/decompose.h"

namespace hornbeam::graph {
namespace {

using Tensors = std::vector<Tensor>;

Tensor number(std::int32_t value) { return Tensor::scalar(value); }

// Steps along the first dim.
Tensor time_first(const Tensor& steps, bool time_major) {
  if (time_major) return steps;
  return steps.rank() == 3 ? ops::transpose(steps, {1, 0, 2}) : ops::transpose(steps, {1, 0});
}

Tensor dims_after_first(const Tensor& x) {
  return ops::strided_slice(ops::shape(x), {1}, {static_cast<std::int64_t>(x.rank())}, {1});
}

Tensor list_of(const Tensor& steps) { return call_op1("TensorListFromTensor", {steps, dims_after_first(steps)}); }
Tensor item(const Tensor& list, const Tensor& index, const Tensor& shape, DType dtype) {
  return call_op1("TensorListGetItem", {list, index, shape}, {{"element_dtype", dtype}});
}

}  // namespace

std::vector<Tensor> decompose_recurrence(const OpDef& op, const Attrs& attrs, std::span<const Tensor> inputs) {
  const std::size_t states = op.name == "_FusedLSTM" ? 2 : 1;
  const RecurrentInputs in(attrs, states);
  const bool time_major = attrs.b("time_major"), back = attrs.b("go_backwards");
  const bool zeros_where_masked = attrs.b("zero_output_for_mask");
  const auto x = time_first(inputs[0], time_major);
  const auto mask = in.mask ? time_first(inputs[in.mask], time_major) : Tensor();
  const auto dtype = inputs[1].dtype();
  const auto steps = ops::reshape(ops::strided_slice(ops::shape(x), {0}, {1}, {1}), Shape{});
  const auto state_shape = ops::shape(inputs[1]);
  const auto xs = list_of(x), masks = in.mask ? list_of(mask) : Tensor();
  const auto outputs = call_op1("TensorListReserve", {state_shape, steps}, {{"element_dtype", dtype}});
  const auto zeros = ops::zeros_like(inputs[1]);

  // How many turns, step, outputs, the states, and with a mask the output before. Behind the turns' counter that
  // while_loop adds, the first is where Keras's loops have it: tf2onnx takes it for that.
  constexpr std::size_t kStep = 1, kOutputs = 2, kStates = 3;
  Tensors vars{steps, number(0), outputs};
  vars.insert(vars.end(), inputs.begin() + 1, inputs.begin() + 1 + static_cast<std::ptrdiff_t>(states));
  const bool repeats = in.mask && !zeros_where_masked;
  if (repeats) vars.push_back(zeros);
  const auto body = [&](const Tensors& v) {
    const auto time = back ? steps - 1 - v[kStep] : v[kStep];
    const auto now = item(xs, time, dims_after_first(x), dtype);
    const std::span<const Tensor> old(v.data() + kStates, states);
    auto next = recurrent_step(op, attrs, inputs, now, old);
    auto out = next[0];
    if (in.mask) {
      const auto on = ops::expand_dims(item(masks, time, dims_after_first(mask), DType::boolean), -1);
      out = ops::where(on, out, repeats ? v.back() : zeros);
      for (std::size_t s = 0; s < states; ++s) next[s] = ops::where(on, next[s], old[s]);
    }
    Tensors result{v[0], v[kStep] + 1,
                   call_op1("TensorListSetItem", {v[kOutputs], v[kStep], out}, {{"element_dtype", dtype}})};
    result.insert(result.end(), next.begin(), next.end());
    if (repeats) result.push_back(out);
    return result;
  };
  const auto last = ops::while_loop([&](const Tensors& v) { return ops::less(v[kStep], v[0]); }, body, vars);
  const auto y = call_op1("TensorListStack", {last[kOutputs], state_shape}, {{"element_dtype", dtype}});
  Tensors results{time_major ? y : ops::transpose(y, {1, 0, 2})};
  results.insert(results.end(), last.begin() + kStates, last.begin() + kStates + static_cast<std::ptrdiff_t>(states));
  return results;
}

}  // namespace hornbeam::graph
