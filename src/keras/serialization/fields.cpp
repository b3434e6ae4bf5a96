#include "hornbeam/fields.hpp"

#include <algorithm>
#include <array>

#include "hornbeam/errors.hpp"
#include "keras/serialization/load_notes.h"
#include "keras/serialization/object_form.h"

namespace hornbeam {
namespace {

// Of every layer, beside its own fields. The last ones are Keras's constructor keywords that change no result.
constexpr std::array<std::string_view, 9> kLayerKeys = {"name",        "trainable", "dtype",   "batch_input_shape",
                                                        "input_shape", "dynamic",   "weights", "experimental_autocast",
                                                        "autocast"};

Shape shape_from(const Config& config, const char* key) {
  Shape shape;
  try {
    field_from_config(config, shape);
  } catch (const TypeError& error) {
    throw TypeError("'" + std::string(key) + "': " + error.what());
  }
  for (const auto dim : shape) {
    if (dim < 0 && dim != None) throw ValueError("'" + std::string(key) + "': a dim is negative: " + brief(config));
  }
  return shape;
}

// A name, or a policy object of any version: {"class_name": "Policy", "config": {"name": "mixed_float16"}}.
std::string policy_name(const Config& dtype) {
  const auto* config = dtype.find("config");
  const auto* name = config ? config->find("name") : nullptr;
  if (name && name->is_string()) return name->as_string();
  if (!dtype.is_string()) throw TypeError("Could not interpret dtype policy: " + brief(dtype));
  return dtype.as_string();
}

}  // namespace

void FieldReader::missing(const char* key) const {
  throw TypeError(std::string(class_name) + ": __init__() missing 1 required positional argument: '" + key + "'");
}

void FieldReader::wrong(const char* key, const Config& found, const char* why) const {
  throw TypeError(std::string(class_name) + ": the value of '" + key + "' cannot be used: " + brief(found) + " (" +
                  why + ")");
}

LayerOptions layer_options_from(const Config& config) {
  if (!config.is_dict()) throw ValueError("Improper config format: " + brief(config));
  LayerOptions options;
  const auto given = [&](const char* key) {
    const auto* value = config.find(key);
    return value && !value->is_null() ? value : nullptr;
  };
  if (const auto* name = given("name")) {
    if (!name->is_string()) throw TypeError("'name': expected str, found " + std::string(name->type_name()));
    options.name = name->as_string();
  }
  if (const auto* trainable = given("trainable")) options.trainable = trainable->as_bool();
  if (const auto* dtype = given("dtype")) options.dtype = policy_name(*dtype);
  if (const auto* shape = given("batch_input_shape"))
    options.batch_input_shape = shape_from(*shape, "batch_input_shape");
  if (const auto* shape = given("input_shape")) options.input_shape = shape_from(*shape, "input_shape");
  return options;
}

void check_unknown_keys(const Config& config, const std::string& class_name,
                        const std::set<std::string, std::less<>>& known) {
  for (const auto& [key, value] : config.as_dict()) {
    if (known.contains(key) || std::ranges::find(kLayerKeys, key) != kLayerKeys.end()) continue;
    const bool says_nothing = value.is_null() || (value.is_bool() && !value.as_bool());
    if (!says_nothing) {
      throw TypeError("('Keyword argument not understood:', '" + key + "') in the config of " + class_name + " '" +
                      config.get_string("name", "") + "'");
    }
    add_load_note({LoadNote::Kind::ignored_key, class_name + " '" + config.get_string("name", "") + "'",
                   key + " = " + value.dump()});
  }
}

}  // namespace hornbeam
