#include "keras/saving/v3_vocabularies.h"

#include "hornbeam/layers/text_vectorization.hpp"
#include "keras/saving/h5_weights.h"
#include "keras/saving/vocabulary_text.h"

namespace hornbeam {
namespace {

const IndexLookupLayer* lookup_in(const Layer& layer) {
  if (const auto* text = dynamic_cast<const TextVectorizationLayer*>(&layer)) return text->lookup().get();
  return dynamic_cast<const IndexLookupLayer*>(&layer);
}

std::string member_of(const V3Holder& holder) {
  return "assets/" + holder.path + (holder.path.empty() ? "" : "/") + "vocabulary.txt";
}

}  // namespace

void load_v3_vocabularies(const formats::keras_v3::Archive& archive, Model& model, V3Layout layout,
                          std::set<std::string>& used, LoadReport& report) {
  const auto assets = archive.assets();
  const std::set<std::string> there(assets.begin(), assets.end());
  for (const auto& holder : v3_holders(model, layout)) {
    const auto* found = lookup_in(*holder.layer);
    const auto member = member_of(holder);
    if (!found || !there.contains(member)) continue;
    used.insert(member);
    if (found->vocabulary_in_config()) continue;
    auto& layer = const_cast<IndexLookupLayer&>(*found);  // the model's, which is not const
    const auto place = report.path + " (member '" + member + "')";
    layer.restore_tokens(words_of_text(layer, archive.asset(member), layout, place));
    report.matched.push_back(member);
  }
}

void load_v3_idf_weights(const V3Store& store, const std::vector<V3Holder>& holders, std::set<std::string>& used,
                         LoadReport& report) {
  for (const auto& holder : holders) {
    const auto dataset = store.named(holder.path, kIdfWeights);
    if (!dataset) continue;
    used.insert(dataset->path().substr(1));
    const auto* found = lookup_in(*holder.layer);
    if (!found || !found->idf_weights().defined()) continue;
    check_held_by_file({*dataset});
    const_cast<IndexLookupLayer&>(*found).restore_idf_weights(read_v3_tensor(*dataset, false));
    report.matched.push_back(dataset->path().substr(1));
  }
}

std::vector<std::pair<std::string, std::string>> v3_vocabularies(const Model& model, V3Layout layout) {
  std::vector<std::pair<std::string, std::string>> members;
  for (const auto& holder : v3_holders(model, layout)) {
    const auto* layer = lookup_in(*holder.layer);
    if (!layer || layer->vocabulary_in_config()) continue;
    std::string text;
    const auto words = layer->get_vocabulary();
    if (words.size() <= static_cast<std::size_t>(layer->token_start())) {
      throw ValueError("Layer '" + holder.layer->name() +
                       "' has no vocabulary, and no Keras opens an archive of a layer that has none. Set its "
                       "vocabulary or adapt it first; H5 files of Keras 3 hold none.");
    }
    for (const auto& word : words.as_list())
      text += (text.empty() && &word == &words.as_list()[0] ? "" : "\n") + token_text(word);
    members.emplace_back(member_of(holder), std::move(text));
  }
  return members;
}

Tensor v3_idf_weights(const Layer& layer) {
  const auto* lookup = lookup_in(layer);
  return lookup ? lookup->idf_weights() : Tensor();
}

}  // namespace hornbeam
