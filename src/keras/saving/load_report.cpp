#include "hornbeam/saving.hpp"

namespace hornbeam {
namespace {

struct Section {
  const char* name;
  const std::vector<std::string> LoadReport::*names;
};
constexpr Section kSections[] = {
    {"matched", &LoadReport::matched},       {"missing", &LoadReport::missing},     {"unused", &LoadReport::unused},
    {"mismatched", &LoadReport::mismatched}, {"converted", &LoadReport::converted}, {"notes", &LoadReport::notes},
};

}  // namespace

Config LoadReport::to_config() const {
  Config config{{"path", path}, {"format", format}, {"keras_version", keras_version}, {"backend", backend}};
  for (const auto& section : kSections) config.set(section.name, Config(this->*section.names));
  return config;
}

std::string LoadReport::to_string() const {
  std::string text = path + ": " + format;
  if (!keras_version.empty()) text += ", keras " + keras_version;
  if (!backend.empty()) text += ", " + backend;
  text += "\n";
  for (const auto& section : kSections) {
    const auto& names = this->*section.names;
    if (names.empty()) continue;
    text += std::string(section.name) + " (" + std::to_string(names.size()) + "):\n";
    for (const auto& name : names) text += "  " + name + "\n";
  }
  return text;
}

}  // namespace hornbeam
