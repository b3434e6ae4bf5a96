#include "keras/serialization/shared_layers.h"

#include <algorithm>
#include <map>
#include <set>
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

struct SharedLayersScope::Known {
  struct Made {
    const Config* object;
    std::shared_ptr<Layer> layer;
  };
  std::vector<const Config*> marked;
  std::set<const Config*> places;  // of layers in the config, which outlives this
  std::map<std::int64_t, Made> by_mark;
  std::vector<Made> unmarked;  // that say the same as a marked one
};

SharedLayersScope::SharedLayersScope(const Config& config) : outer_(current_scope) {
  auto known = std::make_unique<Known>();
  visit_layers(config, [&known](const Config& object) {
    known->places.insert(&object);
    if (is_marked_layer(object)) known->marked.push_back(&object);
  });
  if (!known->marked.empty()) known_ = std::move(known);
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
  for (const auto& [place, layer] : known.unmarked) {
    if (!same_layer(*place, object)) continue;
    if (found && found != layer) return nullptr;  // which of them cannot be told
    found = layer;
  }
  return found;
}

void note_layer(const Config& object, const std::shared_ptr<Layer>& layer) {
  if (!current_scope || !current_scope->known_) return;
  auto& known = *current_scope->known_;
  if (!known.places.contains(&object)) return;
  if (is_marked_layer(object)) {
    known.by_mark.insert_or_assign(object.at(kMark).as_int(), SharedLayersScope::Known::Made{&object, layer});
  } else if (std::ranges::any_of(known.marked, [&](const auto* place) { return same_layer(*place, object); })) {
    known.unmarked.push_back({&object, layer});
  }
}

std::unordered_set<const Layer*> layers_in_several_models(const Model& model, FunctionalModel::Extent extent) {
  Counter counter(extent);
  counter.visit(model);
  return counter.take();
}

}  // namespace hornbeam
