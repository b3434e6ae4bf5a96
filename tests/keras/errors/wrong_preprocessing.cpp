#include "hornbeam/hornbeam.hpp"
#include "keras/errors/recorded_errors.h"

namespace hornbeam::testing_support {
namespace {

Tensor ints(const Shape& shape, const std::vector<std::int32_t>& values) {
  return Tensor::from<std::int32_t>(shape, values);
}
Config words(std::initializer_list<const char*> list) {
  auto config = Config::list();
  for (const auto* word : list) config.push_back(word);
  return config;
}
Tensor text_input(std::int64_t width) { return Input({width}, {.name = "i", .dtype = "string"}); }

}  // namespace

std::vector<WrongCall> wrong_preprocessing() {
  return {
      {"category_encoding_no_tokens", [] { CategoryEncoding(0); }},
      {"category_encoding_negative_tokens", [] { CategoryEncoding(-3); }},
      {"category_encoding_none", [] { CategoryEncodingLayer(LayerOptions{}).check(); }},
      {"category_encoding_mode", [] { CategoryEncoding(3, {.output_mode = "int"}); }},
      {"category_encoding_weights",
       [] {
         const auto weights = Tensor::from<float>({1, 2}, {1.0F, 2.0F});
         CategoryEncoding(3)(ints({1, 2}, {0, 1}), {.tensors = {{"count_weights", weights}}});
       },
       "`count_weights` is not used when `output_mode` is not `'count'`."},
      {"discretization_both",
       [] {
         Discretization({.bin_boundaries = {{0.0, 1.0}}, .num_bins = 3});
       }},
      {"discretization_negative_bins", [] { Discretization({.num_bins = -1}); }},
      {"discretization_mode", [] { Discretization({.num_bins = 3, .output_mode = "foo"}); }},
      {"discretization_sparse_int", [] { Discretization({.num_bins = 3, .sparse = true}); }},
      {"discretization_adapt_given",
       [] {
         Discretization({.bin_boundaries = {{0.0, 1.0}}})->adapt(Tensor::from<float>({1, 1}, {1.0F}));
       }},
      {"hashing_no_bins", [] { Hashing(0); }},
      {"hashing_negative_bins", [] { Hashing(-2); }},
      {"hashing_mode", [] { Hashing(3, {.output_mode = "tf_idf"}); }},
      {"hashing_sparse_int", [] { Hashing(3, {.sparse = true}); }},
      {"hashing_salt",
       [] {
         Hashing(3, {.salt = {{1, 2, 3}}});
       }},
      {"hashed_crossing_mode", [] { HashedCrossing(3, {.output_mode = "count"}); }},
      {"hashed_crossing_float_dtype", [] { HashedCrossing(3, {.dtype = "float32"}); }},
      {"hashed_crossing_one_input",
       [] {
         HashedCrossing(3)(Values(std::vector<Tensor>{ints({1, 1}, {1})}));
       },
       "`HashedCrossing` should be called on at least two inputs."},
      {"hashed_crossing_wide",
       [] {
         const auto x = ints({1, 2}, {1, 2});
         HashedCrossing(3)(Values(std::vector<Tensor>{x, x}));
       },
       "All `HashedCrossing` inputs should have shape `[]`, `[batch_size]` or `[batch_size, 1]`."},
      {"hashed_crossing_other_shapes",
       [] {
         HashedCrossing(3)(Values(std::vector<Tensor>{ints({2}, {1, 2}), ints({2, 1}, {1, 2})}));
       },
       "All `HashedCrossing` inputs should have equal shape."},
      {"hashed_crossing_floats",
       [] {
         const auto x = Tensor::from<float>({1, 1}, {1.0F});
         HashedCrossing(3)(Values(std::vector<Tensor>{x, x}));
       },
       "All `HashedCrossing` inputs should have an integer or string dtype."},
      {"string_lookup_few_tokens", [] { StringLookup({.max_tokens = 1}); }},
      {"string_lookup_pad_without_limit", [] { StringLookup({.pad_to_max_tokens = true}); }},
      {"string_lookup_negative_oov", [] { StringLookup({.num_oov_indices = -1}); }},
      {"string_lookup_mode", [] { StringLookup({.output_mode = "foo"}); }},
      {"string_lookup_invert_mode", [] { StringLookup({.invert = true, .output_mode = "count"}); }},
      {"string_lookup_sparse_int", [] { StringLookup({.sparse = true}); }},
      {"string_lookup_idf_without_mode",
       [] { StringLookup({.vocabulary = words({"a"}), .idf_weights = std::vector<double>{1.0}}); }},
      {"string_lookup_no_idf", [] { StringLookup({.vocabulary = words({"a"}), .output_mode = "tf_idf"}); }},
      {"string_lookup_repeated",
       [] {
         StringLookup({.vocabulary = words({"a", "b", "a"})});
       }},
      {"string_lookup_empty", [] { StringLookup({.vocabulary = words({})}); }},
      {"string_lookup_too_many",
       [] {
         StringLookup({.max_tokens = 3, .vocabulary = words({"a", "b", "c"})});
       }},
      {"string_lookup_adapt_given",
       [] { StringLookup({.vocabulary = words({"a"}), .name = "s"})->adapt(Tensor::from<std::string>({1}, {"b"})); }},
      {"string_lookup_float_dtype", [] { StringLookup({.dtype = "float32"}); }},
      {"string_lookup_no_vocabulary", [] { StringLookup({.output_mode = "count"})(text_input(2)); },
       "When using `output_mode=count` and `pad_to_max_tokens=False`, you must set the layer's vocabulary"},
      {"integer_lookup_float_vocabulary", [] { IntegerLookup({.vocabulary_dtype = "float32"}); }},
      {"integer_lookup_repeated",
       [] {
         IntegerLookup({.vocabulary = Config(std::vector<std::int64_t>{3, 5, 3})});
       }},
      {"text_vectorization_dtype", [] { TextVectorization({.dtype = "int64"}); }},
      {"text_vectorization_standardize", [] { TextVectorization({.standardize = "foo"}); }},
      {"text_vectorization_split", [] { TextVectorization({.split = "foo"}); }},
      {"text_vectorization_mode", [] { TextVectorization({.output_mode = "foo"}); }},
      {"text_vectorization_ngrams", [] { TextVectorization({.ngrams = "foo"}); }},
      {"text_vectorization_length_mode",
       [] { TextVectorization({.output_mode = "count", .output_sequence_length = 3}); }},
      {"text_vectorization_ragged_mode", [] { TextVectorization({.output_mode = "count", .ragged = true}); }},
      {"text_vectorization_pad", [] { TextVectorization({.pad_to_max_tokens = true}); }},
      {"text_vectorization_wide", [] { TextVectorization()(text_input(2)); },
       "When using `TextVectorization` to tokenize strings, the input rank must be 1 or the last shape dimension must "
       "be 1. Received: inputs.shape=(None, 2) with rank=2"},
  };
}

}  // namespace hornbeam::testing_support
