// The object forms of all dialects, read into one.
//
//   legacy  {"class_name": "GlorotUniform", "config": {"seed": null}}
//   v3      {"module": "keras.initializers", "class_name": "GlorotUniform", "config": {...}, "registered_name": null}
//   v3      {"module": "builtins", "class_name": "function", "config": "relu", "registered_name": "function"}
#pragma once

#include <string>
#include <string_view>

#include "hornbeam/config.hpp"

namespace hornbeam {

struct ObjectForm {
  std::string class_name;       // "Dense", "Custom>Mine"
  std::string registered_name;  // v3's, when it names something else than class_name; else empty
  std::string module;           // v3's; empty in the legacy form
  const Config* config = nullptr;

  // May the name be that of a built-in class? (Not when the object says that it comes from another module.)
  bool may_be_builtin() const;
  bool is_function() const { return class_name == "function" && config->is_string(); }
};

// Throws ValueError when this is no object form ("Improper config format: ..."); refuses marshalled Python functions.
// `family` is for messages: "layer", "initializer".
ObjectForm read_object_form(const Config& config, std::string_view family);

// The v3 form. `module`: the public one of a built-in class; null of any other, which is found by its registered name
// ("package>Name").
Config v3_object(const std::string& class_name, Config config, const char* module);

// Of a function of the user's own; one that is not registered under a package is named by its name alone.
Config v3_function(const std::string& name);

// "Unknown layer: Foo" as Keras 2.2 says, then what to do.
[[noreturn]] void throw_unknown_object(std::string_view family, std::string_view name, bool by_name = false);

// Python's text of a config, cut to a readable length: for messages.
std::string brief(const Config& config);

}  // namespace hornbeam
