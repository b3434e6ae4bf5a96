#include "keras/saving/h5_save.h"

#include "base/atomic_file.h"
#include "formats/hdf5/writer.h"
#include "hornbeam/layers/lookup.hpp"
#include "keras/saving/h5_weights_write.h"
#include "keras/saving/left_out.h"
#include "keras/saving/training_state.h"
#include "keras/serialization/dialect_write.h"

namespace hornbeam {
namespace {

namespace hdf5 = formats::hdf5;

void write_optimizer(hdf5::Writer& writer, const NamedTensors& weights, Target target, SaveReport& report) {
  const std::string group = "/optimizer_weights";
  std::vector<std::string> names;
  for (const auto& [name, value] : weights) names.push_back(name);
  hdf5::write_attribute_strings(writer, group, "weight_names", names, string_list_of(target));
  for (const auto& [name, value] : weights) {
    writer.add_dataset(joined(group, name), value);
    report.written.push_back("optimizer: " + name);
  }
}

// A vocabulary that is learned is in no config and no weight: Keras 2 neither writes nor reads an H5 file of its layer,
// learned or not, and Keras 3 leaves it out.
void check_vocabularies(const Layer& layer, Target target, SaveReport& report) {
  const auto* lookup = dynamic_cast<const IndexLookupLayer*>(&layer);
  if (lookup && lookup->is_adaptable() && target != Target::keras3) {
    throw NotImplementedError(
        "Save or restore weights that is not an instance of `tf.Variable` is not supported in h5, use "
        "`save_format='tf'` instead. Layer '" +
        lookup->name() +
        (lookup->has_words()
             ? "' has learned a vocabulary: save a SavedModel or, for tf.keras 2.15, an archive (.keras)."
             : "' has no vocabulary: set it or adapt the layer first; H5 files of Keras 3 hold none."));
  }
  if (lookup && lookup->is_adaptable() && lookup->has_words()) {
    report.dropped.push_back("vocabulary of layer '" + lookup->name() + "': H5 files hold none, and Keras cannot " +
                             "predict from them; archives (.keras) do");
  }
  for (const auto& inner : layer.sublayers()) check_vocabularies(*inner, target, report);
}

// One that was given is in the config, but not in tf.keras 2.2's.
void check_given_vocabularies(const Layer& layer) {
  const auto* lookup = dynamic_cast<const IndexLookupLayer*>(&layer);
  if (lookup && lookup->has_words()) {
    throw ValueError("Layer '" + lookup->name() + "' has a vocabulary, which H5 files do not hold for " +
                     name_of(Target::tf22) + ": save a SavedModel, or for another target.");
  }
  for (const auto& inner : layer.sublayers()) check_given_vocabularies(*inner);
}

// What goes into a file beside the weights.
struct Contents {
  Config config, training;
  FunctionalModel::Extent extent;
  LeftOut left_out;
  NamedTensors optimizer;
};

// All that can be refused is refused here, before there is a file.
Contents contents_of(const Model& model, Target target, bool include_optimizer, SaveReport& report) {
  check_vocabularies(model, target, report);
  auto dialect = dialect_for(name_of(target), report.keras_version);
  dialect.h5 = true;
  dialect.extent = extent_in_h5(target);
  const auto object = to_dialect(model, dialect);
  if (target == Target::tf22) check_given_vocabularies(model);
  Contents contents;
  contents.config = Config{{"class_name", object.at("class_name")}, {"config", object.at("config")}};
  contents.extent = dialect.extent;
  if (include_optimizer) contents.training = training_config_for(model, target, report);
  contents.left_out = left_out(model, target, dialect.extent);
  const auto& lines = contents.left_out.lines;
  report.dropped.insert(report.dropped.end(), lines.begin(), lines.end());
  if (!contents.training.is_null() && contents.left_out.weights.empty()) {
    contents.optimizer = optimizer_weights_for(model, target, report);
  }
  if (!contents.training.is_null() && !contents.left_out.weights.empty()) {
    report.dropped.push_back("optimizer_weights: they are those of the weights that are left out, too");
  }
  if (!include_optimizer && (model.is_compiled() || !model.training_config().is_null())) {
    report.dropped.push_back("training_config: include_optimizer is false");
  }
  return contents;
}

}  // namespace

void check_h5_model(const Model& model, Target target, bool include_optimizer, SaveReport& report) {
  contents_of(model, target, include_optimizer, report);
}

void save_h5_model(const Model& model, const std::string& path, base::IfExists if_exists, Target target,
                   bool include_optimizer, SaveReport& report) {
  const auto contents = contents_of(model, target, include_optimizer, report);
  base::AtomicFile file(path, if_exists);
  hdf5::Writer writer(file);
  writer.add_attribute("/", "keras_version", report.keras_version, hdf5::Charset::utf8);
  writer.add_attribute("/", "backend", "tensorflow", hdf5::Charset::utf8);
  writer.add_attribute("/", "model_config", contents.config.dump(), hdf5::Charset::ascii);
  report.written.push_back("model_config");
  if (!contents.training.is_null()) {
    writer.add_attribute("/", "training_config", contents.training.dump(), hdf5::Charset::ascii);
    report.written.push_back("training_config");
  }
  writer.add_group("/model_weights");
  write_h5_weights(writer, "/model_weights", model, {target, contents.extent, contents.left_out.weights}, report);
  if (!contents.optimizer.empty()) {
    writer.add_group("/optimizer_weights");
    write_optimizer(writer, contents.optimizer, target, report);
  }
  writer.close();
  file.commit();
}

void save_h5_weights(const Model& model, const std::string& path, base::IfExists if_exists, Target target,
                     SaveReport& report) {
  check_vocabularies(model, target, report);
  base::AtomicFile file(path, if_exists);
  hdf5::Writer writer(file);
  write_h5_weights(writer, "/", model, {target, FunctionalModel::Extent::all, {}}, report);
  writer.close();
  file.commit();
}

}  // namespace hornbeam
