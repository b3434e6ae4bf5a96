// Kernels of convolutions as Keras 1 and Theano laid them out, on their way to what layers have now: what tf.keras 2.2
// does to the weights of a file before it assigns them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hornbeam/layer.hpp"

namespace hornbeam {

// What the group of weights says of its writer.
struct FileOrigin {
  std::string keras_version = "1";  // as Keras takes it when the file does not say
  std::string backend;
};

struct KernelStep {
  enum class Kind { transpose, drop, reverse };
  Kind kind;
  std::vector<std::int64_t> dims;  // the new order; the dim of 1 that goes; those that are turned round
};

// The steps from a value of this shape to the weight; none for most. Nothing when the shapes do not fit. `layer` holds
// the weight, or is a model somewhere inside which it is.
std::optional<std::vector<KernelStep>> kernel_steps(const Layer& layer, const Variable& weight, const Shape& found,
                                                    const FileOrigin& origin);
Tensor stepped(Tensor value, const std::vector<KernelStep>& steps);

}  // namespace hornbeam
