// A history as text.
#include <algorithm>

#include "base/csv.h"
#include "base/float_repr.h"
#include "hornbeam/config.hpp"
#include "hornbeam/training.hpp"

namespace hornbeam {

std::string History::to_json() const {
  auto curves = Config::dict();
  for (const auto& [name, values] : history) curves.set(name, Config(values));
  return Config{{"epoch", Config(epoch)}, {"history", curves}}.dump();
}

std::vector<std::optional<double>> History::by_epoch(const std::string& name) const {
  const auto& values = at(name);
  std::vector<std::optional<double>> all(epoch.size());
  // What is not of the validation and there in fewer epochs was added by a callback that began later.
  const bool of_validation = name.starts_with("val_");
  if (!of_validation && values.size() < all.size()) {
    std::ranges::copy(values, all.end() - static_cast<std::ptrdiff_t>(values.size()));
    return all;
  }
  std::size_t next = 0;
  for (std::size_t e = 0; e < epoch.size() && next < values.size(); ++e) {
    const bool has = values.size() == epoch.size() || (epoch[e] + 1) % validation_freq == 0;
    if (has) all[e] = values[next++];
  }
  return all;
}

std::string History::to_csv() const {
  std::string text = "epoch";
  for (const auto& [name, values] : history) text += "," + base::csv_field(name);
  text += "\n";
  std::vector<std::vector<std::optional<double>>> columns;
  for (const auto& [name, values] : history) columns.push_back(by_epoch(name));
  for (std::size_t e = 0; e < epoch.size(); ++e) {
    text += std::to_string(epoch[e]);
    for (const auto& column : columns) text += "," + (column[e] ? base::float_repr(*column[e]) : std::string());
    text += "\n";
  }
  return text;
}

}  // namespace hornbeam
