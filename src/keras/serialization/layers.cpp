#include "graph/function.h"
#include "hornbeam/errors.hpp"
#include "hornbeam/model.hpp"
#include "hornbeam/serialization.hpp"
#include "keras/serialization/custom_lookup.h"
#include "keras/serialization/dialect.h"
#include "keras/serialization/keras_layer_names.h"
#include "keras/serialization/object_form.h"
#include "keras/serialization/reading_layer.h"
#include "keras/serialization/shape_config.h"
#include "keras/serialization/shared_layers.h"

namespace hornbeam {

std::shared_ptr<Layer> layer_of_class(const char* class_name, const Config& config) {
  return layers::deserialize(Config{{"class_name", class_name}, {"config", config}}).ptr();
}

namespace layers {
namespace {

// "Lambda" may stand for the function of Lambda layers (the layer finds it); a layer class comes first.
bool names_lambda_function(const ObjectForm& form) {
  const auto* object = form.class_name == "Lambda" ? find_custom_object("Lambda") : nullptr;
  return object && !std::holds_alternative<LayerFactory>(*object);
}

// Keras 3's H5 files name no modules; its layers say whether they are trainable, its operations do not.
bool is_keras3_operation(const ObjectForm& form) {
  return form.module.empty() && current_generation() == Generation::keras3 && form.config->is_dict() &&
         !form.config->has("trainable") && find_layer_class("ops>" + form.class_name);
}

const LayerFactory& factory_of(const ObjectForm& form) {
  if (!names_lambda_function(form)) {
    if (const auto* custom = find_custom<LayerFactory>(form, "layer")) return *custom;
  }
  // Operations of keras.ops share names with layers ("Add") but are called differently: they live under their module.
  constexpr std::string_view kOps = "keras.src.ops.";
  auto name = form.class_name;
  if (form.module.starts_with(kOps) || is_keras3_operation(form)) name = "ops>" + name;
  if (form.may_be_builtin()) {
    if (const auto* factory = find_layer_class(name)) return *factory;
  }
  if (const auto* custom = find_custom_last<LayerFactory>(form.class_name)) return *custom;
  if (form.module.starts_with(kOps)) {
    throw NotImplementedError("Operation " + form.class_name + " is not yet supported (" + form.module + ")");
  }
  if (form.may_be_builtin() && is_layer_of_keras(form.class_name)) {
    throw ValueError("Unknown layer: " + form.class_name +
                     ". It is a layer of Keras's that is not yet supported here. A class of your own of this name is "
                     "found in custom_objects.");
  }
  throw_unknown_object("layer", form.registered_name.empty() ? form.class_name : form.registered_name);
}

// Of a layer that is called on a query, a value and perhaps a key.
std::vector<Shape> attention_shapes(const Config& named) {
  std::vector<Shape> shapes;
  for (const auto* key : {"query_shape", "value_shape", "key_shape"}) {
    const auto* given = named.find(key);
    if (!given) continue;
    const auto shape = shape_if_any(*given);
    if (!shape) return {};
    shapes.push_back(*shape);
  }
  return shapes.size() < 2 ? std::vector<Shape>{} : shapes;
}

// A v3 object says for which shape its layer was built: one, or a list of them. What has another form is left to the
// first call.
std::vector<Shape> built_shapes(const Config& object) {
  const auto* build = object.find("build_config");
  const auto* named = build ? build->find("shapes_dict") : nullptr;
  if (named && named->is_dict() && named->has("query_shape")) return attention_shapes(*named);
  const auto* given = build ? build->find("input_shape") : nullptr;
  if (!given || !given->is_list()) return {};
  if (const auto one = shape_if_any(*given)) return {*one};
  std::vector<Shape> shapes;
  for (const auto& item : given->as_list()) {
    const auto shape = shape_if_any(item);
    if (!shape) return {};
    shapes.push_back(*shape);
  }
  return shapes;
}

// A subclassed model has the weights of what it calls: Keras runs it once, on inputs of the shapes it was built for.
void build_by_running(Model& model, const Config& object) {
  const auto* build = object.find("build_config");
  const auto* shape = build ? build->find("input_shape") : nullptr;
  if (!shape || model.built()) return;
  std::vector<std::string> keys;
  std::vector<TensorSpec> specs;
  const auto dtype = dtype_from_name(backend::floatx());
  if (shape->is_dict()) {
    for (const auto& [key, of] : shape->as_dict()) {
      const auto one = shape_if_any(of);
      if (!one) return;
      keys.push_back(key);
      specs.push_back({dtype, *one});
    }
  } else {
    for (const auto& one : built_shapes(object)) specs.push_back({dtype, one});
  }
  if (specs.empty()) return;
  graph::trace(model.name() + "_build", specs, [&](std::span<const Tensor> inputs) {
    Values::Dict by_key;
    for (std::size_t i = 0; i < keys.size(); ++i) by_key.emplace(keys[i], inputs[i]);
    if (!keys.empty()) return model(Values(std::move(by_key))).flatten();
    if (inputs.size() == 1) return model(inputs[0]).flatten();
    return model(Values(Values::List(inputs.begin(), inputs.end()))).flatten();
  });
}

}  // namespace

Config serialize(const Layer& layer) {
  const auto name = layer.class_name();
  return Config{{"class_name", find_layer_class(name) ? name : get_registered_name(name)},
                {"config", layer.get_config()}};
}

LayerRef deserialize(const Config& config, const CustomObjects& custom_objects) {
  std::optional<CustomObjectScope> scope;
  if (!custom_objects.empty()) scope.emplace(custom_objects);

  static const auto kNoConfig = Config::dict();
  const auto form =
      config.is_string() ? ObjectForm{config.as_string(), "", "", &kNoConfig} : read_object_form(config, "layer");
  if (auto known = shared_layer(config)) return known;
  const ReadingLayer reading(*form.config);
  const auto& factory = factory_of(form);
  // Models hold whole trees of configs and are normalised layer by layer.
  const bool model = form.config->is_list() || form.config->has("layers");
  auto layer =
      model ? factory(*form.config) : factory(normalized_layer_config(form.class_name, unwrapped(*form.config)));
  if (!layer) throw ValueError("from_config of '" + form.class_name + "' gave no layer");
  auto* subclassed = find_layer_class(form.class_name) ? nullptr : dynamic_cast<Model*>(layer.get());
  if (subclassed) {
    build_by_running(*subclassed, config);
  } else if (const auto shapes = built_shapes(config); !shapes.empty() && !layer->built()) {
    layer->ensure_built(shapes);
  }
  note_layer(config, layer);
  return layer;
}

}  // namespace layers
}  // namespace hornbeam
