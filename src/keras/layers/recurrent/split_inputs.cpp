#include "keras/layers/recurrent/split_inputs.h"

#include <algorithm>

#include "keras/engine/keras_tensor.h"

namespace hornbeam {
namespace {

void check_not_mixed(const CallOptions& options) {
  auto tensors = options.initial_state.flatten();
  if (const auto at = options.tensors.find("constants"); at != options.tensors.end()) {
    for (auto& t : at->second.flatten()) tensors.push_back(std::move(t));
  }
  if (tensors.empty()) return;
  const bool symbolic = is_keras_tensor(tensors[0]);
  if (std::all_of(tensors.begin(), tensors.end(), [&](const Tensor& t) { return is_keras_tensor(t) == symbolic; })) {
    return;
  }
  throw ValueError(
      "The initial state or constants of an RNN layer cannot be specified with a mix of Keras tensors and non-Keras "
      "tensors (a \"Keras tensor\" is a tensor that was returned by a Keras layer, or by `Input`)");
}

}  // namespace

std::optional<Layer::Call> split_inputs(const Values& inputs, const CallOptions& options, std::int64_t num_constants) {
  if (!inputs.is_list() || inputs.size() == 0) {
    check_not_mixed(options);
    return std::nullopt;
  }
  const auto& items = inputs.list();
  Layer::Call call{items[0], options};
  if (items.size() > 1) {
    const auto count = static_cast<std::ptrdiff_t>(items.size());
    const auto first_constant = std::max<std::ptrdiff_t>(1, count - static_cast<std::ptrdiff_t>(num_constants));
    if (!options.initial_state.is_none()) {
      throw ValueError("initial states were passed twice: in the list of inputs and as `initial_state`");
    }
    const Values::List states(items.begin() + 1, items.begin() + first_constant);
    if (!states.empty()) call.options.initial_state = Values(states);
    if (first_constant < count) {
      call.options.tensors["constants"] = Values(Values::List(items.begin() + first_constant, items.end()));
    }
  }
  check_not_mixed(call.options);
  return call;
}

}  // namespace hornbeam
