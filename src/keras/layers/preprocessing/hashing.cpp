#include "hornbeam/layers/hashing.hpp"

#include "keras/layers/preprocessing/encode.h"
#include "keras/layers/register.h"

namespace hornbeam {

HashingLayer::HashingLayer(std::int64_t num_bins, const HashingOptions& options)
    : Layer(with_category_dtype(options.layer(), options.output_mode, true)),
      num_bins_(num_bins),
      salt_(options.salt),
      mask_value_(options.mask_value),
      output_mode_(options.output_mode),
      sparse_(options.sparse) {
  check();
}

void HashingLayer::check() {
  if (!num_bins_ || *num_bins_ <= 0) {
    throw ValueError("The `num_bins` for `Hashing` cannot be `None` or non-positive values. Received: num_bins=" +
                     (num_bins_ ? std::to_string(*num_bins_) : "None") + ".");
  }
  check_category_dtype(*this, output_mode_);
  check_allowed("Hashing", "output_mode", output_mode_, {"int", "one_hot", "multi_hot", "count"});
  check_sparse(sparse_, output_mode_, "`\"one_hot\"`, `\"multi_hot\"`, or `\"count\"`");
  if (salt_ && salt_->size() == 1) salt_->push_back(salt_->front());
  if (salt_ && salt_->size() != 2) {
    throw ValueError(
        "The `salt` argument for `Hashing` can only be a tuple of size 2 integers, or a single integer. Received: "
        "salt=" +
        field_to_config(*salt_).dump() + ".");
  }
  ragged_inputs_ = RaggedInputs::taken;
  autocast_ = false;
}

Tensor HashingLayer::bins_of(Tensor values) const {
  auto bins = *num_bins_;
  Tensor masked;
  if (!mask_value_.is_null() && bins > 1) {  // bucket 0 is its own
    --bins;
    const auto mask = mask_value_.is_string() ? Tensor::scalar(mask_value_.as_string())
                                              : ops::cast(Tensor::scalar(mask_value_.as_int()), values.dtype());
    masked = ops::equal(values, mask);
  }
  if (is_floating(values.dtype())) values = ops::cast(values, DType::int64);
  if (values.dtype() != DType::string) values = call_op1("AsString", {values});
  auto hashed = salt_ ? call_op1("StringToHashBucketStrong", {values}, {{"num_buckets", bins}, {"key", *salt_}})
                      : call_op1("StringToHashBucketFast", {values}, {{"num_buckets", bins}});
  if (!masked.defined()) return hashed;
  hashed = hashed + ops::ones_like(hashed);
  return ops::where(masked, ops::zeros_like(hashed), hashed);
}

Values HashingLayer::call(const Values& inputs, CallContext&) {
  const auto bins = on_flat(inputs.tensor(), [&](const Tensor& values) { return bins_of(values); });
  return encoded_categories(bins, {output_mode_, *num_bins_, compute_dtype()});
}

}  // namespace hornbeam

HB_REGISTER(layer_hashing) {
  using namespace hornbeam;
  register_layer(HashingLayer::kClassName, [](const Config& config) {
    return layer_from_config<HashingLayer>(with_category_dtype(config, "int", true));
  });
}
