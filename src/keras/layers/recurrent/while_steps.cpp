// A step function over a sequence whose length is not known while tracing, or is long: one While op over TensorLists,
// as Keras's backend.rnn makes it.
#include "hornbeam/ops.hpp"
#include "hornbeam/ops_control.hpp"
#include "keras/layers/recurrent/loop.h"
#include "ops/op_def.h"

namespace hornbeam {
namespace {

// What is known of a tensor's shape, for an `element_shape`.
Tensor known_shape(const Shape& shape) {
  std::vector<std::int32_t> dims;
  for (const auto d : shape) dims.push_back(static_cast<std::int32_t>(d));
  return Tensor::from<std::int32_t>({static_cast<std::int64_t>(dims.size())}, dims);
}

Shape without_first(const Shape& shape) { return Shape(std::vector<std::int64_t>(shape.begin() + 1, shape.end())); }

// An array of the items of a list.
class List {
 public:
  // The rows of a tensor.
  explicit List(const Tensor& rows)
      : item_{rows.dtype(), without_first(rows.shape())},
        handle_(call_op1("TensorListFromTensor", {rows, known_shape(item_.shape)}, {{"element_dtype", item_.dtype}})) {}
  // `count` items to be set.
  List(const Tensor& count, const TensorSpec& item)
      : item_(item),
        handle_(call_op1("TensorListReserve", {known_shape(item.shape), count}, {{"element_dtype", item.dtype}})) {}
  List(const List& like, Tensor handle) : item_(like.item_), handle_(std::move(handle)) {}

  const Tensor& handle() const { return handle_; }
  Tensor at(const Tensor& i) const {
    return call_op1("TensorListGetItem", {handle_, i, known_shape(item_.shape)}, {{"element_dtype", item_.dtype}});
  }
  Tensor with(const Tensor& i, const Tensor& item) const {
    return call_op1("TensorListSetItem", {handle_, i, item}, {{"element_dtype", item_.dtype}});
  }
  Tensor stacked() const {
    return call_op1("TensorListStack", {handle_, known_shape(item_.shape)}, {{"element_dtype", item_.dtype}});
  }

 private:
  TensorSpec item_;
  Tensor handle_;
};

Tensor time_first(const Tensor& x, bool is_already) {
  if (is_already) return x;
  std::vector<std::int64_t> perm(x.rank());
  for (std::size_t i = 0; i < perm.size(); ++i) perm[i] = static_cast<std::int64_t>(i);
  std::swap(perm[0], perm[1]);
  return ops::transpose(x, perm);
}

Shape any_batch(const Tensor& t) {
  auto shape = t.shape();
  if (shape.has_rank() && shape.rank() > 0) shape[0] = None;
  return shape;
}

}  // namespace

RNNResult run_while(const Values& inputs, const Tensor& mask, const std::vector<Tensor>& states, const RNNFlags& flags,
                    const StepFunction& step) {
  const auto arranged = [&](const Tensor& x) {
    const auto t = time_first(x, flags.time_major);
    return flags.go_backwards ? ops::reverse(t, {0}) : t;
  };
  std::vector<List> in;
  std::vector<Tensor> first;
  Tensor count;
  for (const auto& leaf : inputs.flatten()) {
    const auto x = arranged(leaf);
    if (!count.defined()) count = ops::strided_slice(ops::shape(x), {0}, {1}, {1}, {.shrink_axis_mask = 1});
    in.emplace_back(x);
    first.push_back(ops::strided_slice(x, {0}, {1}, {1}, {.shrink_axis_mask = 1}));
  }
  std::optional<List> masks;
  if (mask.defined()) masks.emplace(arranged(mask));

  // Once outside of the loop: weights and dropout masks are made, and what a step gives is known. Nobody uses the rest.
  const auto sample = step(inputs.pack_like(first), states);
  const auto outputs = sample.output.flatten();
  std::vector<Tensor> vars{Tensor::scalar(std::int32_t{0})};
  ops::WhileOptions options;
  options.shape_invariants.emplace_back();
  std::vector<List> out;
  std::vector<Tensor> zeros;
  for (const auto& y : outputs) {
    zeros.push_back(ops::zeros_like(y));
    vars.push_back(zeros.back());
    options.shape_invariants.push_back(any_batch(y));
  }
  if (flags.return_sequences) {
    for (const auto& y : outputs) {
      out.emplace_back(count, TensorSpec{y.dtype(), any_batch(y)});
      vars.push_back(out.back().handle());
      options.shape_invariants.emplace_back();
    }
  }
  for (const auto& state : states) {
    vars.push_back(state);
    options.shape_invariants.push_back(any_batch(state));
  }
  const auto n = outputs.size(), lists = out.size();
  const auto condition = [&](const std::vector<Tensor>& v) { return ops::less(v[0], count); };
  const auto body = [&](const std::vector<Tensor>& v) {
    const auto& t = v[0];
    std::vector<Tensor> x;
    for (const auto& list : in) x.push_back(list.at(t));
    const std::vector<Tensor> now(v.begin() + static_cast<std::ptrdiff_t>(1 + n + lists), v.end());
    auto done = step(inputs.pack_like(x), now);
    auto y = done.output.flatten();
    if (masks) {
      const auto m = masks->at(t);
      for (std::size_t i = 0; i < n; ++i)
        y[i] = chosen_where(m, y[i], flags.zero_output_for_mask ? zeros[i] : v[1 + i]);
      for (std::size_t i = 0; i < now.size(); ++i) done.states[i] = chosen_where(m, done.states[i], now[i]);
    }
    std::vector<Tensor> next{t + 1};
    next.insert(next.end(), y.begin(), y.end());
    for (std::size_t i = 0; i < lists; ++i) next.push_back(List(out[i], v[1 + n + i]).with(t, y[i]));
    next.insert(next.end(), done.states.begin(), done.states.end());
    return next;
  };
  const auto end = ops::while_loop(condition, body, vars, options);

  const auto at = [&](std::size_t i) { return end.begin() + static_cast<std::ptrdiff_t>(i); };
  RNNResult result;
  result.last = sample.output.pack_like(std::vector<Tensor>(at(1), at(1 + n)));
  result.states.assign(at(1 + n + lists), end.end());
  if (flags.return_sequences) {
    std::vector<Tensor> all;
    for (std::size_t i = 0; i < lists; ++i) {
      all.push_back(time_first(List(out[i], end[1 + n + i]).stacked(), flags.time_major));
    }
    result.all = sample.output.pack_like(all);
  }
  return result;
}

}  // namespace hornbeam
