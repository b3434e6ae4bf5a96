// IoU, MeanIoU, BinaryIoU, OneHotIoU, OneHotMeanIoU: of each class, what is rightly found of what is there or found.
#include <algorithm>
#include <numeric>

#include "keras/metrics/confusion_matrix.h"
#include "keras/metrics/counting.h"

namespace hornbeam {
namespace {

std::string state_dtype(const std::string& given) {
  return given.empty() && current_target() == Target::keras3 ? "int64" : given;
}

void check_classes_of_iou(std::int64_t num_classes, const std::vector<std::int64_t>& targets) {
  constexpr std::int64_t kMost = 20'000;  // squared: a file may say any number
  if (num_classes <= 0 || num_classes > kMost) {
    throw ValueError("`num_classes` must be between 1 and " + std::to_string(kMost) +
                     ". Received: " + std::to_string(num_classes));
  }
  if (targets.empty()) throw ValueError("max() arg is an empty sequence: `target_class_ids` must not be empty");
  const auto [least, most] = std::ranges::minmax(targets);
  if (most >= num_classes || least < -num_classes) {
    throw ValueError("Target class id " + std::to_string(most >= num_classes ? most : least) +
                     " is out of range, which is [0, " + std::to_string(num_classes) + ").");
  }
}

std::vector<std::int64_t> all_classes(std::int64_t num_classes) {
  std::vector<std::int64_t> ids(static_cast<std::size_t>(std::clamp<std::int64_t>(num_classes, 0, 20'000)));
  std::iota(ids.begin(), ids.end(), 0);
  return ids;
}

// The mean over the classes that are there.
Tensor mean_iou(const Tensor& matrix, const std::vector<std::int64_t>& targets, DType dtype) {
  const bool keras3 = current_target() == Target::keras3;
  const auto n = matrix.shape()[0];
  const auto diagonal = ops::reduce_sum(matrix * ops::one_hot(ops::range(0, n), n, matrix.dtype()), 0);
  const auto all = ops::reduce_sum(matrix, 0) + ops::reduce_sum(matrix, 1) - diagonal;
  const auto ids = Tensor::from<std::int64_t>({static_cast<std::int64_t>(targets.size())}, targets);
  const auto of_targets = [&](const Tensor& x) {
    return ops::cast(ops::gather(x, ids), keras3 ? DType::float32 : dtype);
  };
  const auto right = of_targets(diagonal), either = of_targets(all);
  if (keras3) {
    const auto there = ops::greater(either, 1e-9);
    const auto iou = ops::where(there, right / (either + backend::epsilon()), ops::zeros_like(right));
    return ops::reduce_sum(iou, -1) / (ops::reduce_sum(ops::cast(there, DType::float32)) + backend::epsilon());
  }
  const auto number = ops::reduce_sum(ops::cast(ops::not_equal(either, 0), dtype));
  return ops::divide_no_nan(ops::reduce_sum(ops::divide_no_nan(right, either)), number);
}

struct IoUName {
  static constexpr const char* kClassName = "IoU";
  static constexpr bool kOneHot = false, kMean = false;
};
struct MeanIoUName {
  static constexpr const char* kClassName = "MeanIoU";
  static constexpr bool kOneHot = false, kMean = true;
};
struct OneHotIoUName {
  static constexpr const char* kClassName = "OneHotIoU";
  static constexpr bool kOneHot = true, kMean = false;
};
struct OneHotMeanIoUName {
  static constexpr const char* kClassName = "OneHotMeanIoU";
  static constexpr bool kOneHot = true, kMean = true;
};

template <class Name>
class IoUMetric final : public OptionsMetric<IoUMetric<Name>, metrics::IoUOptions> {
 public:
  static constexpr const char* kClassName = Name::kClassName;
  static constexpr auto kFirst = std::string_view(kClassName) == "MeanIoU" ? Target::tf22 : Target::tf215;
  template <class O, class F>
  static void fields(O& o, F&& f) {
    f.required("num_classes", o.num_classes);
    if (!Name::kMean) f.required("target_class_ids", o.target_class_ids);
    f("ignore_class", o.ignore_class);
    if (!Name::kOneHot) f("sparse_y_true", o.sparse_y_true);
    f("sparse_y_pred", o.sparse_y_pred);
    f("axis", o.axis);
  }
  static void adjust(Config& config, Target target) {
    if (target != Target::tf22) return;
    drop_for_2_2(config, kClassName, "ignore_class", {});
    drop_for_2_2(config, kClassName, "sparse_y_true", true);
    drop_for_2_2(config, kClassName, "sparse_y_pred", true);
    drop_for_2_2(config, kClassName, "axis", -1);
  }

  explicit IoUMetric(const metrics::IoUOptions& given)
      : OptionsMetric<IoUMetric, metrics::IoUOptions>(completed(given), state_dtype(given.dtype)) {
    const auto& o = this->options();
    targets_ = Name::kMean ? all_classes(o.num_classes) : o.target_class_ids;
    check_classes_of_iou(o.num_classes, targets_);
    // 2.2 counts in float64 whatever the dtype.
    const auto dtype = current_target() == Target::tf22 ? DType::float64 : this->dtype();
    matrix_ = this->add_weight("total_confusion_matrix", {o.num_classes, o.num_classes}, dtype);
  }

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight,
                    const Tensor& mask) override {
    const auto& o = this->options();
    const auto numbers = [&](const Tensor& x, bool sparse) { return sparse ? x : ops::argmax(x, o.axis); };
    const auto weights = metrics::unmasked(sample_weight, mask, this->dtype());
    add_to_state(matrix_, metrics::confusion_matrix(numbers(y_true, o.sparse_y_true), numbers(y_pred, *o.sparse_y_pred),
                                                    weights, o.num_classes, o.ignore_class, matrix_->dtype()));
  }
  Tensor result() const override { return mean_iou(matrix_, targets_, this->dtype()); }

 private:
  static metrics::IoUOptions completed(metrics::IoUOptions o) {
    if (Name::kOneHot) o.sparse_y_true = false;
    if (!o.sparse_y_pred) o.sparse_y_pred = !Name::kOneHot;
    return o;
  }
  std::vector<std::int64_t> targets_;
  Variable matrix_;
};

class BinaryIoUMetric final : public OptionsMetric<BinaryIoUMetric, metrics::BinaryIoUOptions> {
 public:
  static constexpr const char* kClassName = "BinaryIoU";
  static constexpr auto kFirst = Target::tf215;
  template <class O, class F>
  static void fields(O& o, F&& f) {
    f("target_class_ids", o.target_class_ids);
    f("threshold", o.threshold);
  }

  explicit BinaryIoUMetric(const metrics::BinaryIoUOptions& o) : OptionsMetric(o, state_dtype(o.dtype)) {
    check_classes_of_iou(2, o.target_class_ids);
    matrix_ = add_weight("total_confusion_matrix", {2, 2});
  }

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight,
                    const Tensor& mask) override {
    const auto weights = metrics::unmasked(sample_weight, mask, dtype());
    const auto p = ops::greater_equal(ops::cast(y_pred, DType::float32), options().threshold);
    add_to_state(matrix_, metrics::confusion_matrix(y_true, p, weights, 2, {}, dtype()));
  }
  Tensor result() const override { return mean_iou(matrix_, options().target_class_ids, dtype()); }

 private:
  Variable matrix_;
};

}  // namespace

Metric metrics::IoU(const IoUOptions& o) { return std::make_shared<IoUMetric<IoUName>>(o); }
Metric metrics::MeanIoU(const IoUOptions& o) { return std::make_shared<IoUMetric<MeanIoUName>>(o); }
Metric metrics::OneHotIoU(const IoUOptions& o) { return std::make_shared<IoUMetric<OneHotIoUName>>(o); }
Metric metrics::OneHotMeanIoU(const IoUOptions& o) { return std::make_shared<IoUMetric<OneHotMeanIoUName>>(o); }
Metric metrics::BinaryIoU(const BinaryIoUOptions& o) { return std::make_shared<BinaryIoUMetric>(o); }

}  // namespace hornbeam

HB_REGISTER(metric_iou) {
  using namespace hornbeam;
  register_options_metric<IoUMetric<IoUName>>();
  register_options_metric<IoUMetric<MeanIoUName>>();
  register_options_metric<IoUMetric<OneHotIoUName>>();
  register_options_metric<IoUMetric<OneHotMeanIoUName>>();
  register_options_metric<BinaryIoUMetric>();
}
