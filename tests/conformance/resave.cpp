#include "conformance/resave.h"

#include <cstring>

#include "base/mapped_file.h"
#include "conformance/compare.h"
#include "conformance/custom_objects.h"
#include "conformance/h5_structure.h"
#include "hornbeam/saving.hpp"
#include "support/temp_dir.h"
#include "support/test_data.h"

namespace conformance {
namespace {

using namespace hornbeam;

std::string tensors_difference(const std::vector<Tensor>& got, const std::vector<Tensor>& expected, int& comparisons) {
  if (got.size() != expected.size()) return std::to_string(got.size()) + " of " + std::to_string(expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    ++comparisons;
    if (got[i].dtype() != expected[i].dtype()) return "#" + std::to_string(i) + ": another dtype";
    if (const auto text = difference(got[i], expected[i], 0, 0); !text.empty()) {
      return "#" + std::to_string(i) + ": " + text;
    }
  }
  return "";
}

// What the report says was left out is not looked for.
Allowance allowance_for(const Case& c, const SaveReport& report) {
  Allowance allowance;
  if (report.format == "h5") allowance.layers_group = "/model_weights";
  for (const auto& line : report.dropped) {
    if (line.starts_with("optimizer_weights")) allowance.without_group = "/optimizer_weights";
    if (line.starts_with("training_config")) allowance.without_attribute = "training_config";
  }
  // Keras 3 cannot read these back, so they are written in full; and some layers with their modules.
  if (c.producer.starts_with("keras-3")) {
    if (report.format == "h5") allowance.modules_of = c.text("config.json");
    allowance.losses = {{"mse", "mean_squared_error"}, {"mae", "mean_absolute_error"}, {"bce", "binary_crossentropy"}};
  }
  static const auto recorded = Config::parse(base::read_file(test_data("conformance") + "/resaved_names.json"));
  const auto* producer = recorded.find(c.producer);
  const auto* layers = producer ? producer->find(c.name) : nullptr;
  if (!layers) return allowance;
  for (const auto& [layer, names] : layers->as_dict()) {
    for (const auto& name : names.as_list()) allowance.renamed[layer].push_back(name.as_string());
  }
  return allowance;
}

bool same_bytes(const std::string& a, const std::string& b) { return base::read_file(a) == base::read_file(b); }

}  // namespace

std::string resave_h5(const Case& c, Model& model, const std::string& file, int& comparisons) {
  const testing_support::TempDir dir;
  const auto first = dir.file("first.h5"), second = dir.file("second.h5");
  SaveReport report;
  model.save(first, {.report = &report});
  model.save(second);
  ++comparisons;
  if (!same_bytes(first, second)) return "two saves differ in their bytes";
  ++comparisons;
  if (const auto text = structure_difference(first, file, allowance_for(c, report)); !text.empty()) return text;

  const auto again = models::load_model(first, {.custom_objects = custom_objects()});
  ++comparisons;
  if (with_slices_spelled_out(again->to_json()) != with_slices_spelled_out(model.to_json())) {
    return "the config differs after a round trip";
  }
  if (const auto text = tensors_difference(again->get_weights(), model.get_weights(), comparisons); !text.empty()) {
    return "weight " + text;
  }
  if (!c.has_arrays()) return "";
  const auto x = c.inputs();
  std::vector<Tensor> ours, theirs;
  model.reset_states();
  for (const auto& y : again->predict(x).flatten()) ours.push_back(y);
  for (const auto& y : model.predict(x).flatten()) theirs.push_back(y);
  const auto text = tensors_difference(ours, theirs, comparisons);
  return text.empty() ? "" : "prediction " + text;
}

std::string resave_weights(const Case& c, Model& model, const std::string& file, int& comparisons) {
  const testing_support::TempDir dir;
  const auto first = dir.file("first.h5"), second = dir.file("second.h5");
  SaveReport report;
  model.save_weights(first, {.report = &report});
  model.save_weights(second);
  ++comparisons;
  if (!same_bytes(first, second)) return "two saves differ in their bytes";
  ++comparisons;
  if (const auto text = structure_difference(first, file, allowance_for(c, report)); !text.empty()) return text;
  const auto before = model.get_weights();
  model.load_weights(first);
  return tensors_difference(model.get_weights(), before, comparisons);
}

}  // namespace conformance
