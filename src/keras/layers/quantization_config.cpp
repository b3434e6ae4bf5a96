#include "keras/layers/quantization_config.h"

#include "keras/engine/dtype_policy.h"

namespace hornbeam {
namespace {

using quantizers::AbsMaxQuantizer;

std::string range_text(std::int64_t low, std::int64_t high) {
  return "(" + std::to_string(low) + ", " + std::to_string(high) + ")";
}

std::optional<AbsMaxQuantizer> quantizer_of(const Config& config, const char* key) {
  const auto* found = config.find(key);
  if (!found || found->is_null()) return std::nullopt;
  if (!found->is_dict() || found->get_string("class_name", "") != "AbsMaxQuantizer") {
    throw ValueError(std::string(key) + " must be an AbsMaxQuantizer. Received: " + found->dump());
  }
  const auto& given = found->at("config");
  AbsMaxQuantizer quantizer;
  if (const auto* axis = given.find("axis"); axis && !axis->is_null()) {
    quantizer.axis = axis->is_int() ? std::vector<std::int64_t>{axis->as_int()} : axis->as_ints();
  }
  if (const auto* range = given.find("value_range")) {
    quantizer.low = range->at(0).as_int();
    quantizer.high = range->at(1).as_int();
  }
  if (const auto* epsilon = given.find("epsilon")) quantizer.epsilon = epsilon->as_double();
  quantizer.output_dtype = given.get_string("output_dtype", "int8");
  if (quantizer.output_dtype != "int8") {
    throw ValueError("Quantizers give int8. Received: output_dtype=" + quantizer.output_dtype);
  }
  if (quantizer.low < -128 || quantizer.high > 127) {
    throw ValueError(
        "Quantizer with output_dtype='int8' requires value_range to be within the interval [-128, 127]. Received: "
        "value_range=" +
        range_text(quantizer.low, quantizer.high));
  }
  return quantizer;
}

std::optional<std::int64_t> block_size_of(const Config& config) {
  const auto* size = config.find("block_size");
  if (!size || size->is_null()) return std::nullopt;
  return size->as_int();
}

void check_int4(const QuantizationSettings& settings) {
  const auto size = settings.block_size;
  if (size && *size != -1 && *size <= 0) {
    throw ValueError("block_size must be None, -1, or a positive integer. Received: block_size=" +
                     std::to_string(*size));
  }
  if (size && *size > 0 && (settings.weights || settings.inputs)) {
    throw ValueError(
        "Int4 sub-channel quantization (block_size > 0) does not support custom quantizers. Either set block_size to "
        "None or -1 for per-channel quantization, or remove the custom quantizer arguments. Received: block_size=" +
        std::to_string(*size));
  }
  if (settings.weights && (settings.weights->low != -8 || settings.weights->high != 7)) {
    throw ValueError(
        "Int4QuantizationConfig requires a weight_quantizer with value_range=(-8, 7). Received: "
        "value_range=" +
        range_text(settings.weights->low, settings.weights->high));
  }
}

// What the config alone says.
QuantizationSettings settings_of(const Config& config) {
  QuantizationSettings settings;
  if (config.is_null()) return settings;
  settings.mode = mode_of_config(config);
  settings.configured = true;
  const auto* inner = config.find("config");
  if (!inner || settings.mode == "float8") return settings;
  settings.weights = quantizer_of(*inner, "weight_quantizer");
  settings.inputs = quantizer_of(*inner, "activation_quantizer");
  if (settings.mode == "int4") {
    settings.block_size = block_size_of(*inner);
    check_int4(settings);
  }
  return settings;
}

}  // namespace

std::string mode_of_config(const Config& config) {
  const auto name = config.is_dict() ? config.get_string("class_name", "") : "";
  if (name == "Int8QuantizationConfig") return "int8";
  if (name == "Int4QuantizationConfig") return "int4";
  if (name == "Float8QuantizationConfig") return "float8";
  if (name == "GPTQConfig") check_quantization_mode("gptq");
  if (name == "AWQConfig") check_quantization_mode("awq");
  throw ValueError("Argument `config` must be an instance of `QuantizationConfig`. Received: config=" + config.dump());
}

QuantizationSettings quantization_settings(const std::string& policy, const Config& config) {
  const auto parsed = parse_policy(policy);
  auto settings = settings_of(config);
  // As in Keras, a config of int4 outdoes the policy.
  if (settings.mode != "int4") settings.block_size = parsed.block_size;
  if (settings.block_size == -1) settings.block_size.reset();
  settings.mode = parsed.mode;
  settings.amax_history_length = parsed.amax_history_length;
  return settings;
}

Config resolved_quantization(const std::string& mode, const Config& config) {
  if (!mode.empty()) check_quantization_mode(mode);
  if (config.is_null()) {
    if (mode == "int8") return quantizers::Int8QuantizationConfig();
    if (mode == "int4") return quantizers::Int4QuantizationConfig();
    if (mode == "float8") return quantizers::Float8QuantizationConfig();
    throw ValueError("You must provide either `mode` or `config` to `quantize`.");
  }
  const auto own = mode_of_config(config);
  if (!mode.empty() && mode != own) {
    throw ValueError("Contradictory arguments: mode='" + mode + "' but config.mode='" + own + "'");
  }
  settings_of(config);
  return config;
}

}  // namespace hornbeam
