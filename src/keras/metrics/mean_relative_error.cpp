// MeanRelativeError: the mean of absolute errors divided by a normalizer. 2.x alone has it.
#include "keras/losses/ranks.h"
#include "keras/metrics/counting.h"

namespace hornbeam {
namespace {

// The numbers of nested lists, and their shape.
void add_numbers(const Config& given, std::size_t depth, std::vector<std::int64_t>& dims,
                 std::vector<double>& numbers) {
  if (depth > 8) throw ValueError("MeanRelativeError: the normalizer has too many dims");
  if (!given.is_list()) {
    if (depth != dims.size()) throw ValueError("MeanRelativeError: the normalizer's lists have different depths");
    numbers.push_back(given.as_double());
    return;
  }
  const auto size = static_cast<std::int64_t>(given.size());
  if (depth == dims.size() && numbers.empty()) dims.push_back(size);
  if (depth >= dims.size() || dims[depth] != size) {
    throw ValueError("MeanRelativeError: the normalizer's lists have different lengths");
  }
  for (const auto& item : given.as_list()) add_numbers(item, depth + 1, dims, numbers);
}

class MeanRelativeErrorMetric final : public ReduceMetric {
 public:
  explicit MeanRelativeErrorMetric(const metrics::MeanRelativeErrorOptions& o)
      : ReduceMetric(o.name ? *o.name : backend::unique_layer_name("MeanRelativeError"), o.dtype, /*mean=*/true),
        given_(o.normalizer) {
    if (given_.is_null()) throw TypeError("__init__() missing 1 required positional argument: 'normalizer'");
    std::vector<std::int64_t> dims;
    std::vector<double> numbers;
    add_numbers(given_, 0, dims, numbers);
    normalizer_ = ops::cast(Tensor::from<double>(Shape(dims), numbers), dtype());
  }
  std::string class_name() const override { return "MeanRelativeError"; }

  void update_state(const Tensor& given_true, const Tensor& given_pred, const Tensor& sample_weight,
                    const Tensor& mask) override {
    const auto [y_true, y_pred] =
        losses::match_ranks(ops::cast(given_true, dtype()), ops::cast(given_pred, dtype()), current_target());
    if (!y_pred.shape().is_compatible_with(y_true.shape())) {
      throw ValueError("Shapes " + y_pred.shape().to_string() + " and " + y_true.shape().to_string() +
                       " are incompatible");
    }
    add(ops::divide_no_nan(ops::abs(y_true - y_pred), normalizer_), metrics::unmasked(sample_weight, mask, dtype()));
  }

  static MetricPointer from_config(const Config& given) {
    const auto config = with_plain_arrays(given);
    metrics::MeanRelativeErrorOptions o;
    std::set<std::string, std::less<>> known;
    FieldReader{config, "MeanRelativeError", known}.required("normalizer", o.normalizer);
    read_metric_keys(config, "MeanRelativeError", known, o.name, o.dtype);
    return std::make_shared<MeanRelativeErrorMetric>(o);
  }

 protected:
  Config arguments(Target target) const override {
    if (target == Target::keras3) throw_not_in(target, "metric MeanRelativeError");
    return Config::Dict{{"normalizer", given_}};
  }

 private:
  Config given_;
  Tensor normalizer_;
};

}  // namespace

Metric metrics::MeanRelativeError(const MeanRelativeErrorOptions& options) {
  return std::make_shared<MeanRelativeErrorMetric>(options);
}

}  // namespace hornbeam

HB_REGISTER(metric_mean_relative_error) {
  hornbeam::register_metric_class("MeanRelativeError", hornbeam::MeanRelativeErrorMetric::from_config);
}
