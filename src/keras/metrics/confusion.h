// How many predictions are rightly and wrongly positive and negative at thresholds, as each Keras counts.
#pragma once

#include <optional>
#include <vector>

#include "hornbeam/config.hpp"
#include "hornbeam/tensor.hpp"

namespace hornbeam::metrics {

// Of null (`fallback`), a number or a list. Throws ValueError in Keras's words for numbers outside [0, 1].
std::vector<double> thresholds_of(const Config& given, double fallback);
// 0, 1 and what divides the space between them evenly: counted in buckets by 2.15 and Keras 3, whose borders are not
// quite the thresholds.
bool evenly_distributed(const std::vector<double>& thresholds);

// What a threshold is where the k highest count whatever they are.
inline constexpr double kNoThreshold = -1e10;

struct CountingOptions {
  std::vector<double> thresholds;
  bool even = false;
  std::optional<std::int64_t> top_k = {}, class_id = {};
  bool multi_label = false;  // each label (the last of two dims) by itself
  std::optional<std::vector<double>> label_weights = {};
};

// [thresholds], or [thresholds, labels].
struct Counts {
  Tensor true_positives, false_positives, true_negatives, false_negatives;
};

// `sample_weight` (may be undefined) is without what is masked. Throws ValueError when shapes do not fit;
// InvalidArgumentError in 2.x for predictions outside [0, 1] that are known.
Counts count_confusions(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight, DType dtype,
                        const CountingOptions& options);

}  // namespace hornbeam::metrics
