#include "keras/migration/known_differences.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "hornbeam/layers/batch_normalization.hpp"
#include "hornbeam/layers/embedding.hpp"
#include "hornbeam/ops.hpp"
#include "keras/migration/array_comparison.h"
#include "keras/saving/training_state.h"
#include "keras/training/layers.h"
#include "keras/training/trainer.h"

namespace hornbeam {
namespace {

constexpr std::array kIndexLayers = {"CategoryEncoding", "Discretization", "HashedCrossing",   "Hashing",
                                     "IntegerLookup",    "StringLookup",   "TextVectorization"};

bool gives_indices(const Model& model, const std::string& layer) {
  return std::ranges::any_of(model.layers(), [&](const auto& each) {
    return each->name() == layer && std::ranges::find(kIndexLayers, each->class_name()) != kIndexLayers.end();
  });
}

double half_roundoff_of(const Model& model) {
  double largest = 0;
  training::for_each_layer(model, [&](const Layer& layer) {
    if (!dynamic_cast<const BatchNormalizationLayer*>(&layer)) return;
    if (layer.compute_dtype() == DType::float16) largest = std::max(largest, 0x1p-11);
    if (layer.compute_dtype() == DType::bfloat16) largest = std::max(largest, 0x1p-8);
  });
  return largest;
}

}  // namespace

bool across_kerases(const Model& a, const Model& b) { return (a.target() == "keras3") != (b.target() == "keras3"); }

void explain_dtypes(const Model& a, const Model& b, const std::vector<Tensor>& outputs_a,
                    std::vector<Tensor>& outputs_b, ModelComparison& result) {
  const auto names = a.output_names();
  if (a.target() == b.target()) return;
  for (std::size_t i = 0; i < std::min({outputs_a.size(), outputs_b.size(), names.size()}); ++i) {
    const auto &x = outputs_a[i], &y = outputs_b[i];
    if (x.dtype() == y.dtype() || x.shape() != y.shape() || x.dtype() == DType::string || y.dtype() == DType::string)
      continue;
    if (!gives_indices(a, names[i])) continue;
    const bool same =
        ops::reduce_all(ops::equal(ops::cast(x, DType::float64), ops::cast(y, DType::float64))).item<bool>();
    if (!same) continue;
    result.explained.push_back(
        fmt::format("predictions of {}: {} in the first's Keras, {} in the second's; the numbers "
                    "are the same",
                    names[i], name_of(x.dtype()), name_of(y.dtype())));
    outputs_b[i] = ops::cast(y, x.dtype());
  }
}

double half_roundoff(const Model& a, const Model& b) {
  return (a.target() == "tf2.2") == (b.target() == "tf2.2") ? 0 : half_roundoff_of(a);
}

bool is_of_compile(const Model& model, const std::string& result) {
  if (result == "loss") return true;
  for (const auto& task : training::match_outputs(model.trainer().options(), model.output_names())) {
    if (result == task.name + "_loss") return true;
    for (const auto* metrics : {&task.metrics, &task.weighted_metrics}) {
      for (const auto& metric : *metrics) {
        if (result == metric->name() || result == task.name + "_" + metric->name()) return true;
      }
    }
  }
  return false;
}

std::vector<Variable> moving_variances(const Model& model, const Model& other) {
  const auto a = target_named(model.target()), b = target_named(other.target());
  const bool images = (a == Target::keras3) != (b == Target::keras3);
  const bool volumes = (a == Target::tf215) != (b == Target::tf215);
  std::vector<Variable> found;
  training::for_each_layer(model, [&](const Layer& layer) {
    const auto& shapes = layer.build_shapes();
    if (layer.class_name() != "BatchNormalization" || shapes.empty() || !shapes[0].has_rank()) return;
    const auto rank = shapes[0].rank();
    if (!(rank == 4 && images) && !(rank == 5 && volumes)) return;
    for (const auto& weight : layer.own_weights()) {
      if (weight.variable->path().ends_with("/moving_variance")) found.push_back(weight.variable);
    }
  });
  return found;
}

std::vector<Variable> embedding_tables(const Model& model) {
  std::vector<Variable> tables;
  training::for_each_layer(model, [&](const Layer& layer) {
    if (const auto* embedding = dynamic_cast<const EmbeddingLayer*>(&layer)) tables.push_back(embedding->embeddings);
  });
  return tables;
}

InTheOtherKeras::InTheOtherKeras(const ModelRef& model, const ModelRef& other)
    : model_(model), target_(other->target()) {
  for (const auto& weight : model->weights()) weights_.push_back(weight->value());
  if (!model->is_compiled() || !other->is_compiled()) return;
  try {
    optimizer_ = converted_optimizer(*model, other->optimizer()->generation());
  } catch (const Error&) {
    unconvertible_ = true;
  }
}

InTheOtherKeras::Moved::Moved(const InTheOtherKeras& origin) : from(origin), target(origin.model_->target()) {
  auto& model = *from.model_;
  for (const auto& weight : model.weights()) weights.push_back(weight->value());
  if (from.optimizer_) {
    compiled = model.trainer().options();
    training_config = model.training_config();
  }
  try {
    assign(from.weights_);
    model.set_target(from.target_);
    if (!compiled) return;
    auto options = *compiled;
    options.optimizer = from.optimizer_->converted(from.optimizer_->generation());  // a copy, for work to step
    model.compile(options);
  } catch (...) {
    back();
    throw;
  }
}

InTheOtherKeras::Moved::~Moved() {
  try {
    back();
  } catch (...) {  // a destructor; it was compiled so before, with the same weights
  }
}

void InTheOtherKeras::Moved::back() const {
  auto& model = *from.model_;
  model.set_target(target);
  assign(weights);
  if (!compiled) return;
  model.compile(*compiled);
  model.set_training_config(training_config);
}

void InTheOtherKeras::Moved::assign(const std::vector<Tensor>& values) const {
  const auto variables = from.model_->weights();
  for (std::size_t i = 0; i < std::min(values.size(), variables.size()); ++i) variables[i]->assign(values[i]);
}

}  // namespace hornbeam
