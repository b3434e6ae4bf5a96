#include "keras/layers/recurrent/loop.h"

#include <algorithm>

#include "hornbeam/ops.hpp"

namespace hornbeam {
namespace {

// The mask of one step, [batch], for tensors of x's rank.
Tensor spread(const Tensor& mask, const Tensor& x) {
  auto m = mask;
  while (m.rank() < x.rank()) m = ops::expand_dims(m, -1);
  return m;
}

Values map_leaves(const Values& values, const std::function<Tensor(const Tensor&)>& f) {
  auto leaves = values.flatten();
  for (auto& t : leaves) t = f(t);
  return values.pack_like(leaves);
}

Values chosen_leaves(const Tensor& mask, const Values& now, const Values& before) {
  auto leaves = now.flatten();
  const auto old = before.flatten();
  for (std::size_t i = 0; i < leaves.size(); ++i) leaves[i] = chosen_where(mask, leaves[i], old[i]);
  return now.pack_like(leaves);
}

class Unrolled {
 public:
  Unrolled(const Values& inputs, const Tensor& mask, const RNNFlags& flags)
      : structure_(inputs), axis_(flags.time_major ? 0 : 1), flags_(flags) {
    for (const auto& x : inputs.flatten()) steps_.push_back(ops::unstack(x, axis_));
    if (mask.defined()) masks_ = ops::unstack(mask, axis_);
    if (flags.go_backwards) {
      for (auto& list : steps_) std::reverse(list.begin(), list.end());
      std::reverse(masks_.begin(), masks_.end());
    }
  }

  RNNResult run(std::vector<Tensor> states, const StepFunction& step) const {
    std::vector<Values> outputs;
    Values last, zeros;
    for (std::size_t t = 0; t < steps_[0].size(); ++t) {
      auto done = step(input(t), states);
      if (masks_.empty()) {
        states = std::move(done.states);
      } else {
        if (t == 0) zeros = last = map_leaves(done.output, ops::zeros_like);
        done.output = chosen_leaves(masks_[t], done.output, flags_.zero_output_for_mask ? zeros : last);
        for (std::size_t i = 0; i < states.size(); ++i) states[i] = chosen_where(masks_[t], done.states[i], states[i]);
      }
      last = done.output;
      if (flags_.return_sequences) outputs.push_back(last);
    }
    return {last, flags_.return_sequences ? stacked(outputs) : Values(), std::move(states)};
  }

 private:
  Values input(std::size_t t) const {
    std::vector<Tensor> leaves;
    for (const auto& list : steps_) leaves.push_back(list[t]);
    return structure_.pack_like(leaves);
  }
  Values stacked(const std::vector<Values>& outputs) const {
    std::vector<std::vector<Tensor>> lists;
    for (const auto& output : outputs) lists.push_back(output.flatten());
    std::vector<Tensor> leaves;
    for (std::size_t i = 0; i < lists[0].size(); ++i) {
      std::vector<Tensor> column;
      for (const auto& list : lists) column.push_back(list[i]);
      leaves.push_back(ops::stack(column, axis_));
    }
    return outputs[0].pack_like(leaves);
  }

  Values structure_;
  std::int64_t axis_;
  const RNNFlags& flags_;
  std::vector<std::vector<Tensor>> steps_;  // per leaf of the inputs, in the order of the computation
  std::vector<Tensor> masks_;
};

}  // namespace

Tensor chosen_where(const Tensor& mask, const Tensor& now, const Tensor& before) {
  return ops::where(spread(mask, now), now, before);
}

RNNResult run_steps(const Values& inputs, const Tensor& mask, const std::vector<Tensor>& states, const RNNFlags& flags,
                    const StepFunction& step) {
  constexpr std::int64_t kMostUnrolled = 64;  // more steps are a graph too big to be worth it
  const auto first = inputs.flatten().at(0);
  const auto steps = first.shape()[flags.time_major ? 0 : 1];
  if (steps == 0) {
    throw ValueError("a recurrent layer needs at least one step; received an input of shape " +
                     first.shape().to_string());
  }
  const auto bools = mask.defined() ? ops::cast(mask, DType::boolean) : mask;
  const bool loop = steps < 0 || (steps > kMostUnrolled && !flags.unroll && !first.is_concrete());
  return loop ? run_while(inputs, bools, states, flags, step) : Unrolled(inputs, bools, flags).run(states, step);
}

}  // namespace hornbeam
