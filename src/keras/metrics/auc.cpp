// The area under a curve of rates (ROC), of precision and recall (PR), or of their gains (PRGAIN).
#include <algorithm>

#include "keras/metrics/counting.h"

namespace hornbeam {
namespace {

enum class Curve { roc, pr, pr_gain };
enum class Summation { interpolation, minoring, majoring };

Curve curve_named(const std::string& name) {
  if (name == "ROC" || name == "roc") return Curve::roc;
  if (name == "PR" || name == "pr") return Curve::pr;
  if (name == "PRGAIN" || name == "prgain") return Curve::pr_gain;
  throw ValueError("Invalid AUC curve value \"" + name + "\". Expected values are [\"PR\", \"ROC\", \"PRGAIN\"]");
}
Summation summation_named(const std::string& name) {
  if (name == "interpolation" || name == "Interpolation") return Summation::interpolation;
  if (name == "minoring" || name == "Minoring") return Summation::minoring;
  if (name == "majoring" || name == "Majoring") return Summation::majoring;
  throw ValueError("Invalid AUC summation method value \"" + name +
                   "\". Expected values are [\"interpolation\", \"majoring\", \"minoring\"]");
}

class AucMetric final : public OptionsMetric<AucMetric, metrics::AucOptions> {
 public:
  static constexpr const char* kClassName = "AUC";
  template <class O, class F>
  static void fields(O& o, F&& f) {
    f("num_thresholds", o.num_thresholds);
    f("curve", o.curve);
    f("summation_method", o.summation_method);
    f("multi_label", o.multi_label);
    f("num_labels", o.num_labels);
    f("label_weights", o.label_weights);
    f("from_logits", o.from_logits);
    f("thresholds", o.thresholds);
  }
  static void adjust(Config& config, Target target) {
    if (target == Target::tf22) {
      drop_for_2_2(config, kClassName, "num_labels", {});
      drop_for_2_2(config, kClassName, "from_logits", false);
    }
    if (target != Target::keras3 && curve_named(config.at("curve").as_string()) == Curve::pr_gain) {
      throw ValueError("Invalid AUC curve value \"PRGAIN\": only Keras 3 has it; save for target 'keras3'");
    }
    if (!config.at("thresholds").is_null()) return;
    // 2.2 writes those that follow from their number, too.
    if (target == Target::tf22) {
      config.set("thresholds", thresholds_between(config.at("num_thresholds").as_int()));
    } else {
      config.erase("thresholds");
    }
  }

  explicit AucMetric(const metrics::AucOptions& given)
      : OptionsMetric(with_names(given)),
        curve_(curve_named(given.curve)),
        summation_(summation_named(given.summation_method)) {
    const auto& o = options();
    how_.thresholds = o.thresholds ? *o.thresholds : thresholds_between(o.num_thresholds);
    std::ranges::sort(how_.thresholds);
    how_.thresholds.insert(how_.thresholds.begin(), 0.0);
    how_.thresholds.push_back(1.0);
    how_.even = o.thresholds ? metrics::evenly_distributed(how_.thresholds) : true;
    how_.thresholds.front() -= backend::epsilon();
    how_.thresholds.back() += backend::epsilon();
    how_.multi_label = o.multi_label;
    if (!o.multi_label) how_.label_weights = o.label_weights;
    if (!o.multi_label) {
      if (o.num_labels) throw ValueError("`num_labels` is needed only when `multi_label` is True.");
      build(Shape{thresholds()});
    } else if (o.num_labels) {
      build(Shape{thresholds(), *o.num_labels});
    }
  }

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight,
                    const Tensor& mask) override {
    if (!state_.true_positives) build_of(y_pred.shape());
    if (options().multi_label || options().label_weights) check_labels(y_true.shape());
    const auto weights = metrics::unmasked(sample_weight, mask, dtype());
    const auto p = options().from_logits ? ops::sigmoid(y_pred) : y_pred;
    state_.update(metrics::count_confusions(y_true, p, weights, dtype(), how_));
  }

  Tensor result() const override {
    if (!state_.true_positives) return ops::scalar(dtype(), 0.0);
    if (curve_ == Curve::pr && summation_ == Summation::interpolation) return sum(interpolated_precision());
    const auto [x, y] = curve();
    const auto left = before(y), right = after(y);
    const auto heights = summation_ == Summation::interpolation ? (left + right) / 2.0
                         : summation_ == Summation::minoring    ? ops::minimum(left, right)
                                                                : ops::maximum(left, right);
    return sum((before(x) - after(x)) * heights);
  }

 private:
  std::int64_t thresholds() const { return static_cast<std::int64_t>(how_.thresholds.size()); }

