// Inbound nodes of functional configs: the 2.x form (nested [layer, node, tensor, kwargs]) and Keras 3's ({args,
// kwargs}).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "hornbeam/layer.hpp"

namespace hornbeam {

// A reference to one output of one call of a layer.
struct TensorRef {
  std::string layer;
  std::int64_t node = 0;
  std::int64_t tensor = 0;
};
// ["dense", 0, 0] or ["dense", 0, 0, {...}]; empty when the config is something else.
std::optional<TensorRef> as_tensor_ref(const Config& config);

// One call of a layer as a config states it, with references not yet resolved.
struct NodeConfig {
  Config inputs;                   // first argument: references in their structure
  Config kwargs;                   // the rest by name; references are lists or __keras_tensor__ objects
  std::vector<Config> extra_args;  // Keras 3: further positional arguments
  bool keras3 = false;
  std::vector<TensorRef> references;  // all of them
};
NodeConfig parse_node(const Config& node);

using Resolve = std::function<Tensor(const TensorRef&)>;
// The arguments of the call. `Resolve` gives the symbolic tensor of a reference.
Values resolve_inputs(const NodeConfig& node, const Resolve& resolve);
CallOptions resolve_options(const NodeConfig& node, const Resolve& resolve);

}  // namespace hornbeam
