// The text of a vocabulary in a .keras archive: one word a line.
#pragma once

#include <string>
#include <string_view>

#include "hornbeam/layers/lookup.hpp"
#include "keras/saving/v3_walk.h"

namespace hornbeam {

// As Python's str() of a token.
std::string token_text(const Config& token);

// Its words without the special tokens in front, as restore_tokens takes them. `place` is for messages. Throws
// FormatError when it is no such text, ValueError in Keras's words when the words cannot be the layer's vocabulary.
// What memory it takes is in proportion to the text, however many lines that has.
Tensor words_of_text(const IndexLookupLayer& layer, std::string text, V3Layout layout, const std::string& place);

}  // namespace hornbeam
