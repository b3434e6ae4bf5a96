#include "keras/saving/v3_vocabularies.h"

#include <map>

#include "hornbeam/errors.hpp"
#include "hornbeam/target.hpp"
#include "keras/layers/preprocessing/lookup_of.h"
#include "keras/saving/h5_weights.h"
#include "keras/saving/vocabulary_text.h"

namespace hornbeam {
std::vector<std::string> read_v3_vocabularies(const formats::keras_v3::Archive& archive, Model& model,
                                              const V3Places& places, std::set<std::string>& used, LoadReport& report,
                                              Assignments& assignments) {
  const auto assets = archive.assets();
  const std::set<std::string> there(assets.begin(), assets.end());
  std::vector<std::string> missing;
  // The paths are as the archive's writer has them, the words as the model's Keras reads them.
  const auto reader = v3_layout_of(target_named(model.target()));
  std::map<const Layer*, std::string> first;
  for (const auto& holder : v3_holders(model, places.layout, places.copied)) {
    const auto* found = lookup_of(*holder.layer);
    if (!found) continue;
    const auto member = vocabulary_member(holder);
    if (there.contains(member)) used.insert(member);
    if (const auto [own, is_first] = first.emplace(holder.layer, member); !is_first) {
      const bool both = there.contains(member) && there.contains(own->second);
      if (both && archive.asset(member) != archive.asset(own->second)) note_other_copy(*holder.layer, member, report);
      continue;
    }
    if (found->vocabulary_in_config()) continue;
    if (!there.contains(member)) {
      missing.push_back(member);
      continue;
    }
    auto& layer = const_cast<IndexLookupLayer&>(*found);  // the model's, which is not const
    const auto place = report.path + " (member '" + member + "')";
    assignments.add([&layer, &report, member, words = words_of_text(layer, archive.asset(member), reader, place)] {
      layer.restore_tokens(words);
      report.matched.push_back(member);
    });
  }
  report.missing.insert(report.missing.end(), missing.begin(), missing.end());
  return missing;
}

void read_v3_idf_weights(const V3Store& store, const std::vector<V3Holder>& holders, std::set<std::string>& used,
                         LoadReport& report, Assignments& assignments) {
  for (const auto& holder : holders) {
    const auto dataset = store.named(holder.path, kIdfWeights);
    if (!dataset) continue;
    const auto path = dataset->path().substr(1);
    used.insert(path);
    const auto* found = lookup_of(*holder.layer);
    if (!found || !found->idf_weights().defined()) continue;
    const auto dtype = v3_dtype(*dataset);
    if (dataset->shape().size() != 1 || !(is_floating(dtype) || is_integer(dtype))) {
      throw FormatError(dataset->file_name(), dataset->path(), "a vector of numbers",
                        std::string(name_of(dtype)) + " " + Shape(dataset->shape()).to_string());
    }
    check_held_by_file({*dataset});
    auto& layer = const_cast<IndexLookupLayer&>(*found);
    assignments.add([&layer, &report, path, weights = read_v3_tensor(*dataset, false)] {
      layer.restore_idf_weights(weights);
      report.matched.push_back(path);
    });
  }
}

std::vector<std::pair<std::string, std::string>> v3_vocabularies(const Model& model, const WhichLayers& which) {
  std::vector<std::pair<std::string, std::string>> members;
  for (const auto& holder : v3_holders(model, v3_layout_of(which.target), which.copied)) {
    const auto* layer = lookup_of(*holder.layer);
    if (!layer || layer->vocabulary_in_config() || which.left_out.contains(holder.layer)) continue;
    std::string text;
    const auto words = layer->get_vocabulary();
    if (words.size() <= static_cast<std::size_t>(layer->token_start())) {
      throw ValueError("Layer '" + holder.layer->name() +
                       "' has no vocabulary, and no Keras opens an archive of a layer that has none. Set its "
                       "vocabulary or adapt it first; H5 files of Keras 3 hold none.");
    }
    for (const auto& word : words.as_list()) {
      if (!word.is_string() || word.as_string().find_first_of("\r\n") == std::string::npos) continue;
      throw ValueError("Layer '" + holder.layer->name() + "' has the word " + word.dump() +
                       ", which would be two words when the archive is read: it holds one a line. H5 files of Keras 3 "
                       "hold none.");
    }
    for (const auto& word : words.as_list())
      text += (text.empty() && &word == &words.as_list()[0] ? "" : "\n") + token_text(word);
    members.emplace_back(vocabulary_member(holder), std::move(text));
  }
  return members;
}

Tensor v3_idf_weights(const Layer& layer) {
  const auto* lookup = lookup_of(layer);
  return lookup ? lookup->idf_weights() : Tensor();
}

}  // namespace hornbeam
