#include "hornbeam/layers/category_encoding.hpp"

#include "keras/layers/preprocessing/encode.h"
#include "keras/layers/register.h"
#include "ops/ragged/ragged.h"

namespace hornbeam {
namespace {

// Throws when it runs, as TensorFlow does.
void assert_below(const Tensor& values, std::int64_t limit) {
  const auto* ragged = as_ragged(values);
  const auto& x = ragged ? ragged->flat : values;
  const auto most = ops::reduce_max(x), least = ops::reduce_min(x);
  const auto bound = [&](std::int64_t n) { return ops::cast(Tensor::scalar(n), x.dtype()); };
  const auto fits = ops::logical_and(ops::greater(bound(limit), most), ops::greater_equal(least, bound(0)));
  call_op("Assert", {fits, Tensor::scalar(std::string("Input values must be in the range 0 <= values < num_tokens with "
                                                      "num_tokens=") +
                                          std::to_string(limit))});
}

}  // namespace

CategoryEncodingLayer::CategoryEncodingLayer(std::int64_t num_tokens, const CategoryEncodingOptions& options)
    : Layer(options.layer()), num_tokens_(num_tokens), output_mode_(options.output_mode), sparse_(options.sparse) {
  check();
}

void CategoryEncodingLayer::check() {
  if (output_mode_ == "binary") output_mode_ = "multi_hot";  // its old name
  check_allowed("CategoryEncoding", "output_mode", output_mode_, {"count", "one_hot", "multi_hot"});
  if (!num_tokens_) {
    throw ValueError(
        "num_tokens must be set to use this layer. If the number of tokens is not known beforehand, use the "
        "IntegerLookup layer instead.");
  }
  if (*num_tokens_ < 1) {
    throw ValueError("`num_tokens` must be >= 1. Received: num_tokens=" + std::to_string(*num_tokens_) + ".");
  }
  ragged_inputs_ = RaggedInputs::taken;
  autocast_ = false;
}

Values CategoryEncodingLayer::call(const Values& inputs, CallContext& context) {
  const auto& given = context.options().tensors;
  const auto weights = given.find("count_weights");
  Tensor each;
  if (weights != given.end() && !weights->second.is_none()) {
    if (output_mode_ != "count") {
      throw ValueError("`count_weights` is not used when `output_mode` is not `'count'`. Received `count_weights=" +
                       weights->second.tensor().to_string() + "`.");
    }
    each = weights->second.tensor();
  }
  const auto& x = inputs.tensor();
  assert_below(x, *num_tokens_);
  return encoded_categories(x, {output_mode_, *num_tokens_, compute_dtype()}, each);
}

}  // namespace hornbeam

HB_REGISTER(layer_category_encoding) { hornbeam::register_builtin<hornbeam::CategoryEncodingLayer>(); }
