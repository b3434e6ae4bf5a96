#include "keras/serialization/dialect.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "keras/engine/dtype_policy.h"
#include "keras/serialization/dialect_bidirectional.h"
#include "keras/serialization/dialect_preprocessing.h"
#include "keras/serialization/dialect_tables.h"

namespace hornbeam {
namespace {

thread_local Generation generation = Generation::keras2;

void drop_if(Config& config, std::string_view key, const Config& value) {
  if (const auto* found = config.find(key); found && *found == value) config.erase(key);
}

// "float32", {"class_name": "Policy", "config": {"name": "mixed_float16"}}, DTypePolicy objects.
Config name_of_policy(const Config& dtype) {
  if (const auto quantized = quantized_policy_name(dtype)) return *quantized;
  const Config* at = &dtype;
  for (int depth = 0; at->is_dict() && depth < 4; ++depth) {
    const auto* name = at->find("name");
    if (!name) {
      const auto* inner = at->find("config");
      if (!inner) break;
      at = inner;
      continue;
    }
    return *name;
  }
  return at->is_string() ? *at : dtype;
}

bool is_wrapper(const Config& config) {
  const auto* name = config.find("class_name");
  return name && name->is_string() && (name->as_string() == "__tuple__" || name->as_string() == "TensorShape") &&
         config.has("items");
}

}  // namespace

Generation current_generation() { return generation; }
GenerationScope::GenerationScope(Generation g) : saved_(generation) { generation = g; }
GenerationScope::~GenerationScope() { generation = saved_; }

Generation generation_of(const std::string& keras_version, const Config& model) {
  if (keras_version.starts_with("3.")) return Generation::keras3;
  if (!keras_version.empty()) return Generation::keras2;
  // Keras 3's to_json has no version, but names its source modules: null for a class of the user's own.
  return model.has("module") && model.has("registered_name") ? Generation::keras3 : Generation::keras2;
}

Config unwrapped(const Config& config) {
  if (config.is_list()) {
    auto list = Config::list();
    for (const auto& item : config.as_list()) list.push_back(unwrapped(item));
    return list;
  }
  if (!config.is_dict()) return config;
  if (is_wrapper(config)) return unwrapped(config.at("items"));
  auto dict = Config::dict();
  for (const auto& [key, value] : config.as_dict()) dict.set(key, unwrapped(value));
  return dict;
}

Config normalized_layer_config(const std::string& class_name, const Config& given) {
  if (!given.is_dict()) return given;
  auto config = given;
  if (auto* dtype = config.find("dtype")) {
    *dtype = name_of_policy(*dtype);
    if (dtype->is_null()) config.erase("dtype");
  }
  if (const auto* shape = config.find("batch_shape")) {
    const auto value = *shape;
    config.erase("batch_shape");
    config.set("batch_input_shape", value);
  }
  if (class_name == "InputLayer") drop_if(config, "optional", false);
  drop_if(config, "rng_type", "stateful");  // of tf-keras
  drop_if(config, "quantization_config", nullptr);
  drop_if(config, "lora_rank", nullptr);
  drop_if(config, "lora_alpha", nullptr);
  if (class_name == "GRU" || class_name == "GRUCell") {
    // Keras before 2.1.3 knew no reset_after, and did as if it were false. (Keras 3 writes no "implementation".)
    if (config.has("implementation") && !config.has("reset_after")) config.set("reset_after", false);
  }
  if (class_name == "SimpleRNN" || class_name == "SimpleRNNCell") config.erase("implementation");
  // Keras 2.0 wrote these on layers that ignore them.
  drop_if(config, "input_dtype", "float32");
  if (generation == Generation::keras3) set_defaults_of(Target::keras3, class_name, config);
  if (generation == Generation::keras2 && current_target() == Target::tf22) {
    set_defaults_of(Target::tf22, class_name, config);
  }
  if (generation == Generation::keras2) config = preprocessing_from_tf22(class_name, std::move(config));
  if (generation == Generation::keras3) {
    config = preprocessing_from_keras3(class_name, std::move(config));
    if (class_name == "Bidirectional") config = bidirectional_from_keras3(std::move(config));
    for (const auto* key : {"activation", "recurrent_activation"}) {
      auto* activation = config.find(key);
      if (activation && *activation == Config("hard_sigmoid")) *activation = "hard_sigmoid_keras3";
    }
    if (class_name == "LeakyReLU") {
      if (const auto* slope = config.find("negative_slope")) {
        const auto value = *slope;
        config.erase("negative_slope");
        config.set("alpha", value);
      }
    }
    if (class_name == "BatchNormalization") {
      drop_if(config, "synchronized", false);
      drop_if(config, "renorm", false);
      drop_if(config, "renorm_clipping", nullptr);
      drop_if(config, "renorm_momentum", 0.99);
    }
  }
  return config;
}

}  // namespace hornbeam
