// FBetaScore and F1Score: the harmonic mean of precision and recall, of each class or averaged.
#include "keras/metrics/counting.h"
#include "keras/metrics/table_shape.h"

namespace hornbeam {
namespace {

// 2.15 gives 0 where there is nothing to divide by, Keras 3 adds a little to what it divides by.
Tensor divided(const Tensor& x, const Tensor& y) {
  return current_target() == Target::keras3 ? x / (y + backend::epsilon()) : ops::divide_no_nan(x, y);
}

template <bool kAnyBeta>
class FScore final : public OptionsMetric<FScore<kAnyBeta>, metrics::FBetaOptions> {
 public:
  static constexpr const char* kClassName = kAnyBeta ? "FBetaScore" : "F1Score";
  static constexpr const char* kName = kAnyBeta ? "fbeta_score" : "f1_score";
  static constexpr auto kFirst = Target::tf215;
  template <class O, class F>
  static void fields(O& o, F&& f) {
    f("average", o.average);
    if (kAnyBeta) f("beta", o.beta);
    f("threshold", o.threshold);
  }

  explicit FScore(const metrics::FBetaOptions& o) : OptionsMetric<FScore, metrics::FBetaOptions>(o) {
    if (o.average && *o.average != "micro" && *o.average != "macro" && *o.average != "weighted") {
      throw ValueError(
          "Invalid `average` argument value. Expected one of: {None, 'micro', 'macro', 'weighted'}. Received: "
          "average=" +
          *o.average);
    }
    if (!(o.beta > 0)) {
      throw ValueError("Invalid `beta` argument value. It should be > 0. Received: beta=" + Config(o.beta).dump());
    }
    if (o.threshold && !(*o.threshold > 0 && *o.threshold <= 1)) {
      throw ValueError("Invalid `threshold` argument value. It should verify 0 < threshold <= 1. Received: threshold=" +
                       Config(*o.threshold).dump());
    }
  }

  void update_state(const Tensor& given_true, const Tensor& given_pred, const Tensor& sample_weight,
                    const Tensor& mask) override {
    const auto y_true = ops::cast(given_true, this->dtype()), y_pred = ops::cast(given_pred, this->dtype());
    if (!true_positives_) build(metrics::outputs_of_table("FBetaScore", y_true, y_pred));
    const auto positive = ops::cast(is_positive(y_pred), this->dtype());
    auto weights = metrics::unmasked(sample_weight, mask, this->dtype());
    if (weights.defined()) weights = ops::expand_dims(ops::cast(weights, this->dtype()), 1);
    const auto add = [&](const Variable& variable, const Tensor& x) {
      const auto values = weights.defined() ? x * weights : x;
      add_to_state(variable, micro() ? ops::reduce_sum(values) : ops::reduce_sum(values, 0));
    };
    add(true_positives_, positive * y_true);
    add(false_positives_, positive * (1 - y_true));
    add(false_negatives_, (1 - positive) * y_true);
    add(labels_, y_true);
  }

  Tensor result() const override {
    if (!true_positives_) return ops::scalar(this->dtype(), 0.0);
    const Tensor tp = true_positives_, labels = labels_;
    const auto precision = divided(tp, tp + Tensor(false_positives_));
    const auto recall = divided(tp, tp + Tensor(false_negatives_));
    const auto square = this->options().beta * this->options().beta;
    const auto scores = divided(precision * recall, square * precision + recall) * (1 + square);
    const auto& average = this->options().average;
    if (!average) return scores;
    if (*average == "weighted") return ops::reduce_sum(scores * divided(labels, ops::reduce_sum(labels)));
    return ops::reduce_mean(scores);
  }

 private:
  bool micro() const { return this->options().average == "micro"; }
  void build(std::int64_t outputs) {
    const auto shape = micro() ? Shape{} : Shape{outputs};
    true_positives_ = this->add_weight("true_positives", shape);
    false_positives_ = this->add_weight("false_positives", shape);
    false_negatives_ = this->add_weight("false_negatives", shape);
    labels_ = this->add_weight("intermediate_weights", shape);
  }
  Tensor is_positive(const Tensor& y_pred) const {
    if (this->options().threshold) return ops::greater(y_pred, *this->options().threshold);
    const auto highest = ops::greater_equal(y_pred, ops::reduce_max(y_pred, -1, /*keepdims=*/true));
    return ops::logical_and(highest, ops::greater(ops::abs(y_pred), 1e-9));
  }

  Variable true_positives_, false_positives_, false_negatives_, labels_;
};

}  // namespace

Metric metrics::FBetaScore(const FBetaOptions& options) { return std::make_shared<FScore<true>>(options); }
Metric metrics::F1Score(const FBetaOptions& options) {
  auto o = options;
  o.beta = 1.0;
  return std::make_shared<FScore<false>>(o);
}

}  // namespace hornbeam

HB_REGISTER(metric_f_score) {
  hornbeam::register_options_metric<hornbeam::FScore<true>>();
  hornbeam::register_options_metric<hornbeam::FScore<false>>();
}
