#include "conformance/resave.h"

#include <algorithm>
#include <cstring>

#include "base/atomic_file.h"
#include "base/mapped_file.h"
#include "base/zip_reader.h"
#include "conformance/compare.h"
#include "conformance/custom_objects.h"
#include "conformance/h5_structure.h"
#include "formats/keras_v3/archive.h"
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
    if (const auto text = difference(got[i], expected[i]); !text.empty()) {
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
    if (line.starts_with("optimizer_weights")) allowance.without_groups.emplace_back("/optimizer_weights");
    if (line.starts_with("training_config")) allowance.without_attribute = "training_config";
  }
  // Keras 3 cannot read these back, so they are written in full; and some layers with their modules.
  if (c.producer.starts_with("keras-3")) {
    if (report.format == "h5") allowance.modules_of = c.text("config.json");
    allowance.losses = {{"mse", "mean_squared_error"},
                        {"mae", "mean_absolute_error"},
                        {"bce", "binary_crossentropy"},
                        {"mape", "mean_absolute_percentage_error"},
                        {"msle", "mean_squared_logarithmic_error"}};
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

// Files of the v3 layout. Metrics' sums are not kept; Keras 2 leaves groups, without weights, of the layer that a
// Bidirectional was made from.
Allowance allowance_for_v3() {
  Allowance allowance;
  allowance.without_groups = {"/metrics", "/layers/bidirectional/layer"};
  return allowance;
}

// Was the optimizer's state not read, or is it that of a legacy optimizer, which Keras 2 does not keep in archives?
bool is_optimizer_another(const SaveReport& report) {
  const auto says = [](const std::vector<std::string>& lines, const char* words) {
    return std::ranges::any_of(lines, [words](const std::string& line) { return line.starts_with(words); });
  };
  return says(report.converted, "optimizer ") || says(report.dropped, "optimizer: its state could not be restored") ||
         says(report.dropped, "optimizer: its state; .keras archives hold none of legacy optimizers");
}

bool same_bytes(const std::string& a, const std::string& b) { return base::read_file(a) == base::read_file(b); }

// Ours, without what theirs has of its history:
// - Keras numbers objects that it serializes twice by their addresses;
// - Keras 2 forgets modules in models within a model that was saved as H5 before, Keras 3 the optimizer of such a
// model.
Config as_in(const Config& ours, const Config& theirs) {
  if (ours.is_list() && theirs.is_list() && ours.size() == theirs.size()) {
    auto list = Config::list();
    for (std::size_t i = 0; i < ours.size(); ++i) list.push_back(as_in(ours.at(i), theirs.at(i)));
    return list;
  }
  if (!ours.is_dict() || !theirs.is_dict()) return ours;
  const bool forgotten = ours.has("class_name") && !theirs.has("module");
  auto dict = Config::dict();
  for (const auto& [key, item] : ours.as_dict()) {
    const auto* same = theirs.find(key);
    if (forgotten && !same && (key == "module" || key == "registered_name" || key == "build_config")) continue;
    dict.set(key, same ? as_in(item, *same) : item);
    if (key == "compile_config" && same && !same->has("optimizer")) dict.find(key)->erase("optimizer");
  }
  return dict;
}

// `again` was read from what `model` was saved as.
std::string models_difference(const Case& c, Model& again, Model& model, int& comparisons) {
  ++comparisons;
  const auto before = Config::parse(with_slices_spelled_out(model.to_json()));
  auto after = Config::parse(with_slices_spelled_out(again.to_json()));
  // Keras 3 forgot the optimizer of a model that was saved as H5 before; RMSprop took its place.
  const auto* compiled = before.find("compile_config");
  if (compiled && compiled->size() > 0 && !compiled->has("optimizer")) after.find("compile_config")->erase("optimizer");
  if (after != before) return "the config differs after a round trip";
  if (const auto text = tensors_difference(again.get_weights(), model.get_weights(), comparisons); !text.empty()) {
    return "weight " + text;
  }
  if (!c.has_arrays()) return "";
  const auto x = c.inputs();
  std::vector<Tensor> ours, theirs;
  model.reset_states();
  for (const auto& y : again.predict(x).flatten()) ours.push_back(y);
  for (const auto& y : model.predict(x).flatten()) theirs.push_back(y);
  const auto text = tensors_difference(ours, theirs, comparisons);
  return text.empty() ? "" : "prediction " + text;
}

Config without_numbers(const Config& config) {
  if (config.is_list()) {
    auto list = Config::list();
    for (const auto& item : config.as_list()) list.push_back(without_numbers(item));
    return list;
  }
  if (!config.is_dict()) return config;
  auto dict = Config::dict();
  for (const auto& [key, item] : config.as_dict()) {
    if (key != "shared_object_id") dict.set(key, without_numbers(item));
  }
  return dict;
}

std::string archives_difference(const std::string& ours, const std::string& theirs, const testing_support::TempDir& dir,
                                const SaveReport& report) {
  using formats::keras_v3::Archive;
  const Archive our_archive(base::MappedFile::open(ours)), their_archive(base::MappedFile::open(theirs));
  auto metadata = Config::parse(their_archive.metadata());
  metadata.erase("date_saved");  // ours is saved without
  if (our_archive.metadata() != metadata.dump()) return "metadata.json: " + our_archive.metadata();
  auto their_config = without_numbers(Config::parse(their_archive.config()));
  auto allowance = allowance_for_v3();
  auto* compiled = their_config.find("compile_config");
  if (compiled && is_optimizer_another(report)) compiled->erase("optimizer");
  if (!compiled || !compiled->has("optimizer")) allowance.without_groups.emplace_back("/optimizer");
  const auto our_config = as_in(without_numbers(Config::parse(our_archive.config())), their_config);
  if (const auto place = difference(our_config, their_config); !place.empty()) return "config.json" + place;
  if (our_config.dump() != their_config.dump()) return "config.json differs in the order of its keys";
  const auto weights_of = [&dir](const std::string& archive, const char* name) {
    const base::ZipReader zip(base::MappedFile::open(archive));
    const auto bytes = zip.read("model.weights.h5");
    const auto path = dir.file(name);
    base::replace_file(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    return path;
  };
  return structure_difference(weights_of(ours, "ours.h5"), weights_of(theirs, "theirs.h5"), allowance);
}

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

  const auto again = models::load_model(first, {.custom_objects = all_custom_objects(c.name)});
  return models_difference(c, *again, model, comparisons);
}

std::string resave_keras_v3(const Case& c, Model& model, const std::string& file, int& comparisons) {
  const testing_support::TempDir dir;
  const auto first = dir.file("first.keras"), second = dir.file("second.keras");
  SaveReport report;
  model.save(first, {.date = false, .report = &report});
  model.save(second, {.date = false});
  ++comparisons;
  if (!same_bytes(first, second)) return "two saves differ in their bytes";
  ++comparisons;
  if (const auto text = archives_difference(first, file, dir, report); !text.empty()) return text;
  const auto again = models::load_model(first, {.custom_objects = all_custom_objects(c.name)});
  return models_difference(c, *again, model, comparisons);
}

std::string resave_weights(const Case& c, Model& model, const std::string& file, int& comparisons) {
  const testing_support::TempDir dir;
  const bool v3 = file.ends_with(".weights.h5");
  const auto first = dir.file(v3 ? "1.weights.h5" : "1.h5"), second = dir.file(v3 ? "2.weights.h5" : "2.h5");
  SaveReport report;
  model.save_weights(first, {.report = &report});
  model.save_weights(second);
  ++comparisons;
  if (!same_bytes(first, second)) return "two saves differ in their bytes";
  ++comparisons;
  auto allowance = v3 ? allowance_for_v3() : allowance_for(c, report);
  if (v3) allowance.without_groups.emplace_back("/optimizer");  // the model is not compiled
  allowance.empty_layers_in_any_order = !v3;
  // Of the corpus's own classes, written here anew (corpus_models.cpp), layers have the names of another order.
  if (v3 && !dynamic_cast<FunctionalModel*>(&model)) allowance.free_attribute = "name";
  if (const auto text = structure_difference(first, file, allowance); !text.empty()) return text;
  const auto before = model.get_weights();
  for (const auto& weight : model.weights()) weight->assign(Tensor::zeros(weight->dtype(), weight->shape()));
  model.load_weights(first);
  return tensors_difference(model.get_weights(), before, comparisons);
}

}  // namespace conformance
