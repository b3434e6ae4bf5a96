#include "attempt.h"

#include <algorithm>
#include <cmath>

#include "base/mapped_file.h"
#include "hornbeam/checkpoint.hpp"
#include "hornbeam/npy.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/saved_model.hpp"
#include "hornbeam/saving.hpp"
#include "keras/engine/keras_tensor.h"

namespace hornbeam::attacks {
namespace {

constexpr float kCanary = 1234.5F;
constexpr std::int64_t kMostNumbers = 1 << 22;

bool holds_canary(const Tensor& t) {
  if (t.dtype() != DType::float32) return false;
  const auto values = t.data<float>();
  return std::find(values.begin(), values.end(), kCanary) != values.end();
}

void warn(Outcome& outcome, const LoadReport& report) {
  for (const auto* list : {&report.unused, &report.mismatched, &report.missing, &report.notes}) {
    outcome.warnings.insert(outcome.warnings.end(), list->begin(), list->end());
  }
}

void compare(const Attempt& a, const Tensor& y, Outcome& outcome) {
  outcome.y = tensor_to_json(y);
  if (a.y.is_null()) return;
  const auto expected = ops::cast(json_to_tensor(a.y), DType::float64);
  if (expected.shape() != y.shape()) throw ValueError("predicted " + y.shape().to_string());
  const auto wanted = expected.data<double>();
  const auto got = y.data<float>();
  for (std::size_t i = 0; i < got.size(); ++i) {
    outcome.worst = std::max(outcome.worst, std::abs(static_cast<double>(got[i]) - wanted[i]));
  }
}

// Loads the object and calls its serving signature, where there is one of a single tensor and something to call it
// with.
void run_object(const Attempt& a, Outcome& outcome) {
  const auto object = saved_model::load(a.path);
  for (const auto& [path, v] : object->variables()) outcome.leaked |= holds_canary(v->value());
  const auto signatures = object->signatures();
  if (a.x.is_null() || signatures.empty()) return;
  const auto serving = std::find(signatures.begin(), signatures.end(), "serving_default");
  const auto key = serving == signatures.end() ? signatures[0] : *serving;
  const auto names = object->argument_names(key);
  const auto x = ops::cast(json_to_tensor(a.x), DType::float32);
  std::map<std::string, Tensor> inputs;
  for (const auto& name : names) inputs.emplace(name, x);
  const auto outputs = object->run(key, inputs);
  for (const auto& [name, t] : outputs) outcome.leaked |= holds_canary(t);
  if (outputs.size() == 1) compare(a, outputs.begin()->second, outcome);
}

void read_all(const std::string& prefix, Outcome& outcome) {
  const auto reader = train::load_checkpoint(prefix);
  for (const auto& [name, shape] : reader.get_variable_to_shape_map()) {
    outcome.leaked |= holds_canary(reader.get_tensor(name));
  }
}

ModelRef load(const Attempt& a, Outcome& outcome) {
  LoadReport report;
  const bool checkpoint = a.how.starts_with("checkpoint");
  if (a.how == "load_weights" || checkpoint) {
    auto model = models::model_from_json(base::read_file(a.model));
    const auto status = models::load_weights(*model, a.path, {.report = &report});
    if (checkpoint) status.assert_existing_objects_matched();
    warn(outcome, report);
    return model;
  }
  const LoadOptions options{.report = &report};
  auto model = a.how == "load_model" ? models::load_model(a.path, options)
                                     : models::model_from_json(base::read_file(a.path), options);
  warn(outcome, report);
  report.to_string();
  return model;
}

void predict(const Attempt& a, Model& model, Outcome& outcome) {
  if (a.x.is_null() && !is_small(model, kMostNumbers)) return;
  const Values x = a.x.is_null() ? zeros_for(model) : Values(json_to_tensor(a.x));
  const auto y = model.predict(x).flatten();
  for (const auto& t : y) outcome.leaked |= holds_canary(t);
  if (y.size() != 1 || a.x.is_null()) return;
  compare(a, y[0], outcome);
}

}  // namespace

Values zeros_for(const Model& model, std::int64_t unknown) {
  const auto inputs = model.symbolic_inputs();
  std::vector<Tensor> zeros;
  for (const auto& input : inputs.flatten()) {
    std::vector<std::int64_t> dims = input.shape().dims();
    for (std::size_t i = 0; i < dims.size(); ++i) {
      if (dims[i] < 0) dims[i] = i == 0 ? 1 : unknown;
    }
    zeros.push_back(Tensor::zeros(input.dtype(), Shape(dims)));
  }
  return inputs.pack_like(zeros);
}

bool is_small(const Model& model, std::int64_t most) {
  const auto small = [&](const Shape& shape) {
    if (!shape.has_rank()) return false;
    double numbers = 1;
    for (const auto dim : shape.dims()) numbers *= dim < 0 ? 4 : static_cast<double>(dim);
    return numbers <= static_cast<double>(most);
  };
  for (const auto& v : model.weights()) {
    if (!small(v->shape())) return false;
  }
  const auto* functional = dynamic_cast<const FunctionalModel*>(&model);
  if (!functional || functional->symbolic_inputs().flatten().empty()) return false;
  for (const auto& [node, depth] : functional->nodes()) {
    for (const auto& output : node->output_structure.flatten()) {
      if (!small(output.shape())) return false;
    }
    const auto* nested = dynamic_cast<const Model*>(node->layer.get());
    if (nested && !is_small(*nested, most)) return false;
  }
  return true;
}

Outcome attempt(const Attempt& a) {
  Outcome outcome;
  try {
    if (a.how == "saved_model") {
      run_object(a, outcome);
      outcome.status = "ok";
      return outcome;
    }
    if (a.how == "latest_checkpoint") {
      const auto latest = train::latest_checkpoint(a.path.substr(0, a.path.rfind('/')));
      outcome.status = latest ? "ok" : "none";
      return outcome;
    }
    if (a.how == "checkpoint+read") read_all(a.path, outcome);
    const auto model = load(a, outcome);
    for (const auto& v : model->weights()) outcome.leaked |= holds_canary(v->value());
    predict(a, *model, outcome);
    outcome.status = "ok";
  } catch (const Error& error) {
    outcome.status = "error";
    outcome.message = error.report();
  }
  return outcome;
}

Config Outcome::to_config() const {
  return Config{{"status", status}, {"message", message}, {"warnings", Config(warnings)},
                {"y", y},           {"worst", worst},     {"leaked", leaked}};
}

}  // namespace hornbeam::attacks
