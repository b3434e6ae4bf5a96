// adapt() of lookup layers: counts words, and the documents that have them.
#include <cmath>
#include <map>
#include <set>

#include "hornbeam/layers/lookup.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/ragged_tensor.hpp"
#include "keras/layers/preprocessing/vocabulary.h"

namespace hornbeam {
namespace {

template <class Key>
struct WordCounts {
  std::map<Key, std::int64_t> words, documents;
  std::int64_t document_count = 0;
};

// Rows of words: of a ragged tensor its own, of others those along the first dim; a vector is of single words.
template <class Key>
WordCounts<Key> counted_words(const Tensor& data) {
  WordCounts<Key> counts;
  std::vector<std::int64_t> ends;
  Tensor flat = data;
  if (is_ragged(data)) {
    const RaggedTensor ragged(data);
    flat = ragged.flat_values();
    const auto splits = ragged.row_splits().data<std::int64_t>();
    if (ragged.ragged_rank() != 1) throw ValueError("adapt takes ragged data with one ragged dimension");
    ends.assign(splits.begin() + 1, splits.end());
  } else {
    const auto rows = data.rank() == 0 ? 1 : data.shape()[0];
    const auto width = rows == 0 ? 0 : data.num_elements() / rows;
    for (std::int64_t r = 1; r <= rows; ++r) ends.push_back(r * width);
  }
  const auto words = flat.data<Key>();
  std::size_t at = 0;
  for (const auto end : ends) {
    std::set<Key> here;
    for (; at < static_cast<std::size_t>(end); ++at) {
      ++counts.words[words[at]];
      here.insert(words[at]);
    }
    for (const auto& word : here) ++counts.documents[word];
    ++counts.document_count;
  }
  return counts;
}

// The weight of a word that stands in so many documents.
template <class Key>
std::vector<double> idf_of(const Tensor& tokens, const WordCounts<Key>& counts) {
  std::vector<double> weights;
  const auto all = static_cast<double>(counts.document_count);
  for (const auto& word : tokens.data<Key>()) {
    const auto with = counts.documents.find(word);
    const auto n = with == counts.documents.end() ? 0.0 : static_cast<double>(with->second);
    weights.push_back(std::log(1.0 + all / (1.0 + n)));
  }
  return weights;
}

}  // namespace

void IndexLookupLayer::adapt(const Tensor& data) {
  if (has_input_vocabulary_.value_or(!vocabulary_.is_null())) {
    throw ValueError("Cannot adapt " + class_name() +
                     " layer after setting a static vocabulary via init argument or `set_vocabulary`.");
  }
  const auto most = max_tokens_ ? *max_tokens_ - token_start() : std::int64_t{-1};
  if (token_dtype() == DType::string) {
    auto counts = counted_words<std::string>(data);
    for (const auto& token : {mask_token_, oov_token_}) {
      if (!token.is_null()) counts.words.erase(token.as_string());
    }
    const auto tokens = learned_tokens(counts.words, most);
    restore_tokens(tokens);
    if (output_mode_ == "tf_idf") set_idf(idf_of(tokens, counts), false);
    return;
  }
  const auto flat =
      is_ragged(data)
          ? Tensor(RaggedTensor::from_nested_row_splits(ops::cast(RaggedTensor(data).flat_values(), DType::int64),
                                                        RaggedTensor(data).nested_row_splits()))
          : ops::cast(data, DType::int64);
  auto counts = counted_words<std::int64_t>(flat);
  for (const auto& token : {mask_token_, oov_token_}) {
    if (!token.is_null()) counts.words.erase(token.as_int());
  }
  const auto tokens = learned_tokens(counts.words, most, DType::int64);
  restore_tokens(ops::cast(tokens, token_dtype()));
  if (output_mode_ == "tf_idf") set_idf(idf_of(tokens, counts), false);
}

}  // namespace hornbeam
