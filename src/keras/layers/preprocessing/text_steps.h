// What TextVectorization does with texts before it looks words up, as TensorFlow's functions of tf.strings do.
#pragma once

#include <string>
#include <vector>

#include "ops/ragged/ragged.h"

namespace hornbeam {

// "lower", "strip_punctuation", "lower_and_strip_punctuation".
Tensor standardized_texts(Tensor texts, const std::string& step);
// A vector of texts to ragged words or characters.
Tensor split_at_whitespace(const Tensor& texts);
Tensor split_to_characters(const Tensor& texts);
// Neighbours in each row joined by blanks; of dense rows, filled up with "".
Tensor joined_ngrams(const Tensor& words, const std::vector<std::int64_t>& widths);

// Rows as a box of this width (-1: the longest's).
Tensor filled_rows(const RaggedImpl& rows, std::int64_t width, const Tensor& fill);
// The last dim cut, or filled with zeros.
Tensor resized_last_dim(const Tensor& x, std::int64_t width);

}  // namespace hornbeam
