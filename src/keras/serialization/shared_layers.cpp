#include "keras/serialization/shared_layers.h"

#include <map>
#include <set>
#include <vector>

namespace hornbeam {
namespace {

constexpr const char* kMark = "shared_object_id";

thread_local SharedLayersScope* current_scope = nullptr;

Config without_marks(const Config& config) {
  if (config.is_list()) {
    auto list = Config::list();
    for (const auto& item : config.as_list()) list.push_back(without_marks(item));
    return list;
  }
  if (!config.is_dict()) return config;
  auto dict = Config::dict();
  for (const auto& [key, item] : config.as_dict()) {
    if (key != kMark) dict.set(key, without_marks(item));
  }
  return dict;
}

// What two places of one layer say alike: not how it is called there.
Config essence(const Config& object) {
  return Config{{"class_name", object.at("class_name")}, {"config", without_marks(object.at("config"))}};
}

// Policies and initializers are marked as well; sharing them changes nothing.
bool is_marked_layer(const Config& object) {
  const auto* mark = object.find(kMark);
  if (!mark || !mark->is_int() || !object.has("class_name")) return false;
  const auto* config = object.find("config");
  const auto* name = config ? config->find("name") : nullptr;
  return name && name->is_string() && !object.has("value");
}

// Of models: the layers that they list, each of which may be a model in turn.
template <class Visit>
void visit_layers(const Config& object, const Visit& visit) {
  visit(object);
  const auto* config = object.find("config");
  const auto* layers = config ? config->find("layers") : nullptr;
  if (!layers || !layers->is_list()) return;
  for (const auto& layer : layers->as_list()) visit_layers(layer, visit);
}

class Counter {
 public:
  explicit Counter(FunctionalModel::Extent extent) : extent_(extent) {}

  void visit(const Layer& layer) {
    if (!seen_.insert(&layer).second) {
      found_.insert(&layer);
      return;
    }
    if (const auto* stack = dynamic_cast<const SequentialModel*>(&layer)) {
      for (const auto& item : stack->stack()) visit(*item);
    } else if (const auto* graph = dynamic_cast<const FunctionalModel*>(&layer)) {
      for (const auto& item : graph->layers_up_to(extent_)) visit(*item);
    }
  }
  std::unordered_set<const Layer*> take() { return std::move(found_); }

 private:
  FunctionalModel::Extent extent_;
  std::set<const Layer*> seen_;
  std::unordered_set<const Layer*> found_;
};

}  // namespace

struct SharedLayersScope::Known {
  std::vector<Config> wanted;  // essences of the marked ones
  std::map<std::int64_t, std::shared_ptr<Layer>> by_mark;
  std::vector<std::pair<Config, std::shared_ptr<Layer>>> unmarked;
};

SharedLayersScope::SharedLayersScope(const Config& config) : outer_(current_scope) {
  visit_layers(config, [this](const Config& object) {
    if (!is_marked_layer(object)) return;
    if (!known_) known_ = std::make_unique<Known>();
    known_->wanted.push_back(essence(object));
  });
  current_scope = this;
}
SharedLayersScope::~SharedLayersScope() { current_scope = outer_; }

std::shared_ptr<Layer> shared_layer(const Config& object) {
  if (!current_scope || !current_scope->known_ || !is_marked_layer(object)) return nullptr;
  auto& known = *current_scope->known_;
  auto& layer = known.by_mark[object.at(kMark).as_int()];
  if (layer) return layer;
  const auto wanted = essence(object);
  for (const auto& [config, candidate] : known.unmarked) {
    if (config == wanted) return layer = candidate;
  }
  return nullptr;
}

void note_layer(const Config& object, const std::shared_ptr<Layer>& layer) {
  if (!current_scope || !current_scope->known_ || !object.is_dict()) return;
  auto& known = *current_scope->known_;
  if (is_marked_layer(object)) {
    known.by_mark[object.at(kMark).as_int()] = layer;
    return;
  }
  auto config = essence(object);
  for (const auto& wanted : known.wanted) {
    if (config != wanted) continue;
    known.unmarked.emplace_back(std::move(config), layer);
    return;
  }
}

std::unordered_set<const Layer*> layers_in_several_models(const Model& model, FunctionalModel::Extent extent) {
  Counter counter(extent);
  counter.visit(model);
  return counter.take();
}

}  // namespace hornbeam
