// Files hold weights of LSTM and GRU in either of two forms (keras/layers/recurrent/cudnn_weights.h); layers have one.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "hornbeam/layer.hpp"

namespace hornbeam {

struct CuDNNConversion {
  std::function<Tensor(const Tensor&)> convert;  // null: the value is taken as it is
  std::string from;                              // "CuDNNLSTM"
};

// For each of `weights`, whose values in the file have the shapes `found`: what it needs where the file has the other
// form of a layer. `layer` has the weights, or holds layers that have. Throws ValueError in Keras's words where a
// recurrent layer's bias fits neither form, or forms that cannot be converted.
std::vector<CuDNNConversion> cudnn_conversions(const Layer& layer, const std::vector<Variable>& weights,
                                               const std::vector<Shape>& found);

}  // namespace hornbeam
