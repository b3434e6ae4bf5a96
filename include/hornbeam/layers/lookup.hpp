// StringLookup and IntegerLookup: words or integers to their places in a vocabulary, and back. Mirror
// keras.layers.StringLookup and IntegerLookup.
//
// The vocabulary is given or learned by adapt(). Index 0 is the mask's, when there is one and the mode is "int"; then
// come num_oov_indices for what is not in it. Output: int64 in mode "int" (the vocabulary's dtype when inverted), else
// (batch, vocabulary_size()) as CategoryEncoding's; "tf_idf" weighs the counts. See layers.hpp.
#pragma once

#include "hornbeam/fields.hpp"

namespace hornbeam {

#define HB_LOOKUP_OPTIONS                                                              \
  std::optional<std::int64_t> max_tokens = {};                                         \
  std::int64_t num_oov_indices = 1;                                                    \
  ::hornbeam::Config mask_token = {};                                                  \
  ::hornbeam::Config oov_token = {};                   /* none: the class's default */ \
  ::hornbeam::Config vocabulary = {};                  /* a list */                    \
  std::optional<std::vector<double>> idf_weights = {}; /* of each word */              \
  bool invert = false;                                                                 \
  std::string output_mode = "int";                                                     \
  bool sparse = false;                                                                 \
  bool pad_to_max_tokens = false;                                                      \
  std::string oov_method = "floormod";                /* Keras 3: or "farmhash" */     \
  std::optional<std::vector<std::int64_t>> salt = {}; /* Keras 3: a key of two */

struct StringLookupOptions {
  HB_LOOKUP_OPTIONS
  std::string encoding = "utf-8";
  HB_LAYER_OPTIONS
};
struct IntegerLookupOptions {
  HB_LOOKUP_OPTIONS
  std::string vocabulary_dtype = "int64";
  HB_LAYER_OPTIONS
};

class IndexLookupLayer : public Layer {
 public:
  explicit IndexLookupLayer(const LayerOptions& options) : Layer(options) {}
  Values call(const Values& inputs, CallContext& context) override;

  // A vocabulary without or with the special tokens in front, and, in mode "tf_idf", a weight for each. Throws
  // ValueError in Keras's words. A list of strings or of integers.
  void set_vocabulary(const Config& vocabulary, const std::optional<std::vector<double>>& idf_weights = {});
  // Learns it: the most frequent words first. Throws ValueError when one was given.
  void adapt(const Tensor& data);
  Config get_vocabulary(bool include_special_tokens = true) const;
  std::int64_t vocabulary_size() const;

  // ---- what files keep ----
  // The words as a vector, without special tokens, and with it nothing else changed; and the weights of "tf_idf" as
  // they are used, special tokens included.
  void restore_tokens(const Tensor& tokens);
  void restore_words(const Config& list);
  // SavedModels say of a vocabulary that was given that it was, and hold it in the table alone: brings it into the
  // config, where all other files have it.
  void restore_given_vocabulary();
  void restore_idf_weights(const Tensor& weights);
  Variable sized_idf_weights(const Shape& shape);  // of the shape that a file holds; null when it cannot be
  Tensor tokens() const;
  bool has_words() const { return vocabulary_size() > token_start(); }
  bool is_adaptable() const { return !has_input_vocabulary_.value_or(!vocabulary_.is_null()); }
  Tensor idf_weights() const;  // undefined in other modes
  const Variable& table() const { return table_; }
  bool vocabulary_in_config() const { return !vocabulary_.is_null(); }
  bool is_invert() const { return invert_; }
  std::int64_t token_start() const { return oov_start() + num_oov_; }
  void check();
  std::vector<Edge> checkpoint_children(Target target) const override;

