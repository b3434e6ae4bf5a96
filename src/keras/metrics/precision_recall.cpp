// Precision: how many of the positives are right; Recall: how many of those that are there were found.
#include "keras/metrics/counting.h"

namespace hornbeam {
namespace {

template <bool kPrecision>
class RightOnes final : public OptionsMetric<RightOnes<kPrecision>, metrics::PrecisionOptions> {
 public:
  static constexpr const char* kClassName = kPrecision ? "Precision" : "Recall";
  template <class O, class F>
  static void fields(O& o, F&& f) {
    f("thresholds", o.thresholds);
    f("top_k", o.top_k);
    f("class_id", o.class_id);
  }

  explicit RightOnes(const metrics::PrecisionOptions& o) : OptionsMetric<RightOnes, metrics::PrecisionOptions>(o) {
    how_.thresholds = metrics::thresholds_of(o.thresholds, o.top_k ? metrics::kNoThreshold : 0.5);
    how_.even = metrics::evenly_distributed(how_.thresholds);
    how_.top_k = o.top_k;
    how_.class_id = o.class_id;
    const Shape shape{static_cast<std::int64_t>(how_.thresholds.size())};
    right_ = this->add_weight("true_positives", shape);
    other_ = this->add_weight(kPrecision ? "false_positives" : "false_negatives", shape);
  }

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight,
                    const Tensor& mask) override {
    const auto weights = metrics::unmasked(sample_weight, mask, this->dtype());
    const auto counts = metrics::count_confusions(y_true, y_pred, weights, this->dtype(), how_);
    add_to_state(right_, counts.true_positives);
    add_to_state(other_, kPrecision ? counts.false_positives : counts.false_negatives);
  }
  Tensor result() const override {
    const auto rates = rate(right_, other_);
    return how_.thresholds.size() == 1 ? ops::getitem(rates, {0}) : rates;
  }

 private:
  metrics::CountingOptions how_;
  Variable right_, other_;
};

}  // namespace

Metric metrics::Precision(const PrecisionOptions& o) { return std::make_shared<RightOnes<true>>(o); }
Metric metrics::Recall(const PrecisionOptions& o) { return std::make_shared<RightOnes<false>>(o); }

}  // namespace hornbeam

HB_REGISTER(metric_precision_recall) {
  hornbeam::register_options_metric<hornbeam::RightOnes<true>>();
  hornbeam::register_options_metric<hornbeam::RightOnes<false>>();
}
