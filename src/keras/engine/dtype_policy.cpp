#include "keras/engine/dtype_policy.h"

#include <charconv>

#include "hornbeam/errors.hpp"
#include "hornbeam/mixed_precision.hpp"

namespace hornbeam {
namespace {

constexpr std::string_view kFrom = "_from_", kModes = "('int8', 'float8', 'int4', 'gptq', 'awq')";
constexpr std::int64_t kAmaxHistory = 1024;

bool begins_with_mode(const std::string& name) {
  for (const auto* mode : {"int8", "float8", "int4", "gptq", "awq"}) {
    if (name.starts_with(mode)) return true;
  }
  return false;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || at != end) return std::nullopt;
  return value;
}

std::int64_t block_size_of(const std::string& mode, std::string_view text) {
  const auto size = whole_number(text);
  if (!size) {
    throw ValueError(
        "Invalid mode for Int4DTypePolicy. <block_size> must be an integer. Expected format "
        "'int4/<block_size>', but got '" +
        mode + "'.");
  }
  if (*size < -1 || *size == 0) {
    throw ValueError(
        "Invalid block_size in mode. Supported values are -1 (per-channel) or a positive integer (sub-channel), but "
        "got " +
        std::to_string(*size) + " from '" + mode + "'.");
  }
  return *size;
}

DTypePolicy parse_quantized(const std::string& name) {
  const auto at = name.find(kFrom);
  if (at == std::string::npos || name.find(kFrom, at + 1) != std::string::npos) {
    throw ValueError(
        "Cannot convert `policy` into a valid pair (`mode`, `source_name`) to instantiate `QuantizedDTypePolicy`. "
        "Received: policy=" +
        name);
  }
  const auto mode = name.substr(0, at), source = name.substr(at + kFrom.size());
  DTypePolicy policy;
  try {
    policy = parse_policy(source);
  } catch (const TypeError&) {
    throw ValueError("Cannot convert '" + source +
                     "' to a mixed precision DTypePolicy. Valid policies include 'mixed_float16', 'mixed_bfloat16', "
                     "and the name of any float dtype such as 'float32'.");
  }
  const auto slash = mode.find('/');
  policy.mode = mode.substr(0, slash);
  policy.source = source;
  const auto after = slash == std::string::npos ? "" : mode.substr(slash + 1);
  if (policy.mode == "int4" && slash != std::string::npos) {
    policy.block_size = block_size_of(mode, after);
  } else if (policy.mode == "float8" && whole_number(after).value_or(0) > 0) {
    policy.amax_history_length = *whole_number(after);
  } else if (slash != std::string::npos && policy.mode != "gptq" && policy.mode != "awq") {
    policy.mode = mode;  // none that there is
  }
  check_quantization_mode(policy.mode);
  if (policy.mode == "int8" && policy.compute == DType::float16) {
    throw ValueError("Quantization mode='int8' doesn't work well with compute_dtype='float16'.");
  }
  return policy;
}

}  // namespace

bool is_quantized_policy(const std::string& name) { return name.find(kFrom) != std::string::npos; }

DTypePolicy parse_policy(const std::string& name) {
  if (name == "mixed_float16") return {DType::float16, DType::float32, {}, {}, {}};
  if (name == "mixed_bfloat16") return {DType::bfloat16, DType::float32, {}, {}, {}};
  if (begins_with_mode(name) && name != "int8") return parse_quantized(name);
  const auto dtype = dtype_from_name(name);
  return {dtype, dtype, {}, {}, {}};
}

void check_quantization_mode(const std::string& mode) {
  if (mode == "int8" || mode == "int4" || mode == "float8") return;
  if (mode == "gptq" || mode == "awq") {
    throw ValueError("Quantization mode='" + mode +
                     "' is not here: layers are quantized to 'int8', 'int4' or 'float8'");
  }
  throw ValueError("Invalid quantization mode. Expected one of " + std::string(kModes) + ". Received: mode=" + mode);
}

std::optional<std::string> quantized_policy_name(const Config& object) {
  if (!object.is_dict()) return std::nullopt;
  const auto *config = object.find("config"), *class_name = object.find("class_name");
  if (!config || !config->is_dict() || !class_name || !class_name->is_string()) return std::nullopt;
  const auto* mode = config->find("mode");
  if (!mode || !mode->is_string()) return std::nullopt;
  const auto* source = config->find("source_name");
  auto name = mode->as_string();
  if (const auto* length = config->find("amax_history_length"); length && *length != Config(kAmaxHistory)) {
    name += "/" + std::to_string(length->as_int());
  }
  return name + std::string(kFrom) +
         (source && source->is_string() ? source->as_string() : mixed_precision::global_policy());
}

Config quantized_policy_object(const std::string& name) {
  const auto policy = begins_with_mode(name) ? parse_policy(name) : DTypePolicy();
  if (policy.mode.empty()) return {};
  Config config{{"mode", policy.mode}, {"source_name", policy.source}};
  if (policy.block_size) config.set("mode", "int4/" + std::to_string(*policy.block_size));
  if (policy.mode == "float8") config.set("amax_history_length", policy.amax_history_length);
  const auto* class_name = policy.block_size         ? "Int4DTypePolicy"
                           : policy.mode == "float8" ? "QuantizedFloat8DTypePolicy"
                                                     : "QuantizedDTypePolicy";
  return Config{{"class_name", class_name}, {"config", std::move(config)}};
}

}  // namespace hornbeam
