#include "hornbeam/layers/text_vectorization.hpp"

#include <algorithm>

#include "hornbeam/ragged_tensor.hpp"
#include "hornbeam/target.hpp"
#include "keras/layers/preprocessing/encode.h"
#include "keras/layers/preprocessing/text_steps.h"
#include "keras/layers/register.h"
#include "ops/ragged/ragged.h"

namespace hornbeam {
namespace {

std::string mode_text(const std::optional<std::string>& mode) { return mode ? *mode : "None"; }

void check_word(const Config& value, const char* argument, const std::vector<std::string>& allowed) {
  if (value.is_null()) return;
  if (value.is_string() && std::ranges::find(allowed, value.as_string()) != allowed.end()) return;
  throw_not_allowed("TextVectorization", argument, value, allowed, true, true);
}

// 2.2's layer within that counts. Only what it holds is of interest: from a SavedModel 2.2 revives the
// TextVectorization without its class, and finds the layer's weights in layers alone.
class CategoricalEncodingLayer final : public Layer {
 public:
  explicit CategoricalEncodingLayer(std::string output_mode)
      : Layer(LayerOptions{.name = "categorical_encoding"}), output_mode_(std::move(output_mode)) {}
  std::string class_name() const override { return "CategoricalEncoding"; }
  Values call(const Values& inputs, CallContext&) override { return inputs; }
  Config get_config() const override {
    return Config{{"name", name()},        {"trainable", true},           {"dtype", "float32"},
                  {"max_tokens", nullptr}, {"output_mode", output_mode_}, {"sparse", false}};
  }

