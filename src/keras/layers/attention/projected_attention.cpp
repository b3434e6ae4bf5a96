#include "hornbeam/layers/projected_attention.hpp"

#include <algorithm>

#include "hornbeam/layers/activation.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/target.hpp"
#include "keras/engine/op_call.h"
#include "keras/layers/attention/masks.h"
#include "keras/layers/dropped.h"

namespace hornbeam {
namespace {

// Arguments of a call by their names, or by their places as Keras 3's configs have them ("arg1").
class NamedArguments {
 public:
  explicit NamedArguments(const CallOptions& options) : options_(options) {}

  // A tensor with its mask, or nothing.
  Values tensor(const char* name) const {
    for (const auto& key : {std::string(name), place(name)}) {
      if (const auto it = options_.tensors.find(key); it != options_.tensors.end()) return it->second;
      const auto* plain = options_.kwargs.find(key);
      if (plain && !plain->is_null()) return constant_tensor(*plain);
    }
    return {};
  }
  bool flag(const char* name) const {
    for (const auto& key : {std::string(name), place(name)}) {
      const auto* plain = options_.kwargs.find(key);
      if (plain && plain->is_bool()) return plain->as_bool();
    }
    return false;
  }

 private:
  static std::string place(const char* name) {
    const auto& names = ProjectedAttentionLayer::argument_names();
    return "arg" + std::to_string(std::find(names.begin(), names.end(), name) - names.begin());
  }
  const CallOptions& options_;
};

Tensor bool_mask(const Tensor& mask) { return mask.defined() ? ops::cast(mask, DType::boolean) : mask; }

Tensor tensor_or_none(const Values& values) { return values.is_none() ? Tensor() : values.tensor(); }

// The mask that is given with the call, else the one the tensor carries.
Tensor mask_of(const NamedArguments& arguments, const char* name, const Values& tensor) {
  const auto given = arguments.tensor(name);
  if (!given.is_none()) return given.tensor();
  return tensor.is_none() ? Tensor() : tensor.mask();
}

}  // namespace

const std::vector<std::string>& ProjectedAttentionLayer::argument_names() {
  static const std::vector<std::string> names{"query",
                                              "value",
                                              "key",
                                              "query_mask",
                                              "value_mask",
                                              "key_mask",
                                              "attention_mask",
                                              "return_attention_scores",
                                              "training",
                                              "use_causal_mask"};
  return names;
}

std::optional<Layer::Call> ProjectedAttentionLayer::arranged(const Values& inputs, const CallOptions& options) {
  if (!inputs.is_list()) return std::nullopt;
  const auto& items = inputs.list();
  if (items.empty() || items.size() > 3) {
    throw TypeError(class_name() + ".call() takes a query, a value and at most a key; " + std::to_string(items.size()) +
                    " tensors were given");
  }
  Call call{items[0], options};
  for (std::size_t i = 1; i < items.size(); ++i) {
    if (!items[i].is_none()) call.options.tensors.insert_or_assign("arg" + std::to_string(i), items[i]);
  }
  return call;
}

void ProjectedAttentionLayer::build(const std::vector<Shape>& input_shapes) {
  if (input_shapes.size() < 2) return;
  const auto &query = input_shapes[0], &value = input_shapes[1];
  const auto& key = input_shapes.size() > 2 ? input_shapes[2] : value;
  const auto inner = [](const Shape& s) { return std::vector<std::int64_t>(s.begin() + 1, s.end() - 1); };
  for (const auto& shape : {query, value, key}) {
    if (shape.has_rank() && shape.rank() >= 2) continue;
    throw ValueError(class_name() + " layer '" + name() + "' needs tensors of 2 dimensions or more. Received shape " +
                     shape.to_string());
  }
  if (value.rank() != key.rank() || !Shape(inner(value)).is_compatible_with(Shape(inner(key)))) {
    throw ValueError("All dimensions of `value` and `key`, except the last one, must be equal. Received: value_shape=" +
                     value.to_string() + " and key_shape=" + key.to_string());
  }
  make_parts(query, value, key);
  shapes_ = {{"query_shape", query}, {"value_shape", value}};
  if (input_shapes.size() > 2) shapes_.emplace_back("key_shape", key);
}

void ProjectedAttentionLayer::track_parts(Parts parts) {
  parts_ = std::move(parts);
  track("_query_dense", *parts_.query);
  track("_key_dense", *parts_.key);
  if (parts_.gate) track("_gate_dense", *parts_.gate);
  track("_value_dense", *parts_.value);
  const Softmax softmax({.axis = parts_.softmax_axes, .dtype = dtype_policy()});
  const Dropout dropout(parts_.dropout, {.seed = parts_.seed, .dtype = dtype_policy()});
  softmax->name(), dropout->name();  // Keras names them now
  track("_softmax", softmax);
  track("_dropout_layer", dropout);
  track("_output_dense", *parts_.output);
}

Values ProjectedAttentionLayer::call(const Values& inputs, CallContext& context) {
  const NamedArguments arguments(context.options());
  const auto value = arguments.tensor("value"), key = arguments.tensor("key");
  if (value.is_none()) throw TypeError(class_name() + ".call() missing 1 required positional argument: 'value'");
  const Tensor query = inputs, values = value, keys = key.is_none() ? values : key.tensor();
  if (shapes_.empty()) {
    std::vector<Shape> shapes{query.shape(), values.shape()};
    if (!key.is_none()) shapes.push_back(keys.shape());
    build(shapes);
  }
  Projected given;
  given.training = context.training();
  given.returns_scores = arguments.flag("return_attention_scores");
  const auto carried = Values(query, context.mask(0));
  const auto own = bool_mask(takes_query_mask() ? mask_of(arguments, "query_mask", carried) : carried.mask());
  auto joined = own.defined() ? ops::expand_dims(own, -1) : own;
  for (const auto& mask : {mask_of(arguments, "value_mask", value), mask_of(arguments, "key_mask", key)}) {
    if (mask.defined()) joined = both_masks(joined, ops::expand_dims(bool_mask(mask), -2));
  }
  const auto explicit_mask = tensor_or_none(arguments.tensor("attention_mask"));
  const bool causal = arguments.flag("use_causal_mask");
  given.causal = causal && current_target() == Target::keras3 && !joined.defined() && !explicit_mask.defined() &&
                 !sliding_window();
  if (causal) joined = both_masks(joined, ops::expand_dims(causal_mask(query, values), 0));
  if (const auto width = sliding_window()) {
    joined = both_masks(joined, ops::expand_dims(window_mask(query, values, *width), 0));
  }
  given.mask = joined;
  if (explicit_mask.defined()) {
    const bool cast = joined.defined() || casts_given_mask();
    given.mask = both_masks(cast ? bool_mask(explicit_mask) : explicit_mask, joined);
  }
  Tensor gate;
  if (parts_.gate) gate = (*parts_.gate)(query);
  given.query = (*parts_.query)(query);
  given.key = (*parts_.key)(keys);
  given.value = (*parts_.value)(values);
  auto attended = attend(given);
  if (parts_.gate) attended.output = attended.output * gate;
  const Values output = (*parts_.output)(attended.output);
  if (!given.returns_scores) return output;
  return Values{output, attended.scores};
}

Tensor ProjectedAttentionLayer::dropped_scores(const Tensor& scores, bool training) const {
  if (parts_.dropout == 0 || !training) return scores;
  return dropped(scores, parts_.dropout, ops::shape(scores), parts_.seed.value_or(0));
}

Tensor ProjectedAttentionLayer::widened_mask(Tensor mask, std::size_t rank, std::size_t kept) {
  const auto axis = -static_cast<std::int64_t>(kept) - 1;
  while (mask.defined() && mask.rank() < rank) mask = ops::expand_dims(mask, axis);
  return mask;
}

Tensor ProjectedAttentionLayer::dot_product_attention(const Projected& given, double scale) {
  auto logits = ops::einsum("BTNH,BSNH->BNTS", {given.query, given.key});
  const auto dtype = logits.dtype() == DType::float64 ? DType::float64 : DType::float32;
  logits = ops::cast(logits, dtype) * scale;
  if (given.mask.defined()) {
    const auto allowed = ops::cast(widened_mask(given.mask, 4, 2), DType::boolean);
    logits = ops::where(allowed, logits, ops::constant(3.38953e38 * -0.7, dtype));
  }
  const auto weights = ops::cast(ops::softmax(logits), given.key.dtype());
  return ops::einsum("BNTS,BSNH->BTNH", {weights, given.value});
}

}  // namespace hornbeam
