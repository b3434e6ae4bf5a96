// MeanTensor: the mean of tensors of one shape, element by element. 2.x alone has it.
#include "keras/losses/ranks.h"
#include "keras/metrics/counting.h"

namespace hornbeam {
namespace {

class MeanTensorMetric final : public OptionsMetric<MeanTensorMetric, metrics::MeanTensorOptions> {
 public:
  static constexpr const char* kClassName = "MeanTensor";
  static constexpr const char* kName = "mean_tensor";
  static constexpr auto kLast = Target::tf215;
  // The shape is in no config: the first values decide it.
  template <class O, class F>
  static void fields(O&, F&&) {}

  explicit MeanTensorMetric(const metrics::MeanTensorOptions& o) : OptionsMetric(o) {
    if (o.shape) build(*o.shape);
  }

  void update_state(const Tensor& given, const Tensor& weights, const Tensor& sample_weight,
                    const Tensor& mask) override {
    auto values = ops::cast(given, dtype());
    if (!total_) build(values.shape());
    if (!values.shape().is_compatible_with(total_->shape())) {
      throw ValueError(
          "MeanTensor input values must always have the same shape. Expected shape (set during the first call): " +
          total_->shape().to_string() + ". Got: " + values.shape().to_string());
    }
    auto number = ops::ones_like(values);
    auto w = metrics::unmasked(weights.defined() ? weights : sample_weight, mask, dtype());
    if (w.defined()) {
      w = losses::weights_for(values, ops::cast(w, dtype()));
      number = number * w;
      values = values * w;
    }
    add_to_state(total_, values);
    add_to_state(count_, number);
  }
  Tensor result() const override {
    if (!total_) {
      throw ValueError(
          "MeanTensor does not have any result yet. Please call the MeanTensor instance or use `.update_state(value)` "
          "before retrieving the result.");
    }
    return ops::divide_no_nan(Tensor(total_), Tensor(count_));
  }

 private:
  void build(const Shape& shape) {
    if (!shape.is_fully_known()) throw ValueError("MeanTensor needs values of a known shape, not " + shape.to_string());
    total_ = add_weight("total", shape);
    count_ = add_weight("count", shape);
  }
  Variable total_, count_;
};

}  // namespace

Metric metrics::MeanTensor(const MeanTensorOptions& options) { return std::make_shared<MeanTensorMetric>(options); }

}  // namespace hornbeam

HB_REGISTER(metric_mean_tensor) { hornbeam::register_options_metric<hornbeam::MeanTensorMetric>(); }
