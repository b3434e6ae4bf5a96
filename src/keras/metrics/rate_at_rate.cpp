// SensitivityAtSpecificity and its like: the best rate where another is at least a number (2.2: where it is nearest to
// it, but for RecallAtPrecision).
#include "keras/metrics/counting.h"

namespace hornbeam {
namespace {

Tensor sensitivity_of(const ConfusionState& s) { return rate(s.true_positives, s.false_negatives); }
Tensor specificity_of(const ConfusionState& s) { return rate(s.true_negatives, s.false_positives); }
Tensor precision_of(const ConfusionState& s) { return rate(s.true_positives, s.false_positives); }
using RateOf = Tensor (*)(const ConfusionState&);

struct SensitivityName {
  static constexpr const char *kClassName = "SensitivityAtSpecificity", *kArgument = "specificity";
  static constexpr RateOf kWanted = sensitivity_of, kGiven = specificity_of;
};
struct SpecificityName {
  static constexpr const char *kClassName = "SpecificityAtSensitivity", *kArgument = "sensitivity";
  static constexpr RateOf kWanted = specificity_of, kGiven = sensitivity_of;
};
struct PrecisionName {
  static constexpr const char *kClassName = "PrecisionAtRecall", *kArgument = "recall";
  static constexpr RateOf kWanted = precision_of, kGiven = sensitivity_of;
};
struct RecallName {
  static constexpr const char *kClassName = "RecallAtPrecision", *kArgument = "precision";
  static constexpr RateOf kWanted = sensitivity_of, kGiven = precision_of;
};

template <class Name>
class RateAtRate final : public OptionsMetric<RateAtRate<Name>, metrics::AtOptions> {
 public:
  static constexpr const char* kClassName = Name::kClassName;
  template <class O, class F>
  static void fields(O& o, F&& f) {
    f("class_id", o.class_id);
    f("num_thresholds", o.num_thresholds);
    f.required(Name::kArgument, o.at);
  }
  static void adjust(Config& config, Target target) {
    if (target == Target::tf22) drop_for_2_2(config, kClassName, "class_id", {});
  }

  explicit RateAtRate(const metrics::AtOptions& o) : OptionsMetric<RateAtRate, metrics::AtOptions>(o) {
    if (!(o.at >= 0 && o.at <= 1)) {
      throw ValueError("`" + std::string(Name::kArgument) +
                       "` must be in the range [0, 1]. Received: " + Config(o.at).dump());
    }
    if (o.num_thresholds <= 0) {
      throw ValueError("`num_thresholds` must be > 0. Received: " + std::to_string(o.num_thresholds));
    }
    how_.class_id = o.class_id;
    how_.even = o.num_thresholds > 1;
    how_.thresholds = thresholds_between(o.num_thresholds);
    if (o.num_thresholds == 1) {
      how_.thresholds = {0.5};
    } else {
      how_.thresholds.insert(how_.thresholds.begin(), 0.0);
      how_.thresholds.push_back(1.0);
    }
    const Shape shape{static_cast<std::int64_t>(how_.thresholds.size())};
    state_ = ConfusionState::make([&](const char* name, const Shape& s) { return this->add_weight(name, s); }, shape);
  }

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight,
                    const Tensor& mask) override {
    const auto weights = metrics::unmasked(sample_weight, mask, this->dtype());
    state_.update(metrics::count_confusions(y_true, y_pred, weights, this->dtype(), how_));
  }
  Tensor result() const override {
    const auto given = Name::kGiven(state_), wanted = Name::kWanted(state_);
    const auto at = this->options().at;
    if (current_target() == Target::tf22 && std::string_view(Name::kArgument) != "precision") {
      return ops::gather(wanted, ops::argmin(ops::abs(given - at), 0));
    }
    return ops::reduce_max(ops::where(ops::greater_equal(given, at), wanted, ops::zeros_like(wanted)));
  }

 private:
  metrics::CountingOptions how_;
  ConfusionState state_;
};

}  // namespace

Metric metrics::SensitivityAtSpecificity(const AtOptions& o) {
  return std::make_shared<RateAtRate<SensitivityName>>(o);
}
Metric metrics::SpecificityAtSensitivity(const AtOptions& o) {
  return std::make_shared<RateAtRate<SpecificityName>>(o);
}
Metric metrics::PrecisionAtRecall(const AtOptions& o) { return std::make_shared<RateAtRate<PrecisionName>>(o); }
Metric metrics::RecallAtPrecision(const AtOptions& o) { return std::make_shared<RateAtRate<RecallName>>(o); }

}  // namespace hornbeam

HB_REGISTER(metric_rate_at_rate) {
  using namespace hornbeam;
  register_options_metric<RateAtRate<SensitivityName>>();
  register_options_metric<RateAtRate<SpecificityName>>();
  register_options_metric<RateAtRate<PrecisionName>>();
  register_options_metric<RateAtRate<RecallName>>();
}
