// FunctionalModel and SequentialModel from and to their configs.
#include <algorithm>

#include "hornbeam/fields.hpp"
#include "hornbeam/model.hpp"
#include "hornbeam/serialization.hpp"
#include "keras/engine/call_scope.h"
#include "keras/layers/register.h"
#include "keras/serialization/dialect.h"
#include "keras/serialization/graph_reader.h"
#include "keras/serialization/graph_writer.h"
#include "keras/serialization/load_notes.h"
#include "keras/serialization/shape_config.h"

namespace hornbeam {
namespace {

// How deep models may nest: far more than anyone builds, and the walk over them recurses.
constexpr int kMaxNesting = 64;
thread_local int nesting = 0;
struct NestingGuard {
  NestingGuard() {
    if (++nesting > kMaxNesting) {
      --nesting;
      throw ValueError("models are nested deeper than " + std::to_string(kMaxNesting) + " levels");
    }
  }
  ~NestingGuard() { --nesting; }
  NestingGuard(const NestingGuard&) = delete;
  NestingGuard& operator=(const NestingGuard&) = delete;
};

ModelOptions model_options(const Config& config) {
  ModelOptions options;
  if (const auto* name = config.find("name"); name && name->is_string()) options.name = name->as_string();
  return options;
}

// tf.keras 2.2 leaves the InputLayer of a Sequential out and writes its shape behind all else that the first layer says
// of itself; a layer that was given the shape says it before its dtype.
std::optional<Shape> shape_of_dropped_input(const Config& item) {
  const auto* config = item.find("config");
  if (!config || !config->is_dict() || config->has("layers") || !config->has("dtype")) return std::nullopt;
  const auto& [key, shape] = config->as_dict().back();
  if (key != "batch_input_shape" || !shape.is_list() || config->has("sparse")) return std::nullopt;
  Shape found;
  field_from_config(shape, found);
  return found;
}

void note_unused(const std::vector<std::shared_ptr<Layer>>& read, const FunctionalModel& model) {
  const auto used = model.layers();
  for (const auto& layer : read) {
    if (std::ranges::find(used, layer) != used.end()) continue;
    add_load_note({LoadNote::Kind::unused_layer, layer->class_name() + " '" + layer->name() + "'",
                   "no output of the model needs it"});
  }
}

// Keras 3 restores a whole model's `trainable: false`; tf.keras leaves it to what each layer says of itself.
void apply_trainable(Layer& model, const Config& config) {
  if (current_generation() != Generation::keras3) return;
  const auto* trainable = config.find("trainable");
  if (!trainable || !trainable->is_bool() || trainable->as_bool()) return;
  model.set_trainable(false);
}

}  // namespace

std::shared_ptr<Layer> FunctionalModel::from_config(const Config& config) {
  const NestingGuard guard;
  const RootNameScope root;
  const auto graph = read_graph(config);
  auto model = std::make_shared<FunctionalModel>(graph.inputs, graph.outputs, model_options(config));
  // As Keras 2 does; Keras 3 forgets them.
  if (current_generation() == Generation::keras2) {
    model->keep_rest_of(graph.layers, graph.calls);
  } else {
    note_unused(graph.layers, *model);
  }
  model->spelled_inputs_ = config.at("input_layers");
  model->spelled_outputs_ = config.at("output_layers");
  apply_trainable(*model, config);
  return model;
}

Config FunctionalModel::get_config() const {
  const GraphWriter graph(*this, Target::tf215, Extent::all);
  auto list = Config::list();
  for (const auto& layer : layers()) {
    auto entry = layers::serialize(*layer);
    entry.set("name", layer->name()).set("inbound_nodes", graph.inbound(*layer));
    list.push_back(std::move(entry));
  }
  return Config{{"name", name()},
                {"trainable", trainable()},
                {"layers", std::move(list)},
                {"input_layers", graph.ends(inputs_, spelled_inputs_)},
                {"output_layers", graph.ends(outputs_, spelled_outputs_)}};
}

std::shared_ptr<Layer> SequentialModel::from_config(const Config& config) {
  const NestingGuard guard;
  const RootNameScope root;
  // Keras up to 2.2.2 wrote the list of layers alone.
  const auto& list = config.is_list() ? config.as_list() : config.at("layers").as_list();
  std::vector<SequentialItem> items;
  std::optional<Shape> built_for;
  if (const auto* shape = config.find("build_input_shape"); shape && shape->is_list()) {
    built_for = shape_if_any(*shape);
    if (!built_for) throw ValueError("build_input_shape is no shape: " + shape->dump());
  }
  for (const auto& item : list) {
    if (items.empty()) {
      if (const auto shape = shape_of_dropped_input(item)) {
        auto rest = item;
        rest.find("config")->erase("batch_input_shape");
        const auto layer = layers::deserialize(rest);
        items.emplace_back(InputLayer::create(*shape, layer->variable_dtype(), layer->name() + "_input"));
        items.emplace_back(layer);
        continue;
      }
    }
    const auto layer = layers::deserialize(item);
    const auto& own = layer->batch_input_shape();
    // tf.keras 2.2 forgets what an Embedding's input was, but says what the model was built for.
    if (items.empty() && built_for && own && own->rank() == built_for->rank() && !own->is_fully_known() &&
        own->is_compatible_with(*built_for) && !dynamic_cast<const InputLayer*>(layer.ptr().get())) {
      auto dims = own->dims();
      for (std::size_t i = 1; i < dims.size(); ++i) dims[i] = dims[i] < 0 ? (*built_for)[i] : dims[i];
      items.emplace_back(InputLayer::create(Shape(dims), layer->variable_dtype(), layer->name() + "_input"));
    }
    items.emplace_back(layer);
  }
  const auto options = model_options(config);
  auto model = std::make_shared<SequentialModel>(std::vector<SequentialItem>(), options);
  if (config.is_dict() && config.has("dtype")) {
    // Keras 3 writes the policy, which decides whether compile() scales losses.
    model = std::make_shared<SequentialModel>(
        LayerOptions{.name = options.name, .dtype = layer_options_from(config).dtype});
    model->autocast_ = false;
    model->supports_masking_ = true;
  }
  for (const auto& item : items) model->push(item);
  model->finish();
  if (!model->has_graph() && built_for) model->build(*built_for);
  apply_trainable(*model, config);
  return model;
}

Config SequentialModel::get_config() const {
  Config config{{"name", name()}, {"trainable", trainable()}};
  auto list = Config::list();
  for (const auto& layer : stack_) list.push_back(layers::serialize(*layer));
  config.set("layers", std::move(list));
  if (!has_graph() && build_input_shape_) config.set("build_input_shape", shape_config(*build_input_shape_));
  return config;
}

std::shared_ptr<Layer> InputLayer::from_config(const Config& config) {
  const auto* batch_shape = config.find("batch_input_shape");
  if (!batch_shape) throw ValueError("InputLayer needs `batch_input_shape`; found " + config.dump());
  if (batch_shape->is_null()) throw ValueError("You must pass a `shape` argument.");
  if (!batch_shape->is_list()) throw ValueError("Cannot convert '" + batch_shape->dump() + "' to a shape.");
  Shape shape;
  field_from_config(*batch_shape, shape);
  for (const auto d : shape) {
    if (d < None) throw ValueError("InputLayer: a dim of " + shape.to_string() + " is negative");
  }
  const auto dtype = dtype_from_name(config.get_string("dtype", backend::floatx()));
  const auto flag = [&](const char* key) {
    const auto* value = config.find(key);
    return value && value->is_bool() && value->as_bool();
  };
  return std::make_shared<InputLayer>(shape, dtype, config.get_string("name", ""), flag("sparse"), flag("ragged"),
                                      flag("optional"));
}

}  // namespace hornbeam

HB_REGISTER(engine_classes) {
  using namespace hornbeam;
  register_layer("Functional", FunctionalModel::from_config);
  register_layer("Model", FunctionalModel::from_config);
  register_layer("Sequential", SequentialModel::from_config);
  register_layer("InputLayer", InputLayer::from_config);
}