 protected:
  virtual DType token_dtype() const = 0;
  template <class Options>
  void take(const Options& o, Config default_oov) {
    max_tokens_ = o.max_tokens;
    num_oov_ = o.num_oov_indices;
    mask_token_ = o.mask_token;
    oov_token_ = o.oov_token.is_null() ? std::move(default_oov) : o.oov_token;
    vocabulary_ = o.vocabulary;
    idf_ = o.idf_weights;
    invert_ = o.invert;
    output_mode_ = o.output_mode;
    sparse_ = o.sparse;
    pad_ = o.pad_to_max_tokens;
    oov_method_ = o.oov_method;
    salt_ = o.salt;
  }
  // The keys before "vocabulary_dtype", and those after it.
  template <class Self, class F>
  static void first_fields(Self& self, F&& f) {
    f("invert", self.invert_);
    f("max_tokens", self.max_tokens_);
    f("num_oov_indices", self.num_oov_);
    f("oov_token", self.oov_token_);
    f("mask_token", self.mask_token_);
    f("output_mode", self.output_mode_);
    f("sparse", self.sparse_);
    f("pad_to_max_tokens", self.pad_);
  }
  template <class Self, class F>
  static void last_fields(Self& self, F&& f) {
    f("idf_weights", self.idf_);
    f("vocabulary", self.vocabulary_);
    f("vocabulary_size", self.known_size_);
    f("oov_method", self.oov_method_);
    f("salt", self.salt_);
    f.optional("has_input_vocabulary", self.has_input_vocabulary_);
    f.optional("_keras3", self.keras3_);
  }

 private:
  friend class TextVectorizationLayer;
  std::int64_t oov_start() const { return !mask_token_.is_null() && output_mode_ == "int" ? 1 : 0; }
  DType index_dtype() const;
  Tensor looked_up(const Tensor& given) const;
  Tensor special(const Config& token) const;
  Tensor oov_indices(const Tensor& given) const;
  std::int64_t depth() const;
  void make_state();
  void make_idf();
  void set_idf(const std::vector<double>& weights, bool with_special_tokens);

  std::optional<std::int64_t> max_tokens_, known_size_;
  std::int64_t num_oov_ = 1;
  Config mask_token_, oov_token_, vocabulary_;
  std::optional<std::vector<double>> idf_;
  bool invert_ = false, sparse_ = false, pad_ = false;
  std::string output_mode_ = "int", oov_method_ = "floormod";
  std::optional<std::vector<std::int64_t>> salt_;
  std::optional<bool> has_input_vocabulary_, keras3_;
  Variable table_, idf_variable_;
};

class StringLookupLayer final : public IndexLookupLayer {
 public:
  static constexpr const char* kClassName = "StringLookup";
  explicit StringLookupLayer(const StringLookupOptions& options);
  explicit StringLookupLayer(const LayerOptions& options) : IndexLookupLayer(options) {}
  std::string class_name() const override { return kClassName; }
  Config get_config() const override { return config_of(*this); }
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    first_fields(self, f);
    last_fields(self, f);
    f("encoding", self.encoding_);
  }

 private:
  DType token_dtype() const override { return DType::string; }
  std::string encoding_ = "utf-8";
};

class IntegerLookupLayer final : public IndexLookupLayer {
 public:
  static constexpr const char* kClassName = "IntegerLookup";
  explicit IntegerLookupLayer(const IntegerLookupOptions& options);
  explicit IntegerLookupLayer(const LayerOptions& options) : IndexLookupLayer(options) {}
  std::string class_name() const override { return kClassName; }
  Config get_config() const override { return config_of(*this); }
  void check();
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    first_fields(self, f);
    f("vocabulary_dtype", self.vocabulary_dtype_);
    last_fields(self, f);
  }

 private:
  DType token_dtype() const override { return dtype_from_name(vocabulary_dtype_); }
  std::string vocabulary_dtype_ = "int64";
};

HB_LAYER_HANDLE(StringLookup);
HB_LAYER_HANDLE(IntegerLookup);

}  // namespace hornbeam
