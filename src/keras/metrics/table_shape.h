// Scores of [batch, outputs] whose state is made by the first batch.
#pragma once

#include <string>

#include "hornbeam/errors.hpp"
#include "hornbeam/tensor.hpp"

namespace hornbeam::metrics {

// The number of outputs. Throws ValueError in Keras's words when labels or predictions have another rank, or the number
// is not known.
inline std::int64_t outputs_of_table(const char* class_name, const Tensor& y_true, const Tensor& y_pred) {
  const auto two = [](const Tensor& x) { return x.shape().has_rank() && x.rank() == 2; };
  const auto received = " Received input shapes: y_pred.shape=" + y_pred.shape().to_string() +
                        " and y_true.shape=" + y_true.shape().to_string() + ".";
  const auto expects = std::string(class_name) + " expects 2D inputs with shape (batch_size, output_dim)";
  if (!two(y_true) || !two(y_pred)) throw ValueError(expects + "." + received);
  if (y_true.shape()[1] == None || y_pred.shape()[1] == None) {
    throw ValueError(expects + ", with output_dim fully defined (not None)." + received);
  }
  return y_pred.shape()[1];
}

}  // namespace hornbeam::metrics
