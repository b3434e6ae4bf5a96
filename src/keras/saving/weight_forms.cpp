#include "keras/saving/weight_forms.h"

#include "ops/op_def.h"

namespace hornbeam {
namespace {

// Weights that were renamed on the way to Keras 3.
std::string keras3_path(const Layer& layer, const VariableNode& variable) {
  auto path = variable.path();
  constexpr std::string_view kOld = "/depthwise_kernel";
  if (layer.class_name().starts_with("DepthwiseConv") && path.ends_with(kOld)) {
    path.replace(path.size() - kOld.size(), kOld.size(), "/kernel");
  }
  return path;
}

}  // namespace

WeightForms::WeightForms(const Model& model, Target target) : target_(target) { add_model(model); }

void WeightForms::add_model(const Model& model) {
  const bool below = target_ == Target::keras3 && dynamic_cast<const SequentialModel*>(&model);
  for (const auto& layer : model.layers()) add_layer(*layer, below ? model.name() + "/" : "");
}

void WeightForms::add_layer(const Layer& layer, const std::string& prefix) {
  if (const auto* model = dynamic_cast<const Model*>(&layer)) return add_model(*model);
  for (const auto& weight : layer.own_weights()) {
    const auto& variable = *weight.variable;
    if (target_ == Target::keras3) paths_.emplace(&variable, prefix + keras3_path(layer, variable));
    // What Normalization has counted had fewer bits at first.
    if (target_ == Target::tf22 && layer.class_name() == "Normalization" && variable.dtype() == DType::int64) {
      dtypes_.emplace(&variable, DType::int32);
    }
  }
  for (const auto& sublayer : layer.sublayers()) add_layer(*sublayer, prefix);
}

std::string WeightForms::name(const VariableNode& variable) const {
  if (target_ != Target::keras3) return variable.name();
  const auto it = paths_.find(&variable);
  return it == paths_.end() ? variable.path() : it->second;
}

DType WeightForms::dtype(const VariableNode& variable) const {
  const auto it = dtypes_.find(&variable);
  return it == dtypes_.end() ? variable.dtype() : it->second;
}

Tensor WeightForms::value(const VariableNode& variable) const {
  const auto wanted = dtype(variable);
  return wanted == variable.dtype() ? variable.value() : call_op1("Cast", {variable.value()}, {{"DstT", wanted}});
}

}  // namespace hornbeam
