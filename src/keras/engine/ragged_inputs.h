// Layers on ragged inputs.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "hornbeam/values.hpp"
#include "ops/ragged/ragged.h"

namespace hornbeam {

// In Keras's words.
[[noreturn]] void throw_no_ragged(const std::string& layer, const std::vector<Tensor>& inputs);

// What `call` makes of the flat values of one ragged tensor, each of its results ragged as that is. Throws ValueError
// naming the layer when there are several inputs.
Values on_flat_values(const std::string& layer, const Values& inputs, const std::function<Values(const Values&)>& call);

// The one tensor, of rows of steps: ragged in its first dim after the batch alone. Throws ValueError naming the layer.
RaggedTensor rows_of_steps(const std::string& layer, const Values& inputs);

}  // namespace hornbeam
