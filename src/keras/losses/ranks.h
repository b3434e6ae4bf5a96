// Labels, predictions and weights whose ranks differ by one: how each Keras brings them together.
#pragma once

#include <utility>

#include "hornbeam/target.hpp"
#include "hornbeam/tensor.hpp"

namespace hornbeam::losses {

struct LabelsAndPredictions {
  Tensor y_true, y_pred;
};
// Drops the last dim of 1 of whichever has one more (Keras 3: or gives a vector one).
LabelsAndPredictions match_ranks(const Tensor& y_true, const Tensor& y_pred, Target target);

// Keras 3's squeeze_or_expand_to_same_rank.
std::pair<Tensor, Tensor> same_rank(const Tensor& x1, const Tensor& x2);
// Keras 2's rule for weights: a last dim more is dropped, one less is added. Scalars stay.
Tensor weights_for(const Tensor& values, const Tensor& weights);

}  // namespace hornbeam::losses
