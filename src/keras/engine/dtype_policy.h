// Dtype policies by their names: "float32", "mixed_bfloat16", and Keras 3's quantised ones, "int8_from_float32" or
// "int4/128_from_float32". "float8/4_from_float32" is our own word for an amax_history_length of 4.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "hornbeam/config.hpp"
#include "hornbeam/dtype.hpp"

namespace hornbeam {

struct DTypePolicy {
  DType compute = DType::float32;
  DType variable = DType::float32;
  std::string mode;                        // "int8", "int4", "float8"; empty: not quantised
  std::string source;                      // the policy that it was made from
  std::optional<std::int64_t> block_size;  // of int4, where the name says it
  std::int64_t amax_history_length = 1024;
};

// Is it the name of a quantised one ("..._from_...")?
bool is_quantized_policy(const std::string& name);

// Throws TypeError or ValueError, for quantised ones in Keras's words.
DTypePolicy parse_policy(const std::string& name);

// Throws ValueError: in Keras's words unless Keras 3 knows it, in our own for one that is not here.
void check_quantization_mode(const std::string& mode);

// The name of one that Keras 3 serialized as an object of a quantised class, and the object (null: it is not
// quantised).
std::optional<std::string> quantized_policy_name(const Config& object);
Config quantized_policy_object(const std::string& name);

}  // namespace hornbeam
