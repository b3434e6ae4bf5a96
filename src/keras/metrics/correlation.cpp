#include "keras/metrics/correlation.h"

#include "hornbeam/model.hpp"
#include "hornbeam/ops.hpp"

namespace hornbeam::metrics {

Tensor pearson(const Tensor& y_true, const Tensor& y_pred, std::int64_t axis) {
  const auto standard = [axis](const Tensor& x) {
    const auto centered = x - ops::reduce_mean(x, axis, /*keepdims=*/true);
    return centered / ops::reduce_std(centered, axis, /*keepdims=*/true);
  };
  const auto truth = ops::cast(y_true, y_pred.dtype());
  return ops::reduce_mean(standard(truth) * standard(y_pred), axis);
}

Tensor concordance(const Tensor& y_true, const Tensor& y_pred, std::int64_t axis) {
  const auto truth = ops::cast(y_true, y_pred.dtype());
  const auto mean = [axis](const Tensor& x) { return ops::reduce_mean(x, axis, /*keepdims=*/true); };
  const auto variance = [&](const Tensor& x) { return ops::reduce_variance(x - mean(x), axis, /*keepdims=*/true); };
  const auto of_predictions = mean(y_pred);
  // Keras 3 takes both from the mean of the predictions.
  const auto covariance = (truth - of_predictions) * (y_pred - of_predictions);
  const auto size = variance(truth) + variance(y_pred) + ops::square(mean(truth) - of_predictions);
  return ops::reduce_mean(2 * covariance / (size + backend::epsilon()), axis);
}

}  // namespace hornbeam::metrics
