#include "keras/saving/keras_v3_save.h"

#include <fmt/chrono.h>

#include <chrono>

#include "formats/keras_v3/archive_writer.h"
#include "keras/engine/op_slice.h"
#include "keras/saving/compile_config_write.h"
#include "keras/saving/left_out.h"
#include "keras/saving/v3_vocabularies.h"
#include "keras/serialization/dialect_write.h"
#include "keras/serialization/keras_layer_names.h"
#include "keras/serialization/shared_layers.h"

namespace hornbeam {
namespace {

// As Keras writes it, but in UTC.
std::string date_saved() {
  const auto now = std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
  return fmt::format("{:%Y-%m-%d@%H:%M:%S}", fmt::gmtime(now));
}

// A layer of Keras's that came with a SavedModel and is not here yet acts by the functions of that.
void check_classes(const Layer& layer, Target target) {
  const auto name = layer.class_name();
  if (!find_layer_class(name) && is_layer_of_keras(name)) {
    throw ValueError(name + " layer '" + layer.name() + "' is one of Keras's that is not yet supported here. It acts " +
                     "by functions, which archives for " + name_of(target) +
                     " do not hold; a SavedModel does (save_format=\"tf\").");
  }
  for (const auto& inner : layer.sublayers()) check_classes(*inner, target);
}

// The slice in the calls of a SlicingOpLambda without "...", which tf.keras 2.15 neither writes into an archive nor
// reads from one.
void spell_out_slice(Config& call, std::size_t rank) {
  if (call.is_list()) {
    for (auto& item : call.as_list()) spell_out_slice(item, rank);
  } else if (call.is_dict()) {
    if (auto* slice = call.find("slice_spec")) *slice = slice_config(without_ellipsis(read_slice(*slice), rank), false);
  }
}
void spell_out_slices(Config& config) {
  if (config.is_list()) {
    for (auto& item : config.as_list()) spell_out_slices(item);
  } else if (config.is_dict()) {
    const auto* built = config.find("build_config");
    if (built && config.get_string("class_name", "") == "SlicingOpLambda") {
      const auto& shape = built->at("input_shape");
      auto* calls = config.find("inbound_nodes");
      if (calls && shape.is_list()) spell_out_slice(*calls, shape.size());
      return;
    }
    for (auto& [key, item] : config.as_dict()) spell_out_slices(item);
  }
}

struct Contents {
  formats::keras_v3::Contents texts;  // the file of weights is to come
  Config config;
  LeftOut left_out;
  std::unordered_set<const Layer*> shared;
  OptimizerState optimizer;
};

Contents model_contents(const Model& model, Target target, bool include_optimizer, SaveReport& report) {
  check_classes(model, target);
  auto dialect = dialect_for(name_of(target), report.keras_version);
  dialect.extent = extent_in_archive(target);
  dialect.shared = layers_in_several_models(model, dialect.extent);
  Contents contents;
  contents.config = to_dialect(model, dialect);
  if (target == Target::tf215) spell_out_slices(contents.config);
  contents.shared = dialect.shared;
  for (const auto* layer : contents.shared) {
    report.converted.push_back(
        "layer '" + layer->name() +
        "' stands in several models: Keras, which cannot load such a layer as one, will have one "
        "with the same weights in each, and begin with a new optimizer; Hornbeam has one");
  }
  contents.left_out = left_out(model, target, dialect.extent);
  const auto& lines = contents.left_out.lines;
  report.dropped.insert(report.dropped.end(), lines.begin(), lines.end());
  if (!include_optimizer) {
    if (model.is_compiled() || !model.training_config().is_null())
      report.dropped.push_back("compile_config: include_optimizer is false");
    return contents;
  }
  const auto optimizer = optimizer_in_archive(model, target, report);
  auto compiled = compile_config_for(model, optimizer, target, report);
  if (compiled.is_null()) return contents;
  contents.config.set("compile_config", std::move(compiled));
  if (contents.left_out.weights.empty()) {
    contents.optimizer = optimizer_state_for(model, optimizer, target, report);
  } else {
    report.dropped.push_back("optimizer: its state is that of the weights that are left out, too");
  }
  return contents;
}

// All that can be refused is refused here, before there is a file.
Contents contents_of(const Model& model, Target target, const SaveOptions& options, SaveReport& report) {
  auto contents = model_contents(model, target, options.include_optimizer, report);
  Config metadata{{"keras_version", report.keras_version}};
  if (options.date) metadata.set("date_saved", date_saved());
  contents.texts = {metadata.dump(),
                    contents.config.dump(),
                    {},
                    v3_vocabularies(model, {target, contents.left_out.layers, contents.shared})};
  formats::keras_v3::check_texts(contents.texts);
  return contents;
}

}  // namespace

void check_keras_v3(const Model& model, Target target, const SaveOptions& options, SaveReport& report) {
  contents_of(model, target, options, report);
}

void save_keras_v3(const Model& model, const std::string& path, base::IfExists if_exists, Target target,
                   const SaveOptions& options, SaveReport& report) {
  auto contents = contents_of(model, target, options, report);
  report.written.insert(report.written.end(), {"metadata.json", "config.json"});
  if (const auto* compiled = contents.config.find("compile_config"); compiled && compiled->size() > 0) {
    report.written.emplace_back("compile_config");
  }
  for (const auto& [name, text] : contents.texts.assets) report.written.push_back(name);
  contents.texts.weights = [&](formats::hdf5::Writer& writer) {
    write_v3_weights(writer, model, {target, contents.left_out.layers, contents.shared}, contents.optimizer, report);
  };
  formats::keras_v3::write_archive(path, if_exists, contents.texts);
}

void save_v3_weights(const Model& model, const std::string& path, base::IfExists if_exists, Target target,
                     SaveReport& report) {
  OptimizerState optimizer;
  try {
    optimizer = optimizer_state_for(model, optimizer_in_archive(model, target, report), target, report);
  } catch (const ValueError& error) {
    // What is asked for are the weights.
    report.dropped.push_back(std::string("optimizer: its state. ") + error.what());
  }
  base::AtomicFile file(path, if_exists);
  formats::hdf5::Writer writer(file);
  write_v3_weights(writer, model, {target, {}, {}}, optimizer, report);
  writer.close();
  file.commit();
}

}  // namespace hornbeam
