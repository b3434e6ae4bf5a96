// Vocabularies as configs and files have them, and as they are learned.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "hornbeam/config.hpp"
#include "hornbeam/tensor.hpp"

namespace hornbeam {

// A list of strings or integers as a vector of this dtype, and back. Throws TypeError in words on other items.
Tensor tokens_of(const Config& list, DType dtype);
Config list_of_tokens(const Tensor& tokens);

// The words of the tokens in the order they are learned: the most frequent first, then by themselves, the last first.
// `counts` and how many to keep (less than 0: all).
Tensor learned_tokens(const std::map<std::string, std::int64_t>& counts, std::int64_t most);
Tensor learned_tokens(const std::map<std::int64_t, std::int64_t>& counts, std::int64_t most, DType dtype);

}  // namespace hornbeam
