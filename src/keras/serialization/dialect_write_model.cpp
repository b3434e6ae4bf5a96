// Whole models in a dialect: Model::to_json.
#include "hornbeam/errors.hpp"
#include "keras/engine/op_slice.h"
#include "keras/engine/op_spelling.h"
#include "keras/serialization/dialect_write.h"
#include "keras/serialization/shape_config.h"

namespace hornbeam {
namespace {

Config input_shape_of(const SequentialModel& model) {
  if (model.build_input_shape()) return shape_config(*model.build_input_shape());
  return model.has_graph() ? shape_config(model.symbolic_inputs().tensor().shape()) : Config();
}

// Of a node of Keras 3's GetItem, the slice without "...": from an H5 file Keras 3 makes an Ellipsis of that which the
// layer's own reader does not take.
void spell_out_ellipsis(Config& node) {
  const auto& args = node.at("args");
  if (args.size() < 2) return;
  const auto& shape = args.at(0).at("config").at("shape");
  if (!shape.is_list()) return;  // of unknown rank
  const auto items = without_ellipsis(read_slice(args.at(1)), shape.size());
  node.set("args", Config(Config::List{args.at(0), slice_config(items, true)}));
}

}  // namespace

std::string keras_version_for(const Model& model, const std::string& target, bool asked_for) {
  // A version belongs to the Keras that wrote it.
  const auto& own = model.keras_version();
  const bool keeps = target == model.target() && !own.empty();
  if (keeps && !(asked_for && dialect_for(target, own).tf_keras)) return own;
  switch (target_named(target)) {
    case Target::tf22:
      return "2.3.0-tf";
    case Target::tf215:
      return "2.15.0";
    case Target::keras3:
      break;
  }
  return "3.15.1";
}

Config DialectWriter::policy_of(const Layer& layer) const { return policy(layer.class_name(), layer.dtype_policy()); }

Config DialectWriter::functional_config(const FunctionalModel& model) const {
  const GraphWriter graph(model, dialect_.target, dialect_.extent);
  Config config{{"name", model.name()}};
  if (!is(Target::tf22)) config.set("trainable", model.trainable());
  auto list = Config::list();
  for (const auto& item : model.layers_up_to(dialect_.extent)) {
    auto entry = layer(*item);
    auto inbound = graph.inbound(*item);
    if (dialect_.h5 && is(Target::keras3) && entry.at("class_name") == Config("GetItem")) {
      for (auto& node : inbound.as_list()) spell_out_ellipsis(node);
    }
    entry.set("name", name_for(*item, dialect_.target)).set("inbound_nodes", std::move(inbound));
    list.push_back(std::move(entry));
  }
  config.set("layers", std::move(list));
  config.set("input_layers", graph.ends(model.symbolic_inputs(), model.spelled_inputs_));
  config.set("output_layers", graph.ends(model.symbolic_outputs(), model.spelled_outputs_));
  return config;
}

// Of a model in a Sequential Keras 2 writes the inside as if it were no H5 file.
Config DialectWriter::stacked_layer(const Layer& item) const {
  if (!dialect_.h5 || !is(Target::tf215) || !dynamic_cast<const FunctionalModel*>(&item)) return layer(item);
  auto dialect = dialect_;
  dialect.h5 = false;
  const auto object = DialectWriter(dialect).layer(item);
  return Config{{"class_name", object.at("class_name")}, {"config", object.at("config")}};
}

Config DialectWriter::sequential_config(const SequentialModel& model) const {
  Config config{{"name", model.name()}};
  if (is(Target::keras3)) {
    config.set("trainable", model.trainable());
    config.set("dtype", policy_of(model));
  }
  const auto shape = input_shape_of(model);
  auto list = Config::list();
  if (is(Target::tf22)) {
    // The InputLayer is left out: the first layer says what it stands for.
    for (const auto& item : model.layers()) list.push_back(layer(*item));
    if (model.has_graph() && !model.build_input_shape() && list.size() > 0) {
      auto& first = *list.as_list()[0].find("config");
      // An Embedding has one of its own, without a length: 2.2 writes that, and then cannot load it.
      if (!first.has("batch_input_shape") || model.target() != "tf2.2") first.set("batch_input_shape", shape);
    }
  } else {
    for (const auto& item : model.stack()) list.push_back(stacked_layer(*item));
  }
  config.set("layers", std::move(list));
  const bool told_by_input = model.has_graph() && is(Target::tf215);
  if (!shape.is_null() && !told_by_input) config.set("build_input_shape", shape);
  return config;
}

std::string Model::to_json(const std::string& given) const {
  const auto& target = given.empty() ? target_ : given;
  const auto version = keras_version_for(*this, target, !given.empty());
  const auto dialect = dialect_for(target, version);
  auto object = to_dialect(*this, dialect);
  if (dialect.target == Target::keras3) {
    const bool compiled = target_ == target && training_config_.is_dict() && !training_config_.has("optimizer_config");
    object.set("compile_config", compiled ? training_config_ : Config::dict());
    return object.dump();
  }
  return Config{{"class_name", object.at("class_name")},
                {"config", object.at("config")},
                {"keras_version", version},
                {"backend", "tensorflow"}}
      .dump();
}

}  // namespace hornbeam
