#include "keras/layers/preprocessing/encode.h"

#include <algorithm>

#include "hornbeam/model.hpp"
#include "hornbeam/ragged_tensor.hpp"
#include "hornbeam/target.hpp"
#include "keras/layers/preprocessing/text_steps.h"
#include "ops/ragged/ragged.h"

namespace hornbeam {
namespace {

bool is_counted(DType dtype) {
  return dtype == DType::int32 || dtype == DType::int64 || dtype == DType::float32 || dtype == DType::float64;
}

Tensor scalar_like(const Tensor& x, std::int64_t value) {
  if (x.dtype() == DType::int32) return Tensor::scalar(static_cast<std::int32_t>(value));
  return Tensor::scalar(value);
}

Tensor countable(const Tensor& x) {
  return x.dtype() == DType::int32 || x.dtype() == DType::int64 ? x : ops::cast(x, DType::int64);
}

// With the ops of TensorFlow 2.2, which has no bincount by rows.
Tensor counted_by_one_hot(const Tensor& x, const CategoryOutput& output, bool binary) {
  auto rows = x;
  if (const auto* ragged = as_ragged(x)) rows = filled_rows(*ragged, -1, Tensor::scalar(std::int64_t{-1}));
  const auto each = ops::one_hot(rows, output.depth, output.dtype);
  const std::int64_t axis = rows.rank() == 1 ? 0 : 1;
  return binary ? ops::reduce_max(each, {axis}) : ops::reduce_sum(each, {axis});
}

Tensor counted(const Tensor& x, const CategoryOutput& output, bool binary, const Tensor& weights) {
  if (current_target() == Target::tf22 && !weights.defined()) return counted_by_one_hot(x, output, binary);
  const auto dtype = is_counted(output.dtype) ? output.dtype : DType::float32;
  const auto each = weights.defined() ? ops::cast(weights, dtype) : Tensor::empty(dtype, {0});
  Tensor bins;
  if (const auto* ragged = as_ragged(x)) {
    if (ragged->splits.size() != 1) throw ValueError("counting takes inputs with one ragged dimension");
    const auto flat = countable(ragged->flat);
    const auto* flat_weights = as_ragged(each);
    bins =
        call_op1("RaggedBincount",
                 {ragged->splits[0], flat, scalar_like(flat, output.depth), flat_weights ? flat_weights->flat : each},
                 {{"binary_output", binary}});
  } else {
    const auto values = countable(x);
    bins = call_op1("DenseBincount", {values, scalar_like(values, output.depth), each}, {{"binary_output", binary}});
  }
  return ops::cast(bins, output.dtype);
}

std::string listed(const std::vector<std::string>& words) {
  std::string text = "(";
  for (const auto& word : words) text += (text.size() > 1 ? ", '" : "'") + word + "'";
  return text + (words.size() == 1 ? ",)" : ")");
}

bool is_integer_policy(const std::string& dtype) {
  return !dtype.starts_with("mixed_") && is_integer(dtype_from_name(dtype));
}

}  // namespace

Tensor encoded_categories(const Tensor& indices, const CategoryOutput& output, const Tensor& weights) {
  if (output.mode == "int") {
    return on_flat(indices, [&](const Tensor& flat) { return ops::cast(flat, output.dtype); });
  }
  auto x = indices;
  if (!is_ragged(x) && x.rank() == 0) x = ops::expand_dims(x, -1);
  const bool one_hot = output.mode == "one_hot";
  if (one_hot && !is_ragged(x)) {
    if (x.rank() == 1) x = ops::expand_dims(x, -1);
    if (x.rank() > 2 || x.shape().back() != 1) {  // each of its own, as in Keras 3
      if (x.shape().back() == 1) x = ops::squeeze(x, {-1});
      return ops::one_hot(x, output.depth, output.dtype);
    }
  }
  if (x.rank() <= 2) return counted(x, output, output.mode != "count", weights);
  // More dims than Keras 2 takes: along the second, as in Keras 3.
  auto each = ops::one_hot(x, output.depth, output.dtype);
  if (output.mode == "multi_hot") return ops::reduce_max(each, {1});
  if (weights.defined()) each = each * ops::expand_dims(ops::cast(weights, output.dtype), -1);
  return ops::reduce_sum(each, {1});
}

Tensor on_flat(const Tensor& x, const std::function<Tensor(const Tensor&)>& f) {
  const auto* ragged = as_ragged(x);
  return ragged ? make_ragged(f(ragged->flat), ragged->splits) : f(x);
}

void throw_not_allowed(const std::string& layer, const std::string& argument, const Config& received,
                       const std::vector<std::string>& allowed, bool none, bool callable) {
  const auto text = received.is_string() ? received.as_string() : received.is_null() ? "None" : received.dump();
  const auto note =
      callable ? "If restoring a model and `" + argument +
                     "` is a custom callable, please ensure the callable is registered as a custom object. See "
                     "https://www.tensorflow.org/guide/keras/save_and_serialize#registering_the_custom_object for "
                     "details. "
               : "";
  throw ValueError("Unkown value for `" + argument + "` argument of layer " + layer + ". " + note +
                   "Allowed values are: " + (none ? "`None`, " : "") + (callable ? "a `Callable`, " : "") +
                   "or one of the following values: " + listed(allowed) + ". Received: " + text);
}

void check_allowed(const std::string& layer, const std::string& argument, const std::string& received,
                   const std::vector<std::string>& allowed) {
  if (std::ranges::find(allowed, received) == allowed.end()) throw_not_allowed(layer, argument, received, allowed);
}

void check_sparse(bool sparse, const std::string& mode, const char* others) {
  if (!sparse || mode != "int") return;
  throw ValueError(std::string("`sparse` may only be true if `output_mode` is ") + others +
                   ". Received: sparse=True and output_mode=" + mode);
}

LayerOptions with_category_dtype(LayerOptions options, const std::string& mode, bool replace_floats) {
  if (!options.dtype) options.dtype = mode == "int" ? std::string("int64") : backend::floatx();
  if (replace_floats && mode == "int" && !is_integer_policy(*options.dtype)) options.dtype = "int64";
  return options;
}

Config with_category_dtype(Config config, const char* default_mode, bool replace_floats) {
  if (!config.is_dict()) return config;
  const auto* given = config.find("dtype");
  const auto mode = config.get_string("output_mode", default_mode);
  LayerOptions options;
  if (given && given->is_string()) {
    options.dtype = given->as_string();
  } else if (given && !given->is_null()) {
    return config;
  }
  config.set("dtype", *with_category_dtype(options, mode, replace_floats).dtype);
  return config;
}

void check_category_dtype(const Layer& layer, const std::string& mode) {
  if (mode != "int" || is_integer(layer.compute_dtype())) return;
  throw ValueError("When `output_mode='int'`, `dtype` should be an integer type. Received: dtype=" +
                   layer.dtype_policy());
}

}  // namespace hornbeam
