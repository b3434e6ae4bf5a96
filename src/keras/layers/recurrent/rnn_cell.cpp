#include "hornbeam/layers/rnn_cell.hpp"

#include "hornbeam/ops.hpp"

namespace hornbeam {

std::vector<Tensor> RNNCell::get_initial_state(const Tensor& batch_size, DType dtype) const {
  std::vector<Tensor> states;
  for (const auto& size : state_size()) {
    std::vector<Tensor> dims{batch_size};
    for (const auto d : size) dims.push_back(Tensor::scalar(static_cast<std::int32_t>(d)));
    states.push_back(ops::fill(ops::stack(dims), ops::scalar(dtype, 0.0)));
  }
  return states;
}

Values RNNCell::call(const Values& inputs, CallContext& context) {
  const auto& tensors = context.options().tensors;
  const auto states = tensors.find("states");
  if (states == tensors.end()) throw TypeError("call() missing 1 required positional argument: 'states'");
  auto done = step(inputs, states->second.flatten(), context);
  return Values{done.output, Values(done.states)};
}

CellStep RNNCell::run(const Values& x, const std::vector<Tensor>& states, const std::vector<Tensor>& constants) {
  CallOptions options;
  options.tensors.emplace("states", Values(states));
  if (!constants.empty()) options.tensors.emplace("constants", Values(constants));
  const auto done = (*this)(x, options);
  return {done[0], done[1].flatten()};
}

}  // namespace hornbeam
