// The cross-entropies of keras.backend, element by element or row by row.
#pragma once

#include "hornbeam/tensor.hpp"

namespace hornbeam::losses {

// tf.nn.sigmoid_cross_entropy_with_logits
Tensor sigmoid_crossentropy(const Tensor& labels, const Tensor& logits);
// keras.backend.binary_crossentropy of labels that are of y_pred's dtype: element by element.
Tensor binary_crossentropy_values(const Tensor& labels, const Tensor& y_pred, bool from_logits);
// Throws ValueError in Keras 3's words when shapes differ, where Keras 3 asks for that.
void check_target_and_output(const Tensor& target, const Tensor& output);
// Throws ValueError when labels and predictions do not have the same classes.
void check_classes(const Tensor& y_true, const Tensor& y_pred);
// tf.nn.softmax_cross_entropy_with_logits over `axis`: the shape without it.
Tensor softmax_crossentropy(const Tensor& labels, const Tensor& logits, std::int64_t axis);

// Labels that give a part of their certainty away: to the other of two classes, or to all of `axis`.
Tensor smooth_binary(const Tensor& labels, double smoothing);
Tensor smooth_classes(const Tensor& labels, double smoothing, std::int64_t axis);

// Probabilities kept `epsilon()` away from 0 and 1.
Tensor clip_probabilities(const Tensor& p);

}  // namespace hornbeam::losses
