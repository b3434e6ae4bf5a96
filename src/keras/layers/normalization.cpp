#include "hornbeam/layers/normalization.hpp"

#include <algorithm>

#include "hornbeam/model.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/target.hpp"
#include "keras/layers/register.h"

namespace hornbeam {
namespace {

Config optional_list(const std::optional<std::vector<double>>& v) {
  if (!v) return {};
  return v->size() == 1 ? Config((*v)[0]) : Config(*v);
}

void flatten_numbers(const Config& c, std::vector<double>& out) {
  if (c.is_list()) {
    for (const auto& item : c.as_list()) flatten_numbers(item, out);
  } else {
    out.push_back(c.as_double());
  }
}

}  // namespace

NormalizationLayer::NormalizationLayer(const NormalizationOptions& options) : Layer(options.layer()) {
  axis_ = options.axis ? Config(*options.axis) : Config();
  mean_ = optional_list(options.mean);
  variance_ = optional_list(options.variance);
  invert_ = options.invert;
  check();
}

void NormalizationLayer::check() {
  if (mean_.is_null() != variance_.is_null()) {
    const auto text = [](const Config& value) { return value.is_null() ? "None" : value.dump(); };
    throw ValueError("When setting values directly, both `mean` and `variance` must be set. Got mean: " + text(mean_) +
                     " and variance: " + text(variance_));
  }
  supports_masking_ = current_target() == Target::keras3;
}

void NormalizationLayer::build(const Shape& input_shape) {
  const auto rank = static_cast<std::int64_t>(input_shape.rank());
  kept_.clear();
  for (auto a : axis_.is_null() ? std::vector<std::int64_t>{} : axis_.as_ints()) {
    if (a < -rank || a >= rank) {
      throw ValueError("All `axis` values must be in the range [-ndim, ndim). Found ndim: `" + std::to_string(rank) +
                       "`, axis: " + axis_.dump());
    }
    kept_.push_back(a < 0 ? a + rank : a);
  }
  std::sort(kept_.begin(), kept_.end());
  broadcast_.assign(static_cast<std::size_t>(rank), 1);
  Shape shape;
  for (const auto a : kept_) {
    const auto d = input_shape.dim(a);
    if (d < 0) {
      throw ValueError("All `axis` values to be kept must have known shape. Got axis: " + axis_.dump() +
                       ", input shape: " + input_shape.to_string() +
                       ", with unknown axis at index: " + std::to_string(a));
    }
    shape.push_back(d);
    broadcast_[static_cast<std::size_t>(a)] = d;
  }
  for (const auto* given : {&mean_, &variance_}) {
    std::vector<double> values;
    if (!given->is_null()) flatten_numbers(*given, values);
    const auto n = static_cast<std::int64_t>(values.size());
    if (given->is_null() || n == 1 || n == shape.num_elements()) continue;
    throw ValueError("operands could not be broadcast together with shapes " + Shape({n}).to_string() + " " +
                     shape.to_string() + " ");
  }
  if (!mean_.is_null()) return;
  mean = add_weight("mean", shape, {.initializer = "zeros", .trainable = false, .dtype = compute_dtype()});
  variance = add_weight("variance", shape, {.initializer = "ones", .trainable = false, .dtype = compute_dtype()});
  count = add_weight("count", {}, {.initializer = "zeros", .trainable = false, .dtype = DType::int64});
}

Values NormalizationLayer::call(const Values& inputs, CallContext&) {
  const auto x = ops::cast(inputs.tensor(), compute_dtype());
  const auto statistic = [&](const Config& given, const Variable& learned) {
    if (given.is_null()) return ops::reshape(Tensor(learned), Shape(broadcast_));
    std::vector<double> values;
    flatten_numbers(given, values);
    const auto t = ops::cast(Tensor::from<double>({static_cast<std::int64_t>(values.size())}, values), compute_dtype());
    return ops::broadcast_to(values.size() == 1 ? t : ops::reshape(t, Shape(broadcast_)), Shape(broadcast_));
  };
  const auto m = statistic(mean_, mean), v = statistic(variance_, variance);
  // 2.2 divides by whatever there is.
  const auto spread = current_target() == Target::tf22 ? ops::sqrt(v) : ops::maximum(ops::sqrt(v), backend::epsilon());
  return invert_ ? Values(m + x * spread) : Values((x - m) / spread);
}

void NormalizationLayer::adapt(const Tensor& data) {
  if (!mean_.is_null()) {
    throw ValueError(
        "Cannot `adapt` a Normalization layer that is initialized with static `mean` and `variance`, you "
        "passed mean " +
        mean_.dump() + " and variance " + variance_.dump() + ".");
  }
  auto shape = data.shape();
  if (shape.rank() > 0) shape[0] = None;
  ensure_built({shape});
  std::vector<std::int64_t> reduce;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(data.rank()); ++i) {
    if (std::find(kept_.begin(), kept_.end(), i) == kept_.end()) reduce.push_back(i);
  }
  const auto m = ops::moments(ops::cast(data, compute_dtype()), reduce);
  mean->assign(m.mean);
  variance->assign(m.variance);
  count->assign(Tensor::scalar<std::int64_t>(data.num_elements() / std::max<std::int64_t>(1, m.mean.num_elements())));
}

}  // namespace hornbeam

HB_REGISTER(layer_normalization) { hornbeam::register_builtin<hornbeam::NormalizationLayer>(); }
