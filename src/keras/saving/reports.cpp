#include "hornbeam/saving.hpp"

namespace hornbeam {
namespace {

template <class Report>
struct Section {
  const char* name;
  const std::vector<std::string> Report::*names;
};
constexpr Section<LoadReport> kLoadSections[] = {
    {"matched", &LoadReport::matched},       {"missing", &LoadReport::missing},     {"unused", &LoadReport::unused},
    {"mismatched", &LoadReport::mismatched}, {"converted", &LoadReport::converted}, {"notes", &LoadReport::notes},
};
constexpr Section<SaveReport> kSaveSections[] = {
    {"written", &SaveReport::written}, {"dropped", &SaveReport::dropped}, {"converted", &SaveReport::converted}};

template <class Report, std::size_t n>
void add_lists(const Report& report, const Section<Report> (&sections)[n], Config& config) {
  for (const auto& section : sections) config.set(section.name, Config(report.*section.names));
}

template <class Report, std::size_t n>
std::string lists_text(const Report& report, const Section<Report> (&sections)[n]) {
  std::string text;
  for (const auto& section : sections) {
    const auto& names = report.*section.names;
    if (names.empty()) continue;
    text += std::string(section.name) + " (" + std::to_string(names.size()) + "):\n";
    for (const auto& name : names) text += "  " + name + "\n";
  }
  return text;
}

}  // namespace

Config LoadReport::to_config() const {
  Config config{{"path", path}, {"format", format}, {"keras_version", keras_version}, {"backend", backend}};
  add_lists(*this, kLoadSections, config);
  return config;
}

std::string LoadReport::to_string() const {
  std::string text = path + ": " + format;
  if (!keras_version.empty()) text += ", keras " + keras_version;
  if (!backend.empty()) text += ", " + backend;
  return text + "\n" + lists_text(*this, kLoadSections);
}

Config SaveReport::to_config() const {
  Config config{{"path", path}, {"format", format}, {"target", target}, {"keras_version", keras_version}};
  add_lists(*this, kSaveSections, config);
  return config;
}

std::string SaveReport::to_string() const {
  return path + ": " + format + " for " + target + ", keras " + keras_version + "\n" + lists_text(*this, kSaveSections);
}

}  // namespace hornbeam
