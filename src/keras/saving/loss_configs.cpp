#include "keras/saving/loss_configs.h"

#include <algorithm>

#include "hornbeam/errors.hpp"

namespace hornbeam {
namespace {

Config losses_config(const Losses& losses, Target target) {
  if (!losses.list().empty()) {
    auto list = Config::list();
    for (const auto& loss : losses.list()) list.push_back(loss.to_config(target));
    return list;
  }
  if (!losses.by_name().empty()) {
    auto dict = Config::dict();
    for (const auto& [name, loss] : losses.by_name()) dict.set(name, loss.to_config(target));
    return dict;
  }
  return losses.one().to_config(target);
}

Config weights_config(const LossWeights& weights) {
  if (!weights.list().empty()) return Config(weights.list());
  if (weights.by_name().empty()) return {};
  auto dict = Config::dict();
  for (const auto& [name, weight] : weights.by_name()) dict.set(name, weight);
  return dict;
}

bool one_an_output(const Config& dict, const std::vector<std::string>& outputs) {
  return std::ranges::all_of(outputs, [&](const auto& name) { return dict.has(name); });
}

// Of a dict, list or one value for all: a list in the outputs' order, `absent` where nothing is said.
Config in_order(const Config& given, const std::vector<std::string>& outputs, const Config& absent) {
  auto list = Config::list();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (given.is_list()) {
      list.push_back(i < given.size() ? given.at(i) : absent);
    } else if (given.is_dict() && !given.has("class_name")) {
      const auto* found = given.find(outputs[i]);
      list.push_back(found ? *found : absent);
    } else {
      list.push_back(given);
    }
  }
  return list;
}

// What Keras 3 takes as it stands: of losses by name each output's, with weights of the same form.
bool readable_by_keras3(const LossConfigs& configs, const std::vector<std::string>& outputs) {
  const auto& [losses, weights] = configs;
  const bool by_name = losses.is_dict() && !losses.has("class_name");
  if (by_name && !one_an_output(losses, outputs)) return false;
  if (weights.is_null()) return true;
  if (by_name) return weights.is_dict() && one_an_output(weights, outputs);
  return losses.is_list() && weights.is_list();
}

std::string full_name(const std::string& word) {
  try {
    const Loss loss(word);
    const auto name = loss->function_name();
    const bool readable = loss->is_function() || name.empty() || loss->class_name() == word;
    return readable ? word : name;
  } catch (const Error&) {
    return word;  // a custom one, or one that is not here yet
  }
}

}  // namespace

LossConfigs loss_configs(const CompileOptions& options, const std::vector<std::string>& outputs, Target target) {
  LossConfigs configs{losses_config(options.loss, target), weights_config(options.loss_weights)};
  if (target != Target::keras3) return configs;
  configs.losses = with_full_names(configs.losses);
  if (outputs.size() < 2 || configs.losses.is_null() || readable_by_keras3(configs, outputs)) return configs;
  configs.losses = in_order(configs.losses, outputs, Config());
  if (!configs.weights.is_null()) configs.weights = in_order(configs.weights, outputs, Config(1.0));
  return configs;
}

Config with_full_names(const Config& losses) {
  if (losses.is_string()) return full_name(losses.as_string());
  if (losses.is_list()) {
    auto list = Config::list();
    for (const auto& loss : losses.as_list()) list.push_back(with_full_names(loss));
    return list;
  }
  if (!losses.is_dict() || losses.has("class_name")) return losses;
  auto dict = Config::dict();
  for (const auto& [output, loss] : losses.as_dict()) dict.set(output, with_full_names(loss));
  return dict;
}

}  // namespace hornbeam
