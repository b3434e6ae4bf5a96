#include "hornbeam/layers/discretization.hpp"

#include <algorithm>

#include "keras/engine/keras_tensor.h"
#include "keras/layers/preprocessing/encode.h"
#include "keras/layers/preprocessing/quantiles.h"
#include "keras/layers/register.h"

namespace hornbeam {
namespace {

QuantileSummary summary_in(const Tensor& weight) {
  const auto data = weight.data<float>();
  const auto half = data.size() / 2;
  return {{data.begin(), data.begin() + static_cast<std::ptrdiff_t>(half)},
          {data.begin() + static_cast<std::ptrdiff_t>(half), data.end()}};
}

std::string numbers_text(const std::optional<std::vector<double>>& numbers) {
  return numbers ? field_to_config(*numbers).dump() : "None";
}

}  // namespace

DiscretizationLayer::DiscretizationLayer(const DiscretizationOptions& options)
    : Layer(with_category_dtype(options.layer(), options.output_mode, true)),
      given_(options.bin_boundaries),
      num_bins_(options.num_bins),
      epsilon_(options.epsilon),
      output_mode_(options.output_mode),
      sparse_(options.sparse) {
  check();
}

void DiscretizationLayer::check() {
  check_category_dtype(*this, output_mode_);
  check_allowed("Discretization", "output_mode", output_mode_, {"int", "one_hot", "multi_hot", "count"});
  check_sparse(sparse_, output_mode_, "`'one_hot'`, `'multi_hot'`, or `'count'`");
  if (num_bins_ && *num_bins_ < 0) {
    throw ValueError(
        "`num_bins` must be greater than or equal to 0. You passed `num_bins=" + std::to_string(*num_bins_) + "`");
  }
  if (num_bins_ && given_ && !adapted_) {
    throw ValueError("Both `num_bins` and `bin_boundaries` should not be set. You passed `num_bins=" +
                     std::to_string(*num_bins_) + "` and `bin_boundaries=" + numbers_text(given_) + "`");
  }
  if (given_ && !std::is_sorted(given_->begin(), given_->end())) {
    throw ValueError("Expected sorted boundaries. Received: bin_boundaries=" + numbers_text(given_));
  }
  if (!(epsilon_ > 0)) throw ValueError("`epsilon` must be positive. Received: epsilon=" + std::to_string(epsilon_));
  ragged_inputs_ = RaggedInputs::taken;
  autocast_ = false;
}

void DiscretizationLayer::build(const Shape&) {
  if (given_) return;
  add_weight("summary", {2, 0}, {.initializer = "zeros", .trainable = false, .dtype = DType::float32});
}

Variable DiscretizationLayer::sized_summary(const Shape& shape) {
  if (given_ || shape.rank() != 2 || shape[0] != 2) return nullptr;
  ensure_built({Shape{None, None}});
  return LayerAccess::resized_weight(*this, "summary", shape);
}

std::vector<double> DiscretizationLayer::bin_boundaries() const {
  if (given_) return *given_;
  const auto summary = std::dynamic_pointer_cast<VariableNode>(find_edge("summary"));
  if (!summary || !num_bins_) return {};
  return quantile_boundaries(summary_in(summary->value()), *num_bins_);
}

Values DiscretizationLayer::call(const Values& inputs, CallContext&) {
  const auto learned = bin_boundaries();
  const std::vector<float> boundaries(learned.begin(), learned.end());
  const auto bins = on_flat(inputs.tensor(), [&](const Tensor& given) {
    auto x = given;
    const auto dtype = x.dtype();
    if (dtype == DType::float16 || dtype == DType::bfloat16) x = ops::cast(x, DType::float32);
    if (dtype == DType::uint32 || dtype == DType::uint64) x = ops::cast(x, DType::int64);
    if (size_of(dtype) < 4 && x.dtype() == dtype) x = ops::cast(x, DType::int32);
    return call_op1("Bucketize", {x}, {{"boundaries", boundaries}});
  });
  return encoded_categories(bins, {output_mode_, static_cast<std::int64_t>(boundaries.size()) + 1, compute_dtype()});
}

void DiscretizationLayer::adapt(const Tensor& data) {
  if (given_) {
    throw ValueError(
        "Cannot adapt a Discretization layer that has been initialized with `bin_boundaries`, use `num_bins` instead. "
        "You passed `bin_boundaries=ListWrapper(" +
        numbers_text(given_) + ")`.");
  }
  auto shape = data.shape();
  if (shape.rank() > 0) shape[0] = None;
  ensure_built({shape});
  const auto numbers = ops::cast(data, DType::float32);
  const auto all = numbers.data<float>();
  // By batches of 32 rows, as Keras sees them.
  const auto rows = static_cast<std::size_t>(data.rank() == 0 ? 1 : data.shape()[0]);
  const auto batch = rows == 0 ? all.size() : 32 * (all.size() / rows);
  QuantileSummary merged;
  for (std::size_t from = 0; from < all.size(); from += batch) {
    const auto part = all.subspan(from, std::min(batch, all.size() - from));
    merged = merged_quantiles(summarized_quantiles({part.begin(), part.end()}, epsilon_), merged, epsilon_);
  }
  auto joined = merged.values;
  joined.insert(joined.end(), merged.weights.begin(), merged.weights.end());
  const Shape size{2, static_cast<std::int64_t>(merged.values.size())};
  sized_summary(size)->assign(Tensor::from<float>(size, joined));
}

}  // namespace hornbeam

HB_REGISTER(layer_discretization) {
  using namespace hornbeam;
  register_layer(DiscretizationLayer::kClassName, [](const Config& config) {
    return layer_from_config<DiscretizationLayer>(with_category_dtype(config, "int", true));
  });
}
