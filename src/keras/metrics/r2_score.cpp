// R2Score: which part of the labels' variance predictions tell, of each output or averaged.
#include "keras/losses/ranks.h"
#include "keras/metrics/counting.h"
#include "keras/metrics/table_shape.h"

namespace hornbeam {
namespace {

class R2Metric final : public OptionsMetric<R2Metric, metrics::R2Options> {
 public:
  static constexpr const char* kClassName = "R2Score";
  static constexpr const char* kName = "r2_score";
  static constexpr auto kFirst = Target::tf215;
  template <class O, class F>
  static void fields(O& o, F&& f) {
    f("class_aggregation", o.class_aggregation);
    f("num_regressors", o.num_regressors);
  }

  explicit R2Metric(const metrics::R2Options& o) : OptionsMetric(o) {
    const auto& how = o.class_aggregation;
    if (how && *how != "uniform_average" && *how != "variance_weighted_average") {
      throw ValueError(
          "Invalid value for argument `class_aggregation`. Expected one of (None, 'uniform_average', "
          "'variance_weighted_average'). Received: class_aggregation=" +
          *how);
    }
    if (o.num_regressors < 0) {
      throw ValueError("Invalid value for argument `num_regressors`. Expected a value >= 0. Received: num_regressors=" +
                       std::to_string(o.num_regressors));
    }
    num_samples_ = add_weight("num_samples", {}, current_target() == Target::keras3 ? dtype() : DType::int32);
  }

  void update_state(const Tensor& given_true, const Tensor& given_pred, const Tensor& sample_weight,
                    const Tensor& mask) override {
    const auto [y_true, y_pred] =
        losses::match_ranks(ops::cast(given_true, dtype()), ops::cast(given_pred, dtype()), current_target());
    if (!sum_) build(metrics::outputs_of_table(kClassName, y_true, y_pred));
    auto weights = metrics::unmasked(sample_weight, mask, dtype());
    weights = weights.defined() ? ops::cast(weights, dtype()) : ops::scalar(dtype(), 1.0);
    if (weights.rank() == 1) weights = ops::expand_dims(weights, 1);
    weights = weights * ops::ones_like(y_true);
    const auto weighted = y_true * weights;
    add_to_state(sum_, ops::reduce_sum(weighted, 0));
    add_to_state(squared_sum_, ops::reduce_sum(y_true * weighted, 0));
    add_to_state(residual_, ops::reduce_sum(ops::square(y_true - y_pred) * weights, 0));
    add_to_state(count_, ops::reduce_sum(weights, 0));
    add_to_state(num_samples_, ops::size(y_true));
  }

  Tensor result() const override {
    if (!sum_) return ops::scalar(dtype(), 0.0);
    const Tensor sum = sum_;
    const auto total = Tensor(squared_sum_) - sum * (sum / Tensor(count_));
    const auto raw = 1 - Tensor(residual_) / total;
    const auto scores = ops::where(ops::is_inf(raw), ops::zeros_like(raw), raw);
    return adjusted(averaged(scores, total));
  }

 private:
  void build(std::int64_t outputs) {
    squared_sum_ = add_weight("squared_sum", {outputs});
    sum_ = add_weight("sum", {outputs});
    residual_ = add_weight("residual", {outputs});
    count_ = add_weight("count", {outputs});
  }
  Tensor averaged(const Tensor& scores, const Tensor& total) const {
    const auto& how = options().class_aggregation;
    if (!how) return scores;
    if (*how == "uniform_average") return ops::reduce_mean(scores);
    return ops::reduce_sum(total * scores) / ops::reduce_sum(total);
  }
  // For the number of regressors; as it is where there are not more samples than that.
  Tensor adjusted(const Tensor& score) const {
    if (options().num_regressors == 0) return score;
    const auto n = ops::cast(Tensor(num_samples_), score.dtype());
    const auto rest = n - options().num_regressors - 1.0;
    const auto enough = ops::greater(rest, 0.0);
    return ops::where(enough, 1.0 - ops::divide_no_nan((1.0 - score) * (n - 1.0), rest), score);
  }

  Variable num_samples_, squared_sum_, sum_, residual_, count_;
};

}  // namespace

Metric metrics::R2Score(const R2Options& options) { return std::make_shared<R2Metric>(options); }

}  // namespace hornbeam

HB_REGISTER(metric_r2_score) { hornbeam::register_options_metric<hornbeam::R2Metric>(); }
