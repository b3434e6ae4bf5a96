#include "keras/serialization/object_form.h"

#include <map>

#include "hornbeam/errors.hpp"
#include "keras/serialization/reading_layer.h"

namespace hornbeam {
namespace {

constexpr std::size_t kBriefLength = 200;

std::string text_of(const Config* config) {
  return config && config->is_string() ? config->as_string() : std::string();
}

// The call that makes the name known, as it would stand in a program.
std::string registration(std::string_view family, std::string_view full_name) {
  const auto mark = full_name.find('>');
  const auto name = std::string(mark == full_name.npos ? full_name : full_name.substr(mark + 1));
  const std::map<std::string_view, std::string> objects{{"layer", "custom_object<" + name + ">()"},
                                                        {"activation", "HB_FUNCTION(" + name + ")"},
                                                        {"function in Lambda layer", "HB_FUNCTION(" + name + ")"},
                                                        {"loss function", "losses::custom(\"" + name + "\", f)"},
                                                        {"metric function", "MetricFunction{f}"}};
  const auto object = objects.find(family);
  auto call = "register_keras_serializable(\"" + name + "\", " + (object == objects.end() ? "..." : object->second);
  if (mark != full_name.npos) call += ", \"" + std::string(full_name.substr(0, mark)) + "\"";
  return call + ")";
}

[[noreturn]] void refuse_lambda(std::string_view family) {
  throw ValueError("The " + std::string(family) +
                   " is a Python lambda (`__lambda__`): marshalled Python bytecode is never run here. Write the "
                   "function in C++ and pass it in custom_objects, or save the model with a named function." +
                   of_which_layer());
}

}  // namespace

bool ObjectForm::may_be_builtin() const {
  const auto under = [this](std::string_view root) {
    return module.starts_with(root) && (module.size() == root.size() || module[root.size()] == '.');
  };
  if (!module.empty() && !under("keras") && !under("tf_keras") && !under("tensorflow") && module != "builtins") {
    return false;
  }
  return registered_name.empty();
}

ObjectForm read_object_form(const Config& config, std::string_view family) {
  const auto* class_name = config.find("class_name");
  const auto* inner = config.find("config");
  if (!class_name || !class_name->is_string() || !inner) {
    throw ValueError("Improper config format: " + brief(config));
  }
  ObjectForm form{class_name->as_string(), text_of(config.find("registered_name")), text_of(config.find("module")),
                  inner};
  if (form.class_name == "__lambda__") refuse_lambda(family);
  if (form.registered_name == form.class_name) form.registered_name.clear();
  return form;
}

Config v3_object(const std::string& class_name, Config config, const char* module) {
  const auto at = class_name.find('>');
  return Config{{"module", module ? Config(module) : Config()},
                {"class_name", at == std::string::npos ? class_name : class_name.substr(at + 1)},
                {"config", std::move(config)},
                {"registered_name", module ? Config() : Config(class_name)}};
}

Config v3_function(const std::string& name) {
  const bool registered = name.find('>') != name.npos;
  return Config{{"module", "builtins"},
                {"class_name", "function"},
                {"config", name},
                {"registered_name", registered ? name : "function"}};
}

void throw_unknown_object(std::string_view family, std::string_view name, bool by_name) {
  std::string what(family);
  if (family == "activation") what = "activation function";
  // 2.2 leaves the blank out when the name stood alone.
  const auto* colon = by_name && family != "constraint" ? ":" : ": ";
  throw ValueError("Unknown " + what + colon + std::string(name) +
                   ". If it is yours, register it with register_keras_serializable, or name it in a "
                   "CustomObjectScope or in the custom_objects of this call: " +
                   registration(family, name) + "." + of_which_layer());
}

std::string brief(const Config& config) {
  auto text = config.dump();
  if (text.size() > kBriefLength) {
    text.resize(kBriefLength);  // dump() writes ASCII only: no character is cut in two
    text += "...";
  }
  return text;
}

}  // namespace hornbeam
