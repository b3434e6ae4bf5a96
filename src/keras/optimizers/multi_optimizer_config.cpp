// MultiOptimizer in the config of Keras 3.
#include <map>

#include "hornbeam/errors.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/serialization.hpp"
#include "keras/optimizers/registry.h"
#include "keras/serialization/custom_lookup.h"

namespace hornbeam {

Config MultiOptimizerObject::get_config(OptimizerGeneration generation) const {
  if (generation != OptimizerGeneration::keras3) return OptimizerObject::get_config(generation);  // refuses
  const auto& factor = options().loss_scale_factor;
  return Config{{"optimizer_map", map_ ? v3_object("OptimizerMap", map_->get_config(), "keras.optimizers")
                                       : v3_function(selector_.name).set("registered_name", "function")},
                {"loss_scale_factor", factor ? Config(*factor) : Config()},
                {"name", name()}};
}

Optimizer MultiOptimizerObject::converted(OptimizerGeneration generation, std::vector<std::string>* notes) const {
  if (generation != OptimizerGeneration::keras3) get_config(generation);  // refuses
  std::map<const OptimizerObject*, Optimizer> copies;
  const auto copy_of = [&](const Optimizer& optimizer) {
    auto& copy = copies[optimizer.ptr().get()];
    if (!copy) copy = optimizer->converted(generation, notes);
    return copy;
  };
  const Settings settings{options().loss_scale_factor, options().name};
  std::shared_ptr<MultiOptimizerObject> other;
  if (map_) {
    optimizers::OptimizerMap::Items items;
    for (const auto& [key, optimizer] : map_->items()) items.emplace_back(key, copy_of(optimizer));
    other = std::make_shared<MultiOptimizerObject>(
        optimizers::OptimizerMap(copy_of(map_->default_optimizer()), std::move(items)), settings);
  } else {
    other = std::make_shared<MultiOptimizerObject>(selector_, settings);
    for (const auto& optimizer : inner_) other->inner_.push_back(copy_of(optimizer));
  }
  other->iterations()->assign(iterations()->value());
  if (!built()) return other;
  // For the same variables, without asking again which are whose.
  other->which_ = which_;
  other->given_ = given_;
  other->OptimizerObject::build(given_);
  return other;
}

namespace {

constexpr const char* kOthers[] = {
    "weight_decay",  "clipnorm",     "global_clipnorm",         "clipvalue",
    "use_ema",       "ema_momentum", "ema_overwrite_frequency", "gradient_accumulation_steps",
    "learning_rate", "decay"};

OptimizerPointer make_multi(ObjectArguments& a, const OptimizerOptions& common) {
  for (const auto* key : kOthers) {
    if (!a.has(key)) continue;
    throw TypeError("MultiOptimizer.__init__() got an unexpected keyword argument '" + std::string(key) + "'");
  }
  const MultiOptimizerObject::Settings settings{common.loss_scale_factor, common.name};
  if (!a.has("optimizer_map")) throw KeyError("'optimizer_map'");
  const auto map = a.value("optimizer_map");
  const auto form = read_object_form(map, "optimizer map");
  if (form.is_function()) {
    const auto& name = form.config->as_string();
    const auto* custom = find_custom<OptimizerSelector>(name, "function of a variable that gives an optimizer");
    if (!custom) custom = find_custom_last<OptimizerSelector>(name);
    if (!custom) {
      throw TypeError("Could not locate function '" + name + "'. Make sure it is named in a CustomObjectScope.");
    }
    auto selector = *custom;
    selector.name = name;  // as it is found again
    return std::make_shared<MultiOptimizerObject>(std::move(selector), settings);
  }
  if (form.class_name != "OptimizerMap") {
    throw ValueError("MultiOptimizer: the optimizer_map is no OptimizerMap, but a " + form.class_name);
  }
  return std::make_shared<MultiOptimizerObject>(optimizers::OptimizerMap::from_config(*form.config), settings);
}

// Keras finds it among its optimizers, and then sees that it is none.
OptimizerPointer make_map(ObjectArguments& a, const OptimizerOptions&) {
  for (const auto* key : {"default_optimizer", "optimizer_map"}) {
    if (!a.has(key)) throw KeyError("'" + std::string(key) + "'");
  }
  throw ValueError("Could not interpret optimizer identifier: OptimizerMap");
}

}  // namespace

Optimizer optimizers::MultiOptimizer(const OptimizerMap& optimizer_map, const MultiOptimizerOptions& o) {
  return std::make_shared<MultiOptimizerObject>(optimizer_map,
                                                MultiOptimizerObject::Settings{o.loss_scale_factor, o.name});
}

Optimizer optimizers::MultiOptimizer(const OptimizerSelector& optimizer_map, const MultiOptimizerOptions& o) {
  return std::make_shared<MultiOptimizerObject>(optimizer_map,
                                                MultiOptimizerObject::Settings{o.loss_scale_factor, o.name});
}

}  // namespace hornbeam

HB_REGISTER(optimizer_multi) {
  hornbeam::register_optimizer("MultiOptimizer", hornbeam::make_multi);
  hornbeam::register_optimizer("OptimizerMap", hornbeam::make_map);
}
