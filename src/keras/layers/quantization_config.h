// keras.quantizers.QuantizationConfig and its kin, from what Keras writes of them.
#pragma once

#include "hornbeam/layers/quantized.hpp"

namespace hornbeam {

// Of a layer with this policy and this config (null: none). Throws ValueError in Keras's words.
QuantizationSettings quantization_settings(const std::string& policy, const Config& config);

// What quantize(mode, config) means: the config, Keras's default for the mode where it is null. Throws ValueError in
// Keras's words.
Config resolved_quantization(const std::string& mode, const Config& config);
std::string mode_of_config(const Config& config);

}  // namespace hornbeam
