// Vocabularies of a SavedModel's lookup layers: what its functions fill their tables with, or the bundle has of them.
#include "hornbeam/layers/text_vectorization.hpp"
#include "keras/saving/restored_objects.h"
#include "keras/saving/saved_model_objects.h"
#include "ops/text/lookup_table.h"

namespace hornbeam {
namespace {

void give_vocabularies(Layer& layer) {
  if (auto* texts = dynamic_cast<TextVectorizationLayer*>(&layer)) return texts->restore_given_vocabulary();
  if (auto* lookup = dynamic_cast<IndexLookupLayer*>(&layer)) lookup->restore_given_vocabulary();
  for (const auto& inner : layer.sublayers()) give_vocabularies(*inner);
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
  for (const auto& layer : model.sublayers()) give_vocabularies(*layer);
}

}  // namespace hornbeam
