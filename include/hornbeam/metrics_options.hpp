// What metrics are made with: Keras's arguments, in its order. See metrics.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hornbeam/config.hpp"
#include "hornbeam/shape.hpp"

namespace hornbeam::metrics {

struct MetricOptions {
  std::optional<std::string> name = {};
  std::string dtype = "";
};
struct BinaryAccuracyOptions {
  double threshold = 0.5;
  std::optional<std::string> name = {};
  std::string dtype = "";
};
struct TopKOptions {
  std::int64_t k = 5;
  std::optional<std::string> name = {};
  std::string dtype = "";
};
struct SparseTopKOptions {
  std::int64_t k = 5;
  std::optional<std::string> name = {};
  std::string dtype = "";
  bool from_sorted_ids = false;  // Keras 3: predictions are class numbers, the most likely first, instead of scores
};
struct AxisOptions {
  std::int64_t axis = -1;
  std::optional<std::string> name = {};
  std::string dtype = "";
};
struct BinaryCrossentropyOptions {
  bool from_logits = false;
  double label_smoothing = 0.0;
  std::optional<std::string> name = {};
  std::string dtype = "";
};
struct CategoricalCrossentropyOptions {
  bool from_logits = false;
  double label_smoothing = 0.0;
  std::int64_t axis = -1;
  std::optional<std::string> name = {};
  std::string dtype = "";
};
struct SparseCategoricalCrossentropyOptions {
  bool from_logits = false;
  std::optional<std::int64_t> ignore_class = {};
  std::int64_t axis = -1;
  std::optional<std::string> name = {};
  std::string dtype = "";
};

// ---- counts of true and false positives and negatives ----
// `thresholds`: null (0.5), a number, or a list: then there is a result for each. Numbers are in [0, 1].
struct CountOptions {
  Config thresholds = {};
  std::optional<std::string> name = {};
  std::string dtype = "";
};
struct PrecisionOptions {
  Config thresholds = {};
  std::optional<std::int64_t> top_k = {};     // of each row only the k highest count as positive
  std::optional<std::int64_t> class_id = {};  // this class alone
  std::optional<std::string> name = {};
  std::string dtype = "";
};
// Precision and the like where another number is at least `at`.
struct AtOptions {
  double at = 0.5;
  std::int64_t num_thresholds = 200;
  std::optional<std::int64_t> class_id = {};  // not in 2.2
  std::optional<std::string> name = {};
  std::string dtype = "";
};
struct AucOptions {
  std::int64_t num_thresholds = 200;
  std::string curve = "ROC";                           // or "PR"; Keras 3: "PRGAIN"
  std::string summation_method = "interpolation";      // or "minoring", "majoring"
  std::optional<std::vector<double>> thresholds = {};  // in place of num_thresholds; 0 and 1 are added
  bool multi_label = false;                            // the mean of each label's
  std::optional<std::int64_t> num_labels = {};         // with multi_label; else taken from the first batch. Not in 2.2
  std::optional<std::vector<double>> label_weights = {};
  bool from_logits = false;  // not in 2.2
  std::optional<std::string> name = {};
  std::string dtype = "";
};

// ---- intersection over union. 2.2 has MeanIoU alone, of class numbers ----
struct IoUOptions {
  std::int64_t num_classes = 0;
  std::vector<std::int64_t> target_class_ids = {};  // of IoU and OneHotIoU
  std::optional<std::int64_t> ignore_class = {};
  bool sparse_y_true = true;  // class numbers, else one-hot along `axis`. Fixed in OneHotIoU and OneHotMeanIoU
  std::optional<bool> sparse_y_pred = {};  // absent: true, in OneHotIoU and OneHotMeanIoU false
  std::int64_t axis = -1;
  std::optional<std::string> name = {};
  std::string dtype = "";  // empty: floatx(), in Keras 3 int64
};
struct BinaryIoUOptions {
  std::vector<std::int64_t> target_class_ids = {0, 1};
  double threshold = 0.5;
  std::optional<std::string> name = {};
  std::string dtype = "";
};

// ---- scores of [batch, outputs]; not in 2.2 ----
struct FBetaOptions {
  std::optional<std::string> average = {};  // absent: a result for each class; or "micro", "macro", "weighted"
  double beta = 1.0;                        // 1 in F1Score
  std::optional<double> threshold = {};     // absent: the highest of a row is positive
  std::optional<std::string> name = {};
  std::string dtype = "";
};
struct R2Options {
  std::optional<std::string> class_aggregation = "uniform_average";  // or "variance_weighted_average", or none
  std::int64_t num_regressors = 0;                                   // for the adjusted score
  std::optional<std::string> name = {};
  std::string dtype = "";
};

// ---- of 2.x alone ----
struct MeanTensorOptions {
  std::optional<std::string> name = {};
  std::string dtype = "";
  std::optional<Shape> shape = {};  // absent: that of the first values
};
struct MeanRelativeErrorOptions {
  Config normalizer = {};  // a number or (nested) list of numbers
  std::optional<std::string> name = {};
  std::string dtype = "";
};

}  // namespace hornbeam::metrics
