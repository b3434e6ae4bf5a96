#include "keras/serialization/object_form.h"

#include "hornbeam/errors.hpp"

namespace hornbeam {
namespace {

constexpr std::size_t kBriefLength = 200;

std::string text_of(const Config* config) {
  return config && config->is_string() ? config->as_string() : std::string();
}

[[noreturn]] void refuse_lambda(std::string_view family) {
  throw ValueError("The " + std::string(family) +
                   " is a Python lambda (`__lambda__`): marshalled Python bytecode is never run here. Write the "
                   "function in C++ and pass it in custom_objects, or save the model with a named function.");
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

void throw_unknown_object(std::string_view family, std::string_view name, bool by_name) {
  std::string what(family);
  if (family == "activation") what = "activation function";
  // 2.2 leaves the blank out when the name stood alone.
  const auto* colon = by_name && family != "constraint" ? ":" : ": ";
  throw ValueError("Unknown " + what + colon + std::string(name) +
                   ". If it is yours, register it with register_keras_serializable, or name it in a "
                   "CustomObjectScope or in the custom_objects of this call.");
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
