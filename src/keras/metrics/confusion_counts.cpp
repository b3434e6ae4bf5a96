// TruePositives, TrueNegatives, FalsePositives, FalseNegatives.
#include "keras/metrics/counting.h"

namespace hornbeam {
namespace {

struct TruePositivesName {
  static constexpr const char* kClassName = "TruePositives";
  static constexpr auto kCount = &metrics::Counts::true_positives;
};
struct TrueNegativesName {
  static constexpr const char* kClassName = "TrueNegatives";
  static constexpr auto kCount = &metrics::Counts::true_negatives;
};
struct FalsePositivesName {
  static constexpr const char* kClassName = "FalsePositives";
  static constexpr auto kCount = &metrics::Counts::false_positives;
};
struct FalseNegativesName {
  static constexpr const char* kClassName = "FalseNegatives";
  static constexpr auto kCount = &metrics::Counts::false_negatives;
};

template <class Name>
class CountMetric final : public OptionsMetric<CountMetric<Name>, metrics::CountOptions> {
 public:
  static constexpr const char* kClassName = Name::kClassName;
  template <class O, class F>
  static void fields(O& o, F&& f) {
    f("thresholds", o.thresholds);
  }

  explicit CountMetric(const metrics::CountOptions& o)
      : OptionsMetric<CountMetric<Name>, metrics::CountOptions>(o),
        thresholds_(metrics::thresholds_of(o.thresholds, 0.5)) {
    accumulator_ = this->add_weight("accumulator", {static_cast<std::int64_t>(thresholds_.size())});
  }

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight,
                    const Tensor& mask) override {
    const auto weights = metrics::unmasked(sample_weight, mask, this->dtype());
    const metrics::CountingOptions how{.thresholds = thresholds_, .even = metrics::evenly_distributed(thresholds_)};
    add_to_state(accumulator_, metrics::count_confusions(y_true, y_pred, weights, this->dtype(), how).*Name::kCount);
  }
  Tensor result() const override {
    const Tensor counts = accumulator_;
    return thresholds_.size() == 1 ? ops::getitem(counts, {0}) : counts;
  }

 private:
  std::vector<double> thresholds_;
  Variable accumulator_;
};

}  // namespace

Metric metrics::TruePositives(const CountOptions& o) { return std::make_shared<CountMetric<TruePositivesName>>(o); }
Metric metrics::TrueNegatives(const CountOptions& o) { return std::make_shared<CountMetric<TrueNegativesName>>(o); }
Metric metrics::FalsePositives(const CountOptions& o) { return std::make_shared<CountMetric<FalsePositivesName>>(o); }
Metric metrics::FalseNegatives(const CountOptions& o) { return std::make_shared<CountMetric<FalseNegativesName>>(o); }

}  // namespace hornbeam

HB_REGISTER(metric_confusion_counts) {
  using namespace hornbeam;
  register_options_metric<CountMetric<TruePositivesName>>();
  register_options_metric<CountMetric<TrueNegativesName>>();
  register_options_metric<CountMetric<FalsePositivesName>>();
  register_options_metric<CountMetric<FalseNegativesName>>();
}
