// What a training came to, epoch by epoch, and as text.
#include <algorithm>

#include "base/csv.h"
#include "base/float_repr.h"
#include "hornbeam/errors.hpp"
#include "keras/training/results.h"

namespace hornbeam {

const std::vector<Result>& History::at(const std::string& name) const {
  for (const auto& [key, values] : history) {
    if (key == name) return values;
  }
  throw KeyError("'" + name + "'");
}

void History::add(std::int64_t number, const Logs& logs) {
  const auto earlier = epoch;
  epoch.push_back(number);
  for (std::size_t i = 0; i < logs.names().size(); ++i) {
    const auto& name = logs.names()[i];
    auto at = std::ranges::find(history, name, [](const auto& entry) { return entry.first; });
    if (at == history.end()) {
      at = history.insert(at, {name, {}});
      if (!earlier.empty()) epochs_of[name] = {};
    }
    at->second.push_back(logs.values()[i]);
    if (const auto partly = epochs_of.find(name); partly != epochs_of.end()) partly->second.push_back(number);
  }
  // Those that were there after each epoch until now.
  for (const auto& [name, values] : history) {
    if (std::ranges::find(logs.names(), name) == logs.names().end()) epochs_of.try_emplace(name, earlier);
  }
}

std::vector<std::optional<Result>> History::by_epoch(const std::string& name) const {
  const auto& values = at(name);
  const auto partly = epochs_of.find(name);
  const auto& numbers = partly == epochs_of.end() ? epoch : partly->second;
  std::vector<std::optional<Result>> all(epoch.size());
  std::size_t e = 0;
  for (std::size_t i = 0; i < values.size() && i < numbers.size(); ++i) {
    while (e < epoch.size() && epoch[e] != numbers[i]) ++e;
    if (e < epoch.size()) all[e++] = values[i];
  }
  return all;
}

std::string History::to_json() const {
  auto curves = Config::dict();
  for (const auto& [name, values] : history) {
    auto list = Config::list();
    for (const auto& value : values) list.push_back(training::to_config(value));
    curves.set(name, list);
  }
  auto all = Config{{"epoch", Config(epoch)}, {"history", curves}};
  if (!epochs_of.empty()) {
    auto partly = Config::dict();
    for (const auto& [name, values] : history) {
      if (const auto found = epochs_of.find(name); found != epochs_of.end()) partly.set(name, Config(found->second));
    }
    all.set("epochs_of", partly);
  }
  return all.dump();
}

std::string History::to_csv() const {
  std::string text = "epoch";
  for (const auto& [name, values] : history) text += "," + base::csv_field(name);
  text += "\n";
  std::vector<std::vector<std::optional<Result>>> columns;
  for (const auto& [name, values] : history) columns.push_back(by_epoch(name));
  const auto field = [](const Result& result) {
    return result.is_array() ? base::csv_field(training::array_list(result)) : base::float_repr(result.number());
  };
  for (std::size_t e = 0; e < epoch.size(); ++e) {
    text += std::to_string(epoch[e]);
    for (const auto& column : columns) text += "," + (column[e] ? field(*column[e]) : std::string());
    text += "\n";
  }
  return text;
}

}  // namespace hornbeam
