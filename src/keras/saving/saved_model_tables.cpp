// Vocabularies of a SavedModel's lookup layers: what its functions fill their tables with, or the bundle has of them.
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

#include "hornbeam/layers/text_vectorization.hpp"
#include "keras/saving/restored_objects.h"
#include "keras/saving/saved_model_objects.h"
#include "ops/text/lookup_table.h"

namespace hornbeam {
namespace {

// What a config says of a vocabulary.
struct VocabularyFields {
  Config* vocabulary = nullptr;
  const std::optional<std::vector<double>>* idf_weights = nullptr;
  bool given = false;
  template <class T>
  void operator()(std::string_view name, T& value) {
    if constexpr (std::is_same_v<T, Config>) {
      if (name == "vocabulary") vocabulary = &value;
    } else if constexpr (std::is_same_v<T, std::optional<std::vector<double>>>) {
      if (name == "idf_weights") idf_weights = &value;
    }
  }
  template <class T>
  void optional(std::string_view name, T& value) {
    if constexpr (std::is_same_v<T, std::optional<bool>>)
      given = given || (name == "has_input_vocabulary" && value == true);
  }
};

// SavedModels say of a vocabulary that was given that it was, and have it in the table alone; all other files have it
// in the config: with the special tokens, where weights were given for these too.
template <class L>
void give_vocabulary(L& layer, const IndexLookupLayer& lookup) {
  VocabularyFields fields;
  L::fields(layer, fields);
  if (!fields.given || !fields.vocabulary->is_null() || !lookup.has_words()) return;
  const auto& idf = *fields.idf_weights;
  *fields.vocabulary = lookup.get_vocabulary(idf && static_cast<std::int64_t>(idf->size()) == lookup.vocabulary_size());
}

void give_vocabularies(const std::shared_ptr<Layer>& layer) {
  if (auto* texts = dynamic_cast<TextVectorizationLayer*>(layer.get())) {
    give_vocabulary(*texts, *texts->lookup());
    return give_vocabulary(*texts->lookup(), *texts->lookup());
  }
  if (auto* strings = dynamic_cast<StringLookupLayer*>(layer.get())) give_vocabulary(*strings, *strings);
  if (auto* integers = dynamic_cast<IntegerLookupLayer*>(layer.get())) give_vocabulary(*integers, *integers);
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
