#include "keras/saving/h5_save.h"

#include "base/atomic_file.h"
#include "formats/hdf5/writer.h"
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

}  // namespace

void save_h5_model(const Model& model, const std::string& path, base::IfExists if_exists, Target target,
                   bool include_optimizer, SaveReport& report) {
  // All that can be refused is refused before there is a file.
  auto dialect = dialect_for(name_of(target), report.keras_version);
  dialect.h5 = true;
  dialect.extent = extent_in_h5(target);
  const auto object = to_dialect(model, dialect);
  const Config config{{"class_name", object.at("class_name")}, {"config", object.at("config")}};
  const auto training = include_optimizer ? training_config_for(model, target, report) : Config();
  const auto left_out = left_out_of_h5(model, target);
  report.dropped.insert(report.dropped.end(), left_out.lines.begin(), left_out.lines.end());
  NamedTensors optimizer;
  if (!training.is_null() && left_out.weights.empty()) optimizer = optimizer_weights_for(model, target, report);
  if (!training.is_null() && !left_out.weights.empty()) {
    report.dropped.push_back("optimizer_weights: they are those of the weights that are left out, too");
  }
  if (!include_optimizer && !model.training_config().is_null()) {
    report.dropped.push_back("training_config: include_optimizer is false");
  }

  base::AtomicFile file(path, if_exists);
  hdf5::Writer writer(file);
  writer.add_attribute("/", "keras_version", report.keras_version, hdf5::Charset::utf8);
  writer.add_attribute("/", "backend", "tensorflow", hdf5::Charset::utf8);
  writer.add_attribute("/", "model_config", config.dump(), hdf5::Charset::ascii);
  report.written.push_back("model_config");
  if (!training.is_null()) {
    writer.add_attribute("/", "training_config", training.dump(), hdf5::Charset::ascii);
    report.written.push_back("training_config");
  }
  writer.add_group("/model_weights");
  write_h5_weights(writer, "/model_weights", model, {target, dialect.extent, left_out.weights}, report);
  if (!optimizer.empty()) {
    writer.add_group("/optimizer_weights");
    write_optimizer(writer, optimizer, target, report);
  }
  writer.close();
  file.commit();
}

void save_h5_weights(const Model& model, const std::string& path, base::IfExists if_exists, Target target,
                     SaveReport& report) {
  base::AtomicFile file(path, if_exists);
  hdf5::Writer writer(file);
  write_h5_weights(writer, "/", model, {target, FunctionalModel::Extent::all, {}}, report);
  writer.close();
  file.commit();
}

}  // namespace hornbeam
