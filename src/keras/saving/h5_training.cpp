#include "keras/saving/h5_training.h"

#include <set>

#include "keras/optimizers/traced_twice.h"
#include "keras/saving/compile_config.h"
#include "keras/saving/h5_weights.h"

namespace hornbeam {
namespace {

namespace hdf5 = formats::hdf5;

constexpr const char* kConfig = "training_config";
constexpr const char* kWeights = "optimizer_weights";

// Datasets of the optimizer's group that are not among `read`.
void note_unread_weights(const hdf5::Group& root, const std::vector<std::string>& read, LoadReport& report) {
  const std::set<std::string> known(read.begin(), read.end());
  const auto prefix = "/" + std::string(kWeights) + "/";
  try {
    if (!root.has(kWeights)) return;
    hdf5::visit_objects(root.group(kWeights), {{}, [&](const hdf5::Dataset& dataset) {
                                                 auto name = dataset.path();
                                                 if (name.starts_with(prefix)) name.erase(0, prefix.size());
                                                 if (known.contains(name)) return;
                                                 report.unused.push_back(std::string(kWeights) + "/" + name);
                                               }});
  } catch (const FormatError& error) {
    // Not needed, so no reason to refuse the file.
    report.unused.push_back(std::string(kWeights) + ", which cannot be read: " + error.what());
  }
}

}  // namespace

void note_unread_training(const hdf5::Group& root, LoadReport& report) {
  if (root.has_attribute(kConfig)) report.unused.emplace_back(kConfig);
  note_unread_weights(root, {}, report);
}

void restore_training(const hdf5::Group& root, const std::string& path, Model& model, const LoadOptions& options,
                      LoadReport& report) {
  if (!root.has_attribute(kConfig)) {
    report.notes.push_back(
        "No training configuration found in the save file, so the model was *not* compiled. Compile it manually.");
    return note_unread_weights(root, {}, report);
  }
  const CustomObjectScope scope(options.custom_objects);
  try {
    const auto text = root.attribute(kConfig).as_string();
    restore_compile(model, Config::parse(text, path + " (" + kConfig + ")"), report);
  } catch (const FormatError& error) {
    model.set_not_compiled(error.what());
    report.notes.push_back(std::string(kConfig) + " cannot be read, the model is not compiled: " + error.what());
  }
  if (!model.is_compiled()) return note_unread_weights(root, {}, report);
  note_loss_scale(model, report);
  if (!root.has(kWeights)) return;
  const auto group = root.group(kWeights);
  const auto names = hdf5::load_attribute_strings(group, "weight_names");
  std::vector<hdf5::Dataset> datasets;
  for (const auto& name : names) datasets.push_back(group.dataset(name));
  check_held_by_file(datasets);
  std::vector<Tensor> values;
  for (const auto& dataset : datasets) values.push_back(read_h5_tensor(dataset, options.map));
  set_traced_twice(model.optimizer(), false);  // the metrics, too, are made when the file is loaded
  restore_optimizer(model, names, values, report);
  note_unread_weights(root, names, report);
}

}  // namespace hornbeam
