// TextVectorization: texts to numbers of words: made alike, split, joined to n-grams, looked up. Mirrors
// keras.layers.TextVectorization.
//
// Input: strings (batch,) or (batch, 1). Output: int64 (batch, longest or output_sequence_length) in mode "int", else
// as StringLookup's. Functions of one's own for `standardize` and `split` are not taken: derive from Layer, and give
// this layer what it makes, with both none. See layers.hpp.
#pragma once

#include "hornbeam/layers/lookup.hpp"

namespace hornbeam {

struct TextVectorizationOptions {
  std::optional<std::int64_t> max_tokens = {};
  std::optional<std::string> standardize = "lower_and_strip_punctuation";  // "lower", "strip_punctuation", none
  std::optional<std::string> split = "whitespace";                         // "character", none
  Config ngrams = {};                                                      // up to so many words, or a list of widths
  std::optional<std::string> output_mode = "int";  // "multi_hot", "count", "tf_idf"; none: the words
  std::optional<std::int64_t> output_sequence_length = {};
  bool pad_to_max_tokens = false;
  Config vocabulary = {};
  std::optional<std::vector<double>> idf_weights = {};
  bool sparse = false;  // the outputs are dense all the same
  bool ragged = false;
  std::string encoding = "utf-8";
  HB_LAYER_OPTIONS
};

class TextVectorizationLayer final : public Layer {
 public:
  static constexpr const char* kClassName = "TextVectorization";
  explicit TextVectorizationLayer(const TextVectorizationOptions& options);
  explicit TextVectorizationLayer(const LayerOptions& options) : Layer(options) {}
  std::string class_name() const override { return kClassName; }
  Config get_config() const override;
  Values call(const Values& inputs, CallContext& context) override;
  // As StringLookup's; adapt takes texts.
  void set_vocabulary(const Config& vocabulary, const std::optional<std::vector<double>>& idf_weights = {});
  void adapt(const Tensor& texts);
  Config get_vocabulary(bool include_special_tokens = true) const;
  std::int64_t vocabulary_size() const;
  const std::shared_ptr<StringLookupLayer>& lookup() const { return lookup_; }
  void restore_given_vocabulary();  // as StringLookup's
  std::vector<Edge> checkpoint_children(Target target) const override;

  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("max_tokens", self.max_tokens_);
    f("standardize", self.standardize_);
    f("split", self.split_);
    f("ngrams", self.ngrams_);
    f("output_mode", self.output_mode_);
    f("output_sequence_length", self.length_);
    f("pad_to_max_tokens", self.pad_);
    f("sparse", self.sparse_);
    f("ragged", self.ragged_);
    f("vocabulary", self.vocabulary_);
    f("idf_weights", self.idf_);
    f("encoding", self.encoding_);
    f("vocabulary_size", self.known_size_);
    f.optional("has_input_vocabulary", self.has_input_vocabulary_);
    f.optional("_keras3", self.keras3_);
    f.optional("_int_counts", self.int_counts_);
    f.optional("_padded", self.padded_);
  }
  void check();

 private:
  Tensor words_of(Tensor texts) const;
  Tensor joined_words(const Tensor& words) const;
  Tensor as_box(const Tensor& indices) const;
  std::vector<std::int64_t> ngram_widths() const;

  std::optional<std::int64_t> max_tokens_, length_, known_size_;
  Config standardize_ = "lower_and_strip_punctuation", split_ = "whitespace", ngrams_, vocabulary_;
  std::optional<std::string> output_mode_ = "int";
  bool pad_ = false, sparse_ = false, ragged_ = false;
  std::optional<std::vector<double>> idf_;
  std::string encoding_ = "utf-8";
  std::optional<bool> has_input_vocabulary_, keras3_;
  std::optional<bool> int_counts_;  // tf.keras 2.2 and Keras 3: integers in all modes but "tf_idf"
  std::optional<bool> padded_;      // tf.keras 2.2: pad_to_max_tokens without max_tokens, which says nothing
  std::shared_ptr<StringLookupLayer> lookup_;
};

HB_LAYER_HANDLE(TextVectorization);

}  // namespace hornbeam
