#include "conformance/checkpoint_checks.h"

#include "base/mapped_file.h"
#include "conformance/compare.h"
#include "conformance/custom_objects.h"
#include "conformance/training_checks.h"
#include "hornbeam/checkpoint.hpp"
#include "hornbeam/training.hpp"
#include "support/temp_dir.h"

namespace conformance {
namespace {

using namespace hornbeam;

constexpr const char* kGraph = "_CHECKPOINTABLE_OBJECT_GRAPH";

std::string prefix_of(const Case& c) { return c.path("ckpt/weights"); }

// Zeros in all of a model and its optimizer.
void wipe(Model& model) {
  std::vector<Variable> variables = model.weights();
  if (model.is_compiled()) {
    const auto more = model.optimizer()->variables();
    variables.insert(variables.end(), more.begin(), more.end());
  }
  for (const auto& variable : variables) {
    if (variable->dtype() != DType::string) variable->assign(Tensor::zeros(variable->dtype(), variable->shape()));
  }
}

// Does the file have what the optimizer has once it has stepped? (In 2.2 a LossScaleOptimizer has it one level lower.)
bool has_state_of_optimizer(const std::string& prefix, const Model& model) {
  const bool legacy = model.optimizer()->generation() == OptimizerGeneration::legacy;
  const auto file = train::load_checkpoint(prefix);
  const auto has = [&](const std::string& name) {
    return file.has_tensor("optimizer/" + name + "/.ATTRIBUTES/VARIABLE_VALUE");
  };
  return legacy ? has("iter") || has("base_optimizer/iter") : has("_variables/1");
}

std::string first_difference(const std::vector<Tensor>& got, const std::vector<Tensor>& expected, int& comparisons) {
  if (got.size() != expected.size()) {
    return std::to_string(got.size()) + " arrays, expected " + std::to_string(expected.size());
  }
  for (std::size_t i = 0; i < got.size(); ++i) {
    ++comparisons;
    const auto text = difference(got[i], expected[i]);
    if (!text.empty()) return "#" + std::to_string(i) + ": " + text;
  }
  return "";
}

bool is_optimizers(const std::string& key) {
  return key.starts_with("optimizer/") || key.find("/.OPTIMIZER_SLOT/") != key.npos;
}

// Keys and values, but for the object graph: the functions that real Keras made are nodes in it, without values.
std::string file_difference(const std::string& ours, const std::string& theirs, bool with_optimizer, int& comparisons) {
  const auto mine = train::load_checkpoint(ours), original = train::load_checkpoint(theirs);
  const auto types = original.get_variable_to_dtype_map();
  ++comparisons;
  for (const auto& [key, dtype] : mine.get_variable_to_dtype_map()) {
    if (!types.contains(key)) return key + " is new";
  }
  for (const auto& [key, dtype] : types) {
    if (!with_optimizer && is_optimizers(key)) continue;
    ++comparisons;
    if (!mine.has_tensor(key)) return key + " is missing";
    if (mine.get_variable_to_dtype_map().at(key) != dtype) return key + " has another dtype";
    if (key == kGraph) continue;
    const auto text = difference(mine.get_tensor(key), original.get_tensor(key));
    if (!text.empty()) return key + ": " + text;
  }
  return "";
}

}  // namespace

ModelRef load_checkpoint_case(const Case& c, LoadReport& report, ModelRef model) {
  if (train::latest_checkpoint((c.folder / "ckpt").string()) != prefix_of(c)) {
    throw Mismatch{"the file `checkpoint` names another one"};
  }
  c.opened->insert("ckpt/checkpoint");
  bool has_state = c.has_file("continue");
  const auto h5 = c.path("h5/model.h5");
  if (model) {
    wipe(*model);
    has_state = model->is_compiled();
  } else if (c.has_file("h5/model.h5")) {
    model = models::load_model(h5, {.custom_objects = all_custom_objects(c.name)});
    wipe(*model);
  } else if (c.has_file("config.json")) {
    model = models::model_from_json(c.text("config.json"), {.custom_objects = all_custom_objects(c.name)});
  } else {
    throw NotImplementedError("a model without a config");
  }
  // An optimizer whose class is not here yet is left out: what its steps come to is told as not supported.
  const bool trained = has_state && model->is_compiled();
  if (trained && has_state_of_optimizer(prefix_of(c), *model)) {
    model->optimizer()->build(model->trainable_weights());
  }
  const auto status = models::load_weights(*model, prefix_of(c), {.report = &report});
  trained == has_state ? status.assert_consumed() : status.assert_existing_objects_matched();
  return model;
}

std::string resave_checkpoint(const Case& c, Model& model, int& comparisons) {
  const testing_support::TempDir dir;
  const auto first = dir.file("first"), second = dir.file("second");
  model.save_weights(first);
  model.save_weights(second);
  for (const auto* suffix : {".index", ".data-00000-of-00001"}) {
    ++comparisons;
    if (base::read_file(first + suffix) != base::read_file(second + suffix)) return "two saves differ in their bytes";
  }
  if (const auto text =
          file_difference(first, prefix_of(c), model.is_compiled() || !c.has_file("continue"), comparisons);
      !text.empty())
    return text;
  const auto weights = model.get_weights();
  const auto state = model.is_compiled() ? model.optimizer()->get_weights() : std::vector<Tensor>();
  wipe(model);
  model.load_weights(first).assert_consumed();
  if (const auto text = first_difference(model.get_weights(), weights, comparisons); !text.empty()) {
    return "weight " + text;
  }
  if (!model.is_compiled()) return "";
  const auto text = first_difference(model.optimizer()->get_weights(), state, comparisons);
  return text.empty() ? "" : "optimizer's variable " + text;
}

}  // namespace conformance
