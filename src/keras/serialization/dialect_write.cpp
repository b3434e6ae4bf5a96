#include "keras/serialization/dialect_write.h"

#include "hornbeam/errors.hpp"
#include "hornbeam/layers/attention.hpp"
#include "hornbeam/layers/projected_attention.hpp"
#include "hornbeam/serialization.hpp"
#include "keras/activations/builtin.h"
#include "keras/engine/dtype_policy.h"
#include "keras/engine/op_call.h"
#include "keras/engine/op_functions.h"
#include "keras/engine/op_spelling.h"
#include "keras/serialization/custom_lookup.h"
#include "keras/serialization/dialect_bidirectional.h"
#include "keras/serialization/dialect_merges.h"
#include "keras/serialization/dialect_preprocessing.h"
#include "keras/serialization/keras_layer_names.h"
#include "keras/serialization/object_form.h"
#include "keras/serialization/shape_config.h"

namespace hornbeam {
namespace {

constexpr std::string_view kOperation = "ops>";

// Objects in objects: far deeper than any layer's config.
constexpr int kMaxDepth = 64;

[[noreturn]] void cannot_hold(const std::string& who, const std::string& what, Target target) {
  throw ValueError(who + " has " + what + ", which " + name_of(target) +
                   " does not know. Choose another target, or change the layer.");
}

std::string who_of(const std::string& class_name, const Config& config) {
  return class_name + " layer '" + config.get_string("name", "") + "'";
}

const Layer* sublayer_named(const Layer* layer, std::string_view name) {
  if (!layer) return nullptr;
  for (const auto& sublayer : layer->sublayers()) {
    if (sublayer->name() == name) return sublayer.get();
  }
  return nullptr;
}

// Of the initial states a recurrent layer was first called with.
Config state_shapes(const Layer& layer) {
  auto list = Config::list();
  const auto nodes = layer.inbound_nodes();
  if (nodes.empty() || !any_keras_tensor(nodes[0]->options.initial_state)) return list;
  for (const auto& t : nodes[0]->options.initial_state.flatten()) list.push_back(shape_config(t.shape()));
  return list;
}

// Of a layer that was first called on a dict of tensors; null of others.
Config shapes_by_key(const Layer& layer) {
  const auto nodes = layer.inbound_nodes();
  if (nodes.empty() || !nodes[0]->inputs.is_dict()) return {};
  auto shapes = Config::dict();
  for (const auto& [key, input] : nodes[0]->inputs.dict()) {
    if (!input.is_tensor()) return {};
    shapes.set(key, shape_config(input.tensor().shape()));
  }
  return shapes;
}

// Layers that Keras 3 cannot read from an H5 file as it writes them itself. Without a module they are read by Keras 2's
// rules, which know no operations, forget an axis that is none, or several, and take the score_mode "dot" for the
// function of that name. With one they are read as in .keras archives.
bool needs_module(const std::string& class_name, const Config& config) {
  if (class_name.starts_with(kOperation) || class_name == "Attention") return true;
  const auto* axis = config.find("axis");
  return axis && (axis->is_null() || (axis->is_list() && axis->size() != 1)) && find_layer_class(class_name);
}

// What 2.2 has of the arguments of attention's calls: all are causal, or none, and the layer says so.
bool is_causal_for_tf22(const Layer& layer, const std::string& who) {
  std::size_t calls = 0, causal = 0;
  for (const auto& node : layer.inbound_nodes()) {
    const auto is_set = [&](const char* name) {
      const auto* value = node->options.kwargs.find(name);
      return value && *value == Config(true);
    };
    if (is_set("return_attention_scores")) cannot_hold(who, "return_attention_scores = true", Target::tf22);
    ++calls;
    causal += is_set("use_causal_mask");
  }
  if (causal > 0 && causal < calls) cannot_hold(who, "use_causal_mask = true in some of its calls", Target::tf22);
  return causal > 0;
}

// A model of the user's class, whose name may be that of a layer of Keras's.
bool is_users_model(const std::string& class_name, const Layer* layer) {
  return class_name != "Functional" && class_name != "Sequential" && dynamic_cast<const Model*>(layer);
}

// A layer that Keras 3 left out, as the one of another name that computes the same; null of others.
Config renamed_for_keras3(const std::string& class_name, const Config& config) {
  if (class_name == "SyncBatchNormalization") {
    auto other = config;
    return Config{{"class_name", "BatchNormalization"}, {"config", std::move(other.set("synchronized", true))}};
  }
  if (class_name != "ThresholdedReLU") return {};
  auto other = config;
  other.erase("theta");
  other.set("max_value", nullptr).set("negative_slope", 0.0).set("threshold", config.at("theta"));
  return Config{{"class_name", "ReLU"}, {"config", std::move(other)}};
}

bool is_object(const Config& value) {
  const auto* name = value.find("class_name");
  return name && name->is_string() && value.has("config");
}

}  // namespace

Dialect dialect_for(const std::string& target, const std::string& keras_version) {
  Dialect dialect;
  dialect.target = target_named(target);
  dialect.v3_objects = dialect.target != Target::tf22;
  // Keras 2 ended with 2.15; what goes on under its number is tf-keras.
  if (dialect.target == Target::tf215 && keras_version.starts_with("2.")) {
    const auto minor = keras_version.substr(2, keras_version.find('.', 2) - 2);
    dialect.tf_keras = minor.size() == 2 && minor > "15";
  }
  return dialect;
}

Config to_dialect(const Layer& layer, const Dialect& dialect) { return DialectWriter(dialect).layer(layer); }

Config DialectWriter::layer(const Layer& layer, int depth) const {
  const auto class_name = layer.class_name();
  if (const auto* model = dynamic_cast<const SequentialModel*>(&layer); model && class_name == "Sequential") {
    return wrapped(class_name, sequential_config(*model), &layer, depth);
  }
  if (const auto* model = dynamic_cast<const FunctionalModel*>(&layer); model && class_name == "Functional") {
    return wrapped(class_name, functional_config(*model), &layer, depth);
  }
  if (const auto object = op_layer_object(layer, dialect_.target)) return layer_object(*object, &layer);
  return layer_object(layers::serialize(layer), &layer);
}

Config DialectWriter::layer_object(const Config& object, const Layer* layer, int depth) const {
  if (depth > kMaxDepth) throw ValueError("layers are nested deeper than " + std::to_string(kMaxDepth) + " levels");
  if (depth > 0 && dialect_.h5 && is(Target::tf215)) {  // below a wrapper Keras 2 forgets that it writes an H5 file
    auto dialect = dialect_;
    dialect.h5 = false;
    return DialectWriter(dialect).layer_object(object, layer, depth);
  }
  const auto form = read_object_form(object, "layer");
  if (is(Target::keras3)) {
    const auto other = renamed_for_keras3(form.class_name, *form.config);
    if (!other.is_null()) return layer_object(other, layer, depth);
  }
  if (depth > 0 && layer && dynamic_cast<const FunctionalModel*>(layer)) return this->layer(*layer, depth);
  return wrapped(form.class_name, layer_config(form.class_name, *form.config, layer, depth), layer, depth);
}

Config DialectWriter::layer_config(const std::string& class_name, const Config& given, const Layer* layer,
                                   int depth) const {
  if (!given.is_dict()) return given;
  const auto who = who_of(class_name, given);
  if (!has_class(class_name, dialect_.target) && !is_users_model(class_name, layer)) {
    throw ValueError(who + ": " + name_of(dialect_.target) + " has no layer " + class_name + ".");
  }
  if (layer) check_merged_dtypes(*layer, who, dialect_.target);
  auto config = given;
  // The model's InputLayer says it instead.
  if (is(Target::keras3) && class_name != "InputLayer") config.erase("batch_input_shape");
  if (is(Target::keras3) && class_name == "Bidirectional") config = bidirectional_for_keras3(std::move(config));
  if (is(Target::tf22) && dynamic_cast<const DenseAttentionLayer*>(layer) && is_causal_for_tf22(*layer, who)) {
    config.set("causal", true);
  }
  config = preprocessing_for(class_name, std::move(config), layer, dialect_.target);
  apply_key_rules(class_name, who, config);
  if (class_name == "Lambda") config = lambda_for(std::move(config));
  const bool built = layer && !layer->build_shapes().empty() && layer->build_shapes()[0].has_rank();
  const auto rank = built ? layer->build_shapes()[0].rank() : 0;
  auto out = Config::dict();
  for (const auto& [key, item] : config.as_dict()) {
    if (!can_say(class_name, key, item, dialect_.target)) cannot_hold(who, key + " = " + brief(item), dialect_.target);
    const std::string name(key_name(class_name, key, dialect_.target));
    if (key == "dtype" && !class_name.starts_with(kOperation)) {
      out.set(name, policy(class_name, item));
    } else if (item.is_float() && rounded_to_float32(class_name, key, dialect_.target)) {
      out.set(name, static_cast<double>(static_cast<float>(item.as_double())));
    } else if ((item.is_string() && is_plain_word(class_name, key)) || key == "quantization_config") {
      out.set(name, item);
    } else {
      out.set(name, value(who, key, key_form(class_name, key, dialect_.target, item, rank), layer, depth));
    }
  }
  order_keys(class_name, dialect_.target, out);
  return out;
}

// A function is called by its name, in Keras 3 in an object.
Config DialectWriter::lambda_for(Config config) const {
  for (const std::string key : {"function", "mask"}) {
    auto* function = config.find(key);
    const auto* kind = function ? function->find("class_name") : nullptr;
    if (function && is(Target::keras3) && function->is_string()) {
      *function = v3_function(function->as_string());
    } else if (kind && *kind == Config("function") && !is(Target::keras3)) {
      *function = Config(function->at("config"));
      config.set(key + "_type", "function");
      if (key == "mask") config.set("mask_module", nullptr);
    }
  }
  if (auto* arguments = config.find("arguments"); arguments && lists_for_arrays()) {
    *arguments = with_lists_for_arrays(*arguments);
  }
  return config;
}

void DialectWriter::apply_key_rules(const std::string& table_name, const std::string& who, Config& config) const {
  for (const auto& rule : key_rules(table_name)) {
    const auto* found = config.find(rule.key);
    const bool says_nothing = !found || found->equivalent(rule.neutral);
    auto presence = rule.in(dialect_.target, dialect_.tf_keras);
    if (presence == Presence::with_companion) {
      const auto* companion = config.find(rule.companion);
      const bool set = companion && *companion != Config(false);
      presence = set ? Presence::always : Presence::when_set;
    }
    switch (presence) {
      case Presence::always:
        if (!found) config.set(rule.key, rule.neutral);
        break;
      case Presence::with_companion:
      case Presence::when_set:
        if (says_nothing) config.erase(rule.key);
        break;
      case Presence::never:
        if (!says_nothing) cannot_hold(who, std::string(rule.key) + " = " + brief(*found), dialect_.target);
        config.erase(rule.key);
        break;
      case Presence::dropped:
        config.erase(rule.key);
        break;
    }
  }
}

Config DialectWriter::value(const std::string& who, const std::string& key, const Config& value, const Layer* layer,
                            int depth) const {
  for (const auto* family : {"initializer", "regularizer", "constraint"}) {
    if (key.ends_with(family) && is_object(value)) return named_object(who, family, value);
    if (key.ends_with(family) && value.is_string() && dialect_.v3_objects) return v3_function(value.as_string());
  }
  if (key.ends_with("activation")) return activation(who, value, depth);
  // Wrapped layers and cells.
  if (is_object(value)) {
    const auto* name = value.at("config").find("name");
    const bool is_layer = (name && name->is_string()) || find_layer_class(value.at("class_name").as_string());
    if (!is_layer) return value;
    return layer_object(value, name && name->is_string() ? sublayer_named(layer, name->as_string()) : nullptr,
                        depth + 1);
  }
  if (value.is_list() && value.size() > 0 && is_object(value.at(std::size_t{0}))) {
    auto list = Config::list();
    for (const auto& item : value.as_list()) list.push_back(this->value(who, key, item, layer, depth + 1));
    return list;
  }
  return value;
}

Config DialectWriter::named_object(const std::string& who, const std::string& family, const Config& given) const {
  const auto form = read_object_form(given, family);
  auto class_name = form.class_name;
  auto config = *form.config;
  if (!has_class(family == "regularizer" ? class_name : "", dialect_.target)) {
    cannot_hold(who, "the " + family + " " + class_name, dialect_.target);
  }
  if (is(Target::tf22)) {
    if (const auto* scaled = scaled_initializer(class_name)) {
      const auto* seed = config.find("seed");
      config = Config{{"scale", scaled->scale},
                      {"mode", "fan_in"},
                      {"distribution", scaled->distribution},
                      {"seed", seed ? *seed : Config()}};
      class_name = "VarianceScaling";
    }
    if (class_name == "L1" || class_name == "L2") {
      for (const auto* key : {"l1", "l2"}) {
        if (!config.has(key)) config.set(key, 0.0);
      }
      class_name = "L1L2";
    }
  }
  apply_key_rules(class_name == "Identity" ? "initializer:Identity" : class_name, who, config);
  if (config.is_dict()) {
    for (auto& [key, item] : config.as_dict()) {
      if (item.is_float() && rounded_to_float32(class_name, key, dialect_.target)) {
        item = static_cast<double>(static_cast<float>(item.as_double()));
      }
    }
  }
  if (config.is_dict()) order_keys(class_name, dialect_.target, config);
  const auto module = "keras." + family + "s";
  return object(class_name, std::move(config), is_builtin_object(class_name) ? module.c_str() : nullptr);
}

Config DialectWriter::activation(const std::string& who, const Config& value, int depth) const {
  if (value.is_string()) {
    const auto name = activation_name(value.as_string(), dialect_.target);
    if (name.empty()) cannot_hold(who, "the activation " + value.as_string(), dialect_.target);
    if (!dialect_.v3_objects || find_builtin_activation(value.as_string())) return name;
    return v3_function(name);
  }
  if (is_object(value) && value.at("class_name") != Config("function")) return layer_object(value, nullptr, depth + 1);
  return value;
}

Config DialectWriter::policy(const std::string& class_name, const Config& dtype) const {
  const auto* inner = dtype.find("config");
  const auto name = inner ? inner->at("name") : dtype;
  if (const auto quantized = name.is_string() ? quantized_policy_object(name.as_string()) : Config();
      !quantized.is_null()) {
    if (!is(Target::keras3)) cannot_hold(class_name, "dtype = " + name.as_string(), dialect_.target);
    return object(quantized.at("class_name").as_string(), quantized.at("config"), "keras.dtype_policies");
  }
  switch (dialect_.target) {
    case Target::keras3:
      if (keras3_writes_dtype_name(class_name)) return name;
      return object("DTypePolicy", Config{{"name", name}}, "keras");
    case Target::tf215:
      return inner ? object("Policy", Config{{"name", name}}, "keras.mixed_precision") : name;
    case Target::tf22:
      break;
  }
  return dtype;
}

Config DialectWriter::object(const std::string& class_name, Config config, const char* module) const {
  if (!dialect_.v3_objects) return Config{{"class_name", class_name}, {"config", std::move(config)}};
  return v3_object(class_name, std::move(config), module);
}

Config DialectWriter::wrapped(const std::string& class_name, Config config, const Layer* layer, int depth) const {
  const bool plain = dialect_.h5 && depth == 0 && !(is(Target::keras3) && needs_module(class_name, config));
  if (!dialect_.v3_objects || plain) {
    const auto name = is(Target::tf22) && class_name == "Functional" ? "Model" : python_class_name(class_name);
    return Config{{"class_name", name}, {"config", std::move(config)}};
  }
  if (class_name.starts_with(kOperation)) {
    const auto module = std::string("keras.src.ops.") + find_op_function(class_name)->module;
    auto out = object(class_name.substr(kOperation.size()), std::move(config), module.c_str());
    return out.set("registered_name", out.at("class_name"));
  }
  const bool functional = class_name == "Functional";
  const bool op = class_name == "TFOpLambda" || class_name == "SlicingOpLambda";
  const bool users = is_users_model(class_name, layer);
  const bool added = !users && (class_name == "AddLoss" || class_name == "AddMetric");
  std::string module = class_name == "Sequential" ? "keras" : "keras.layers";
  if (functional) module = is(Target::keras3) ? "keras.src.models.functional" : "keras.src.engine.functional";
  if (op) module = "keras.src.layers.core.tf_op_layer";
  if (added) module = "keras.src.engine.base_layer";
  if (dialect_.tf_keras && (functional || op || added)) module = "tf_" + module;
  const bool of_keras = !users && find_layer_class(class_name);
  auto out = object(class_name, std::move(config), of_keras ? module.c_str() : nullptr);
  if (functional || op || added) out.set("registered_name", class_name);
  if (layer) {
    if (auto build = build_config(class_name, *layer); !build.is_null()) out.set("build_config", std::move(build));
    if (is(Target::keras3) && dynamic_cast<const Model*>(layer)) out.set("compile_config", Config::dict());
    if (dialect_.shared.contains(layer) && !placed_.insert(layer).second) out.set("shared_object_id", marks_++);
  }
  return out;
}

Config DialectWriter::build_config(const std::string& class_name, const Layer& layer) const {
  auto shapes = layer.build_shapes();
  if (const auto* attention = dynamic_cast<const ProjectedAttentionLayer*>(&layer);
      attention && !attention->shapes().empty()) {
    auto dict = Config::dict();
    for (const auto& [key, shape] : attention->shapes()) dict.set(key, shape_config(shape));
    if (is(Target::keras3)) return Config{{"shapes_dict", dict}};
    return Config{{"input_shape", dict.at("query_shape")}};  // tf.keras sees the first argument alone
  }
  if (class_name == "InputLayer") return {};
  if (is(Target::keras3) && class_name == "Functional") return Config{{"input_shape", nullptr}};
  if (const auto* model = dynamic_cast<const FunctionalModel*>(&layer)) {
    const auto inputs = model->symbolic_inputs();
    if (inputs.is_dict()) {
      auto by_name = Config::dict();
      if (model->spelled_inputs_.is_dict()) {  // in the order they were given in
        for (const auto& [name, spelled] : model->spelled_inputs_.as_dict()) by_name.set(name, {});
      }
      for (const auto& [name, input] : inputs.dict()) by_name.set(name, shape_config(input.tensor().shape()));
      return Config{{"input_shape", by_name}};
    }
    shapes.clear();
    for (const auto& t : inputs.flatten()) shapes.push_back(t.shape());
  }
  if (is(Target::keras3) && !keras3_writes_build_config(class_name)) return {};
  if (is(Target::keras3) && (class_name == "StringLookup" || class_name == "IntegerLookup")) return Config::dict();
  if (shapes.empty() || (class_name == "StackedRNNCells" && !is(Target::keras3))) return {};
  const auto states = state_shapes(layer);
  if (states.size() > 0 && is(Target::keras3)) {
    Config dict{{"sequences_shape", shape_config(shapes[0])}};
    return Config{{"shapes_dict", dict.set("initial_state_shape", states)}};
  }
  if (const auto features = shapes_by_key(layer); !features.is_null()) return Config{{"input_shape", features}};
  auto list = Config::list();
  for (const auto& shape : shapes) list.push_back(shape_config(shape));
  if (shapes.size() == 1) {
    for (const auto& shape : states.as_list()) list.push_back(shape);
  }
  return Config{{"input_shape", list.size() == 1 ? list.at(0) : list}};
}

}  // namespace hornbeam
