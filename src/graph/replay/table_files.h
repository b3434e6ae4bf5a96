// Vocabulary files that a SavedModel's graph fills tables from.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "hornbeam/attrs.hpp"
#include "hornbeam/tensor.hpp"

namespace hornbeam::graph {

// Keys and values of a file's text, as InitializeTableFromTextFileV2 takes them from its lines (key_index and
// value_index: -2 the whole line, -1 its number, else a column; vocab_size, delimiter, offset). Throws
// InvalidArgumentError in TensorFlow's words; `file` is for messages.
std::pair<Tensor, Tensor> table_of_lines(std::string_view text, const Attrs& attrs, DType keys, DType values,
                                         const std::string& file);

}  // namespace hornbeam::graph
