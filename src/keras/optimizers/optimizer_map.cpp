#include <algorithm>

#include "hornbeam/errors.hpp"
#include "hornbeam/optimizers.hpp"
#include "keras/optimizers/patterns.h"
#include "keras/optimizers/v3_form.h"
#include "keras/serialization/object_form.h"

namespace hornbeam::optimizers {
namespace {

void check_there(const Optimizer& optimizer) {
  if (!optimizer) throw ValueError("optimizer must be a Keras Optimizer instance. Received: None");
}

// As a key of Python's dict: it stays where it was first.
void put(OptimizerMap::Items& items, const std::string& key, const Optimizer& optimizer) {
  const auto it = std::ranges::find(items, key, &OptimizerMap::Items::value_type::first);
  if (it == items.end()) {
    items.emplace_back(key, optimizer);
  } else {
    it->second = optimizer;
  }
}

const Config& needed(const Config& config, const char* key) {
  if (const auto* found = config.find(key)) return *found;
  throw KeyError("'" + std::string(key) + "'");
}

}  // namespace

OptimizerMap::OptimizerMap(const Optimizer& default_optimizer, Items items)
    : state_(std::make_shared<State>(State{default_optimizer, {}})) {
  if (!default_optimizer) throw TypeError("default_optimizer must be a Keras Optimizer instance. Received: None");
  for (const auto& [key, optimizer] : items) {
    check_there(optimizer);
    put(state_->items, key, optimizer);
  }
}

bool OptimizerMap::contains(const std::string& key) const {
  return std::ranges::find(items(), key, &Items::value_type::first) != items().end();
}

void OptimizerMap::set(const std::string& key, const Optimizer& optimizer) {
  const auto it = std::ranges::find(items(), key, &Items::value_type::first);
  if (it != items().end()) {
    throw ValueError("'" + key + "' already exists in the OptimizerMap with value " + it->second->class_name() +
                     ". Please make sure to not use duplicated keys.");
  }
  check_there(optimizer);
  if (as_loss_scale(optimizer)) throw ValueError("optimizer cannot be LossScaleOptimizer.");
  if (as_multi(optimizer)) throw ValueError("optimizer cannot be MultiOptimizer.");
  put(state_->items, key, optimizer);
}

void OptimizerMap::erase(const std::string& key) {
  if (!std::erase_if(state_->items, [&](const auto& item) { return item.first == key; })) {
    throw KeyError("'" + key + "'");
  }
}

const Optimizer& OptimizerMap::operator[](const std::string& path) const {
  const Optimizer* matching = nullptr;
  for (const auto& [key, optimizer] : items()) {
    if (key == path) return optimizer;
  }
  for (const auto& [key, optimizer] : items()) {
    const auto pattern = compiled_pattern(key);
    if (!pattern->ok()) {
      throw ValueError("OptimizerMap: the key '" + key + "' is no regular expression: " + pattern->error());
    }
    if (!re2::RE2::FullMatch(path, *pattern)) continue;
    if (matching) throw ValueError("Multiple optimizers assigned to variable " + path + ".");
    matching = &optimizer;
  }
  return matching ? *matching : default_optimizer();
}

const Optimizer& OptimizerMap::operator()(const Variable& variable) const { return (*this)[variable->path()]; }

Config OptimizerMap::get_config() const {
  auto map = Config::dict();
  for (const auto& [key, optimizer] : items()) map.set(key, v3_optimizer(*optimizer, OptimizerGeneration::keras3));
  return Config{{"default_optimizer", v3_optimizer(*default_optimizer(), OptimizerGeneration::keras3)},
                {"optimizer_map", std::move(map)}};
}

OptimizerMap OptimizerMap::from_config(const Config& config) {
  const auto default_optimizer = Optimizer::from_config(needed(config, "default_optimizer"));
  const auto& map = needed(config, "optimizer_map");
  if (!map.is_null() && !map.is_dict()) throw TypeError("optimizer_map must be a dictionary. Received: " + brief(map));
  Items items;
  if (map.is_dict()) {
    for (const auto& [key, optimizer] : map.as_dict()) items.emplace_back(key, Optimizer::from_config(optimizer));
  }
  return OptimizerMap(default_optimizer, std::move(items));
}

}  // namespace hornbeam::optimizers
