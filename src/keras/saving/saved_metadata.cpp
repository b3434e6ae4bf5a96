#include "keras/saving/saved_metadata.h"

#include "hornbeam/layers/projected_attention.hpp"
#include "hornbeam/layers/rnn.hpp"
#include "hornbeam/serialization.hpp"
#include "keras/saving/revived.h"

namespace hornbeam {
namespace {

Config dims_of(const Shape& shape) {
  auto dims = Config::list();
  for (const auto dim : shape.dims()) dims.push_back(dim < 0 ? Config() : Config(dim));
  return dims;
}

Config tuple_of(const Shape& shape) { return Config{{"class_name", "__tuple__"}, {"items", dims_of(shape)}}; }

// Lists of numbers would be taken for several inputs.
Config shape_of(const Shape& shape) {
  return Config{{"class_name", "TensorShape"}, {"items", shape.has_rank() ? dims_of(shape) : Config()}};
}

Config build_shape(const Layer& layer) {
  if (const auto& inputs = layer.build_inputs(); inputs.is_dict()) {
    auto shapes = Config::dict();
    for (const auto& [name, input] : inputs.dict()) {
      if (!input.is_tensor()) return {};
      shapes.set(name, shape_of(input.tensor().shape()));
    }
    return shapes;
  }
  std::vector<Shape> shapes = layer.build_shapes();
  if (const auto* model = dynamic_cast<const Model*>(&layer); model && shapes.empty()) {
    for (const auto& t : model->symbolic_inputs().flatten()) shapes.push_back(t.shape());
  }
  if (shapes.empty()) return {};
  const bool attention = dynamic_cast<const ProjectedAttentionLayer*>(&layer) != nullptr;  // its first argument's
  if (shapes.size() == 1 || attention) return shape_of(shapes[0]);
  auto list = Config::list();
  for (const auto& shape : shapes) list.push_back(shape_of(shape));
  return list;
}

// Of a subclassed model, if its class says what it is made from.
Config own_config(const Model& model) {
  try {
    return model.get_config();
  } catch (const NotImplementedError&) {
    return {};
  }
}

// Layers that have adapt(), which Keras makes from their configs alone.
bool is_prepared(const Layer& layer) {
  const auto name = layer.class_name();
  return name == "TextVectorization" || name == "StringLookup" || name == "IntegerLookup" || name == "Discretization";
}

bool is_functional(const Layer& layer) { return dynamic_cast<const FunctionalModel*>(&layer) != nullptr; }

}  // namespace

std::string keras_identifier(const Layer& layer, Target target) {
  if (const auto* revived = dynamic_cast<const RevivedObject*>(&layer)) return revived->saved().identifier;
  if (dynamic_cast<const InputLayer*>(&layer)) return "_tf_keras_input_layer";
  if (dynamic_cast<const SequentialModel*>(&layer)) return "_tf_keras_sequential";
  if (is_functional(layer)) return target == Target::tf22 ? "_tf_keras_model" : "_tf_keras_network";
  if (dynamic_cast<const Model*>(&layer)) return "_tf_keras_model";
  if (dynamic_cast<const RNNLayer*>(&layer)) return "_tf_keras_rnn_layer";
  return "_tf_keras_layer";
}

Config keras_metadata(const Layer& layer, const Dialect& dialect, const Config& training_config) {
  Config meta = Config::dict();
  const auto* model = dynamic_cast<const Model*>(&layer);
  if (!model || is_functional(layer)) {
    const auto object = to_dialect(layer, dialect);
    meta.set("class_name", object.at("class_name"));
    meta.set("config", object.at("config"));
  } else {
    meta.set("class_name", get_registered_name(layer.class_name()));
    if (auto config = own_config(*model); !config.is_null()) meta.set("config", std::move(config));
  }
  // Keras takes the words from the table alone.
  if (is_prepared(layer)) meta.set("must_restore_from_config", true);
  if (auto* config = meta.find("config"); config && config->is_dict() && config->has("vocabulary")) {
    const auto* given = config->find("vocabulary");
    config->set("has_input_vocabulary", !given->is_null());
    config->set("vocabulary", nullptr);
  }
  meta.set("name", layer.name());
  // A policy that is no dtype is an object in its config.
  const auto* config = meta.find("config");
  const auto* policy = config ? config->find("dtype") : nullptr;
  meta.set("dtype", policy ? *policy : Config(layer.dtype_policy()));
  const auto& batch_shape = layer.batch_input_shape();
  meta.set("batch_input_shape", batch_shape ? tuple_of(*batch_shape) : Config());
  if (dynamic_cast<const InputLayer*>(&layer)) {
    meta.set("sparse", meta.at("config").at("sparse"));
    meta.set("ragged", meta.at("config").at("ragged"));
    return meta;
  }
  meta.set("trainable", layer.trainable());
  meta.set("expects_training_arg", model != nullptr || layer.expects_training());
  meta.set("stateful", layer.stateful());
  meta.set("build_input_shape", build_shape(layer));
  if (model) {
    meta.set("is_graph_network", is_functional(layer));
    meta.set("keras_version", dialect.target == Target::tf22 ? "2.3.0-tf" : "2.15.0");
    meta.set("backend", "tensorflow");
    if (!training_config.is_null()) meta.set("training_config", training_config);
  }
  return meta;
}

}  // namespace hornbeam
