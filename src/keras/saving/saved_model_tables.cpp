// Vocabularies of a SavedModel's lookup layers: what its functions fill their tables with, or the bundle has of them.
#include <string_view>
#include <type_traits>

#include "hornbeam/layers/text_vectorization.hpp"
#include "keras/saving/restored_objects.h"
#include "keras/saving/saved_model_objects.h"
#include "ops/text/lookup_table.h"

namespace hornbeam {
namespace {

struct GiveVocabulary {
  Config words;
  template <class T>
  void operator()(std::string_view name, T& value) const {
    if constexpr (std::is_same_v<T, Config>) {
      if (name == "vocabulary") value = words;
    }
  }
  template <class T>
  void optional(std::string_view, T&) const {}
};

// SavedModels say of a vocabulary that was given that it was, and have it in the table alone; all other files have it
// in the config.
void give_vocabularies(const std::shared_ptr<Layer>& layer) {
  if (auto* lookup = dynamic_cast<IndexLookupLayer*>(layer.get())) {
    if (lookup->is_adaptable() || lookup->vocabulary_in_config() || !lookup->has_words()) return;
    const GiveVocabulary give{lookup->get_vocabulary(false)};
    if (auto* strings = dynamic_cast<StringLookupLayer*>(lookup)) StringLookupLayer::fields(*strings, give);
    if (auto* integers = dynamic_cast<IntegerLookupLayer*>(lookup)) IntegerLookupLayer::fields(*integers, give);
  }
  if (dynamic_cast<const TextVectorizationLayer*>(layer.get())) return;
  for (const auto& inner : layer->sublayers()) give_vocabularies(inner);
}

}  // namespace

void load_saved_tables(const RestoredObjects& restored, Model& model, LoadReport& report) {
  for (const auto& [object, node] : nodes_by_names(restored.objects(), model)) {
    auto* table = dynamic_cast<LookupTable*>(object.get());
    if (!table || !std::holds_alternative<formats::saved_model::ResourceObject>(restored.objects().node(node).what)) {
      continue;
    }
    const auto saved = std::static_pointer_cast<LookupTable>(restored.resource(node));
    if (!saved->is_initialized()) continue;
    const auto& contents = saved->contents();
    if (contents.keys().dtype() != table->key_dtype() || contents.values().dtype() != table->value_dtype()) {
      report.mismatched.push_back(table->path() + ": a table of other dtypes");
      continue;
    }
    table->import(contents.keys(), contents.values());
    report.matched.push_back(saved->path());
  }
  for (const auto& layer : model.sublayers()) give_vocabularies(layer);
}

}  // namespace hornbeam