  // As configs say them.
  static metrics::AucOptions with_names(metrics::AucOptions o) {
    constexpr const char *kCurves[] = {"ROC", "PR", "PRGAIN"}, *kSums[] = {"interpolation", "minoring", "majoring"};
    o.curve = kCurves[static_cast<std::size_t>(curve_named(o.curve))];
    o.summation_method = kSums[static_cast<std::size_t>(summation_named(o.summation_method))];
    if (o.thresholds) {
      std::ranges::sort(*o.thresholds);
      o.num_thresholds = static_cast<std::int64_t>(o.thresholds->size()) + 2;
    } else if (o.num_thresholds <= 1) {
      throw ValueError("`num_thresholds` must be > 1. Received: " + std::to_string(o.num_thresholds));
    }
    if (o.label_weights && std::ranges::any_of(*o.label_weights, [](double w) { return w < 0; })) {
      throw InvalidArgumentError("All values of `label_weights` must be non-negative.");
    }
    return o;
  }

  void build(const Shape& shape) {
    state_ = ConfusionState::make([this](const char* name, const Shape& s) { return add_weight(name, s); }, shape);
  }
  void build_of(const Shape& predictions) {
    if (!predictions.has_rank() || predictions.rank() != 2) {
      throw ValueError("`y_true` must have rank=2 when `multi_label` is True. Found rank " +
                       (predictions.has_rank() ? std::to_string(predictions.rank()) : std::string("None")) + ".");
    }
    if (predictions[1] == None) throw ValueError("AUC with `multi_label` needs a known number of labels");
    build(Shape{thresholds(), predictions[1]});
  }
  void check_labels(const Shape& labels) const {
    const auto n = labels.has_rank() && labels.rank() == 2 ? labels[1] : None;
    const auto& weights = options().label_weights;
    const bool of_state = !options().multi_label || n == None || n == state_.true_positives->shape()[1];
    const bool of_weights = !weights || n == None || n == static_cast<std::int64_t>(weights->size());
    if (labels.has_rank() && (labels.rank() != 2 || !of_state || !of_weights)) {
      throw ValueError("Number of labels is not consistent. Labels have shape " + labels.to_string());
    }
  }

  static Tensor before(const Tensor& x) { return ops::getitem(x, {Slice{.stop = -1}}); }
  static Tensor after(const Tensor& x) { return ops::getitem(x, {Slice{.start = 1}}); }

  struct Points {
    Tensor x, y;
  };
  Points curve() const {
    const auto recall = rate(state_.true_positives, state_.false_negatives);
    if (curve_ == Curve::roc) return {rate(state_.false_positives, state_.true_negatives), recall};
    if (curve_ == Curve::pr) return {recall, rate(state_.true_positives, state_.false_positives)};
    const Tensor tp = state_.true_positives, fp = state_.false_positives;
    const Tensor tn = state_.true_negatives, fn = state_.false_negatives;
    const auto scale = ops::divide_no_nan(tp + fn, tn + fp), none = ops::equal(tp, 0.0);
    const auto gain = [&](const Tensor& wrong) { return 1.0 - scale * ops::divide_no_nan(wrong, tp); };
    const auto by_recall = ops::where(none, ops::zeros_like(tp), gain(fn));
    return {ops::maximum(by_recall, 0.0), ops::where(none, ops::ones_like(tp), gain(fp))};
  }

  // Between two thresholds precision is no line: the positives of either are taken to grow in one ratio.
  Tensor interpolated_precision() const {
    const Tensor tp = state_.true_positives, fn = state_.false_negatives;
    const auto p = tp + Tensor(state_.false_positives);
    const auto more_right = before(tp) - after(tp);
    const auto slope = ops::divide_no_nan(more_right, ops::maximum(before(p) - after(p), 0.0));
    const auto start = after(tp) - slope * after(p);
    const auto both = ops::logical_and(ops::greater(before(p), 0.0), ops::greater(after(p), 0.0));
    const auto ratio =
        ops::where(both, ops::divide_no_nan(before(p), ops::maximum(after(p), 0.0)), ops::ones_like(after(p)));
    return ops::divide_no_nan(slope * (more_right + start * ops::log(ratio)), ops::maximum(after(tp) + after(fn), 0.0));
  }

  Tensor sum(const Tensor& pieces) const {
    if (!options().multi_label) return ops::reduce_sum(pieces);
    const auto by_label = ops::reduce_sum(pieces, 0);
    const auto& weights = options().label_weights;
    if (!weights) return ops::reduce_mean(by_label);
    const auto w =
        ops::cast(Tensor::from<double>({static_cast<std::int64_t>(weights->size())}, *weights), by_label.dtype());
    return ops::divide_no_nan(ops::reduce_sum(by_label * w), ops::reduce_sum(w));
  }

  Curve curve_;
  Summation summation_;
  metrics::CountingOptions how_;
  ConfusionState state_;
};

}  // namespace

Metric metrics::AUC(const AucOptions& options) { return std::make_shared<AucMetric>(options); }

}  // namespace hornbeam

HB_REGISTER(metric_auc) { hornbeam::register_options_metric<hornbeam::AucMetric>(); }