 private:
  std::string output_mode_;
};

}  // namespace

TextVectorizationLayer::TextVectorizationLayer(const TextVectorizationOptions& o)
    : Layer([&] {
        auto options = o.layer();
        if (!options.dtype) options.dtype = "string";
        return options;
      }()),
      max_tokens_(o.max_tokens),
      length_(o.output_sequence_length),
      standardize_(field_to_config(o.standardize)),
      split_(field_to_config(o.split)),
      ngrams_(o.ngrams),
      vocabulary_(o.vocabulary),
      output_mode_(o.output_mode),
      pad_(o.pad_to_max_tokens),
      sparse_(o.sparse),
      ragged_(o.ragged),
      idf_(o.idf_weights),
      encoding_(o.encoding) {
  check();
}

void TextVectorizationLayer::check() {
  if (compute_dtype() != DType::string) {
    throw ValueError("`TextVectorization` may only have a dtype of string. Received dtype: " + dtype_policy() + ".");
  }
  check_word(standardize_, "standardize", {"lower_and_strip_punctuation", "lower", "strip_punctuation"});
  check_word(split_, "split", {"whitespace", "character"});
  if (output_mode_ == "binary") output_mode_ = "multi_hot";
  if (output_mode_ == "tf-idf") output_mode_ = "tf_idf";
  if (output_mode_) {
    const std::vector<std::string> allowed{"int", "count", "multi_hot", "tf_idf"};
    const bool keras3 = *output_mode_ == "one_hot" && keras3_;
    if (!keras3 && std::ranges::find(allowed, *output_mode_) == allowed.end()) {
      throw_not_allowed("TextVectorization", "output_mode", *output_mode_, allowed, true);
    }
  }
  const bool widths =
      ngrams_.is_list() && std::ranges::all_of(ngrams_.as_list(), [](const Config& n) { return n.is_int(); });
  if (!ngrams_.is_null() && !ngrams_.is_int() && !widths) {
    throw ValueError("`ngrams` must be None, an integer, or a tuple of integers. Received: ngrams=" +
                     (ngrams_.is_string() ? ngrams_.as_string() : ngrams_.dump()));
  }
  for (const auto width : ngram_widths()) {
    if (width <= 0) throw ValueError("`ngrams` must be positive. Received: ngrams=" + ngrams_.dump());
  }
  if (output_mode_ != "int" && length_) {
    throw ValueError(
        "`output_sequence_length` must not be set if `output_mode` is not 'int'. Received output_sequence_length=" +
        std::to_string(*length_) + ".");
  }
  if (length_ && *length_ < 0) {
    throw ValueError("`output_sequence_length` must not be negative. Received: output_sequence_length=" +
                     std::to_string(*length_));
  }
  if (ragged_ && output_mode_ != "int") {
    throw ValueError("`ragged` must not be true if `output_mode` is `'int'`. Received: ragged=True and output_mode=" +
                     mode_text(output_mode_));
  }
  if (ragged_ && length_) {
    throw ValueError(
        "`output_sequence_length` must not be set if ragged is True. Received: ragged=True and "
        "output_sequence_length=" +
        std::to_string(*length_));
  }
  ragged_inputs_ = RaggedInputs::taken;
  autocast_ = false;
  // The layer within, as Keras has it.
  const auto mode = output_mode_.value_or("int");
  Config config{{"max_tokens", field_to_config(max_tokens_)},
                {"mask_token", ""},
                {"vocabulary", vocabulary_},
                {"idf_weights", field_to_config(idf_)},
                {"output_mode", mode},
                {"pad_to_max_tokens", pad_},
                {"sparse", sparse_},
                {"encoding", encoding_},
                {"vocabulary_size", field_to_config(known_size_)}};
  if (keras3_) config.set("_keras3", true);
  if (int_counts_ == true && mode != "tf_idf") config.set("dtype", "int64");
  if (has_input_vocabulary_) config.set("has_input_vocabulary", *has_input_vocabulary_);
  lookup_ = std::static_pointer_cast<StringLookupLayer>(layer_of_class(StringLookupLayer::kClassName, config));
  track_layer("_lookup_layer", lookup_);
}

void TextVectorizationLayer::restore_given_vocabulary() {
  lookup_->restore_given_vocabulary();
  vocabulary_ = lookup_->vocabulary_;
}

Config TextVectorizationLayer::get_config() const {
  auto config = config_of(*this);
  const bool known = lookup_->has_words() || !known_size_;
  return config.set("vocabulary_size", known ? vocabulary_size() : *known_size_);
}

std::vector<Trackable::Edge> TextVectorizationLayer::checkpoint_children(Target target) const {
  auto children = edges();
  if (target != Target::tf22) return children;
  for (auto& child : children) {
    if (child.name == "_lookup_layer") child.name = "_index_lookup_layer";
  }
  // The layer that counts, which is another one there, and which keeps how many words it knows where nothing else
  // tells.
  const auto vectorize = std::make_shared<CategoricalEncodingLayer>(output_mode_.value_or("int"));
  if (const auto& weights = lookup_->idf_variable_) vectorize->add_edge("tf_idf_weights", weights);
  if (output_mode_.value_or("int") != "int" && !(pad_ && max_tokens_)) {
    const bool known = lookup_->has_words() || !known_size_;
    const auto size = static_cast<std::int32_t>(known ? vocabulary_size() : *known_size_);
    vectorize->add_edge("num_elements", std::make_shared<VariableNode>("num_elements", Tensor::scalar(size), false));
  }
  if (!vectorize->edges().empty()) children.push_back({"_vectorize_layer", vectorize});
  return children;
}

void TextVectorizationLayer::set_vocabulary(const Config& vocabulary, const std::optional<std::vector<double>>& idf) {
  lookup_->set_vocabulary(vocabulary, idf);
}
Config TextVectorizationLayer::get_vocabulary(bool include_special_tokens) const {
  return lookup_->get_vocabulary(include_special_tokens);
}
std::int64_t TextVectorizationLayer::vocabulary_size() const { return lookup_->vocabulary_size(); }

void TextVectorizationLayer::adapt(const Tensor& texts) {
  auto data = texts;
  if (!is_ragged(data) && data.rank() == 1) data = ops::expand_dims(data, -1);
  lookup_->adapt(words_of(data));
}

std::vector<std::int64_t> TextVectorizationLayer::ngram_widths() const {
  if (!ngrams_.is_int()) return ngrams_.is_null() ? std::vector<std::int64_t>{} : ngrams_.as_ints();
  constexpr std::int64_t kMost = 1024;
  if (ngrams_.as_int() > kMost) {
    throw ValueError("`ngrams` may be up to " + std::to_string(kMost) + ". Received: ngrams=" + ngrams_.dump());
  }
  std::vector<std::int64_t> widths;
  for (std::int64_t n = 1; n <= std::max<std::int64_t>(1, ngrams_.as_int()); ++n) widths.push_back(n);
  if (ngrams_.as_int() <= 0) widths = {ngrams_.as_int()};
  return widths;
}

Tensor TextVectorizationLayer::words_of(Tensor x) const {
  if (x.dtype() != DType::string) {
    throw ValueError("`TextVectorization` takes strings. Received: " + x.to_string());
  }
  const auto step = standardize_.is_string() ? standardize_.as_string() : "";
  if (!step.empty()) x = on_flat(x, [&](const Tensor& texts) { return standardized_texts(texts, step); });
  if (split_.is_string()) {
    if (is_ragged(x)) throw ValueError("`TextVectorization` splits dense strings. Received: " + x.to_string());
    if (x.rank() > 1) {
      if (x.shape().back() != 1) {
        throw ValueError(
            "When using `TextVectorization` to tokenize strings, the input rank must be 1 or the last shape dimension "
            "must be 1. Received: inputs.shape=" +
            x.shape().to_string() + " with rank=" + std::to_string(x.rank()));
      }
      x = ops::squeeze(x, {-1});
    }
    if (x.rank() == 0) x = ops::expand_dims(x, 0);
    if (x.rank() != 1) throw ValueError("`TextVectorization` splits vectors of strings. Received: " + x.to_string());
    x = split_.as_string() == "whitespace" ? split_at_whitespace(x) : split_to_characters(x);
  }
  const auto widths = ngram_widths();
  return widths.empty() ? x : joined_ngrams(x, widths);
}

// Rows filled up with zeros, or cut.
Tensor TextVectorizationLayer::as_box(const Tensor& indices) const {
  if (const auto* ragged = as_ragged(indices)) {
    return filled_rows(*ragged, length_.value_or(-1), Tensor::scalar(std::int64_t{0}));
  }
  return length_ ? resized_last_dim(indices, *length_) : indices;
}

Values TextVectorizationLayer::call(const Values& inputs, CallContext&) {
  const auto words = words_of(inputs.tensor());
  if (!output_mode_) return words;
  const Values found = (*lookup_)(Values(words));
  if (*output_mode_ != "int" || ragged_) return found;
  return as_box(found.tensor());
}

}  // namespace hornbeam

HB_REGISTER(layer_text_vectorization) {
  using namespace hornbeam;
  register_layer(TextVectorizationLayer::kClassName, [](const Config& given) {
    auto config = given;
    if (!config.has("dtype")) config.set("dtype", "string");
    return layer_from_config<TextVectorizationLayer>(config);
  });
}
