#include "keras/serialization/dialect_preprocessing.h"

#include <limits>

#include "hornbeam/fields.hpp"
#include "hornbeam/layers/discretization.hpp"

namespace hornbeam {
namespace {

bool is_lookup(const std::string& class_name) { return class_name == "StringLookup" || class_name == "IntegerLookup"; }
bool is_set(const Config& config, const char* key) {
  const auto* value = config.find(key);
  return value && !value->is_null();
}

// 2.2 spells some modes otherwise.
void rename_mode(Config& config, const char* from, const char* to) {
  auto* mode = config.find("output_mode");
  if (mode && *mode == Config(from)) *mode = to;
}

// 2.2 does not count the token of padding, which words as integers have.
void add_to_max_tokens(Config& config, std::int64_t more) {
  const auto *mode = config.find("output_mode"), *most = config.find("max_tokens");
  if (!most || !most->is_int() || (mode && *mode != Config("int"))) return;
  if (most->as_int() < std::numeric_limits<std::int64_t>::max()) config.set("max_tokens", most->as_int() + more);
}

}  // namespace

Config preprocessing_from_keras3(const std::string& class_name, Config config) {
  const auto* given = config.find("output_mode");
  const auto mode = given && given->is_string() ? given->as_string() : "int";
  if (class_name == "Discretization") {
    if (mode == "int") config.set("dtype", "int32");
    if (is_set(config, "bin_boundaries") && is_set(config, "num_bins")) config.set("_adapted", true);
  }
  const auto counts = mode == "tf_idf" || mode == "tf-idf" ? "float32" : "int64";
  if (is_lookup(class_name)) config.set("dtype", counts).set("_keras3", true);
  if (class_name == "TextVectorization") {
    config.set("dtype", "string").set("_keras3", true);
    config.set("_int_counts", counts == std::string_view("int64"));
  }
  return config;
}

Config preprocessing_from_tf22(const std::string& class_name, Config config) {
  // Its configs say all keys that it has, and not those that came later. What somebody wrote by hand may say fewer.
  const bool whole = config.has("ngrams") && config.has("output_sequence_length") && config.has("pad_to_max_tokens");
  const bool its_own = whole || current_target() == Target::tf22;
  if (class_name != "TextVectorization" || !its_own || config.has("encoding")) return config;
  rename_mode(config, "binary", "multi_hot");
  rename_mode(config, "tf-idf", "tf_idf");
  add_to_max_tokens(config, 1);
  // Without a limit there is nothing to fill up to.
  const auto* pad = config.find("pad_to_max_tokens");
  if (!is_set(config, "max_tokens") && (!pad || *pad == Config(true))) {
    config.set("pad_to_max_tokens", false).set("_padded", true);
  }
  const auto* mode = config.find("output_mode");
  config.set("_int_counts", !mode || *mode != Config("tf_idf"));
  return config;
}

Config preprocessing_for(const std::string& class_name, Config config, const Layer* layer, Target target) {
  const bool keras3 = target == Target::keras3;
  if (class_name == "Discretization") {
    const bool adapted = is_set(config, "_adapted");
    config.erase("_adapted");
    if (adapted && !keras3) config.set("num_bins", nullptr);  // which would be refused beside the boundaries
    const auto* bins = dynamic_cast<const DiscretizationLayer*>(layer);
    if (keras3 && bins && !is_set(config, "bin_boundaries") && !bins->bin_boundaries().empty()) {
      config.set("bin_boundaries", field_to_config(bins->bin_boundaries()));
    }
    if (keras3 && config.get_string("output_mode", "int") == "int") config.set("dtype", "float32");
  }
  if (is_lookup(class_name) && keras3) config.set("dtype", "float32");
  if (is_lookup(class_name) || class_name == "TextVectorization") {
    config.erase("has_input_vocabulary");
    config.erase("_keras3");
  }
  if (class_name == "TextVectorization") {
    if (is_set(config, "_padded") && target == Target::tf22) config.set("pad_to_max_tokens", true);
    config.erase("_padded");
    config.erase("_int_counts");
    if (keras3) config.set("dtype", "float32");
    if (target == Target::tf22) {
      config.erase("vocabulary_size");
      config.erase("vocabulary");  // learned, as far as 2.2 knows
      rename_mode(config, "multi_hot", "binary");
      rename_mode(config, "tf_idf", "tf-idf");
      add_to_max_tokens(config, -1);
    }
  }
  return config;
}

}  // namespace hornbeam
