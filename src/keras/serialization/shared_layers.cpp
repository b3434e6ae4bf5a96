#include "keras/serialization/shared_layers.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace hornbeam {
namespace {

constexpr const char* kMark = "shared_object_id";

thread_local SharedLayersScope* current_scope = nullptr;

bool same_but_for_marks(const Config& a, const Config& b);

bool same_items(const Config::Dict& a, const Config::Dict& b) {
  const auto unmarked = [](const Config::Dict& dict, std::size_t i) {
    while (i < dict.size() && dict[i].first == kMark) ++i;
    return i;
  };
  auto i = unmarked(a, 0), j = unmarked(b, 0);
  while (i < a.size() && j < b.size()) {
    if (a[i].first != b[j].first || !same_but_for_marks(a[i].second, b[j].second)) return false;
    i = unmarked(a, i + 1);
    j = unmarked(b, j + 1);
  }
  return i == a.size() && j == b.size();
}

bool same_but_for_marks(const Config& a, const Config& b) {
  if (a.is_dict() && b.is_dict()) return same_items(a.as_dict(), b.as_dict());
  if (!a.is_list() || !b.is_list()) return a == b;
  return std::ranges::equal(a.as_list(), b.as_list(), same_but_for_marks);
}

std::size_t joined(std::size_t a, std::size_t b) { return (a ^ b) * std::size_t{0x9E3779B97F4A7C15} + (a >> 29); }

// Equal for what is the same but for marks. `note` hears of each dict in it, and of the hash of its class and config,
// which say the layer, if it is one.
template <class Note>
std::size_t hash_but_for_marks(const Config& config, const Note& note) {
  std::size_t hash = config.size();
  if (config.is_list()) {
    for (const auto& item : config.as_list()) hash = joined(hash, hash_but_for_marks(item, note));
    return hash;
  }
  if (!config.is_dict()) {
    if (config.is_string()) return std::hash<std::string>()(config.as_string());
    return config.is_number() ? std::hash<double>()(config.as_double()) : 1 + config.is_bool();
  }
  hash = 0;
  std::size_t class_hash = 0, config_hash = 0;
  for (const auto& [key, item] : config.as_dict()) {
    if (key == kMark) continue;
    const auto of_item = hash_but_for_marks(item, note);
    if (key == "class_name") class_hash = of_item;
    if (key == "config") config_hash = of_item;
    hash = joined(joined(hash, std::hash<std::string>()(key)), of_item);
  }
  note(config, joined(class_hash, config_hash));
  return hash;
}

// Do two places say the same layer? Not what it is called there.
bool same_layer(const Config& a, const Config& b) {
  return a.at("class_name") == b.at("class_name") && same_but_for_marks(a.at("config"), b.at("config"));
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

// Layers are looked up by the hash of what is said of them: a hostile config has many of each kind.
struct SharedLayersScope::Known {
  struct Made {
    const Config* object;
    std::shared_ptr<Layer> layer;
  };
  template <class T>
  using ByHash = std::unordered_map<std::size_t, std::vector<T>>;

  // Of layers in the config, which outlives this.
  std::unordered_map<const Config*, std::size_t> hashes;
  ByHash<const Config*> marked;
  std::map<std::int64_t, Made> by_mark;
  ByHash<Made> unmarked;  // that say the same as a marked one

  std::size_t hash_of(const Config& object) const {
    const auto known = hashes.find(&object);
    if (known != hashes.end()) return known->second;
    std::size_t hash = 0;
    hash_but_for_marks(object, [&](const Config& found, std::size_t of_layer) {
      if (&found == &object) hash = of_layer;
    });
    return hash;
  }
  template <class T>
  static const std::vector<T>& with(const ByHash<T>& all, std::size_t hash) {
    static const std::vector<T> none;
    const auto it = all.find(hash);
    return it == all.end() ? none : it->second;
  }
};

SharedLayersScope::SharedLayersScope(const Config& config) : outer_(current_scope) {
  auto known = std::make_unique<Known>();
  std::vector<const Config*> marked;
  visit_layers(config, [&](const Config& object) {
    known->hashes.emplace(&object, 0);
    if (is_marked_layer(object)) marked.push_back(&object);
  });
  if (!marked.empty()) {
    hash_but_for_marks(config, [&](const Config& object, std::size_t hash) {
      if (const auto place = known->hashes.find(&object); place != known->hashes.end()) place->second = hash;
    });
    for (const auto* object : marked) known->marked[known->hashes.at(object)].push_back(object);
    known_ = std::move(known);
  }
  current_scope = this;
}
SharedLayersScope::~SharedLayersScope() { current_scope = outer_; }

// Each place must say the layer in full: a mark alone would let a small file ask for endless work.
std::shared_ptr<Layer> shared_layer(const Config& object) {
  if (!current_scope || !current_scope->known_ || !is_marked_layer(object)) return nullptr;
  const auto& known = *current_scope->known_;
  const auto it = known.by_mark.find(object.at(kMark).as_int());
  if (it != known.by_mark.end()) return same_layer(*it->second.object, object) ? it->second.layer : nullptr;
  std::shared_ptr<Layer> found;
  for (const auto& [place, layer] : known.with(known.unmarked, known.hash_of(object))) {
    if (!same_layer(*place, object)) continue;
    if (found && found != layer) return nullptr;  // which of them cannot be told
    found = layer;
  }
  return found;
}

void note_layer(const Config& object, const std::shared_ptr<Layer>& layer) {
  if (!current_scope || !current_scope->known_) return;
  auto& known = *current_scope->known_;
  const auto place = known.hashes.find(&object);
  if (place == known.hashes.end()) return;
  if (is_marked_layer(object)) {
    known.by_mark.insert_or_assign(object.at(kMark).as_int(), SharedLayersScope::Known::Made{&object, layer});
  } else if (std::ranges::any_of(known.with(known.marked, place->second),
                                 [&](const auto* marked) { return same_layer(*marked, object); })) {
    known.unmarked[place->second].push_back({&object, layer});
  }
}

std::unordered_set<const Layer*> layers_in_several_models(const Model& model, FunctionalModel::Extent extent) {
  Counter counter(extent);
  counter.visit(model);
  return counter.take();
}

}  // namespace hornbeam
