// Checks of what attention layers are made with, in Keras 3's words (tf.keras has none).
#pragma once

#include <cstdint>
#include <optional>

#include "hornbeam/config.hpp"
#include "hornbeam/errors.hpp"

namespace hornbeam {

inline void check_positive(const char* name, std::int64_t value, const char* expected) {
  if (value > 0) return;
  throw ValueError("Received an invalid value for argument `" + std::string(name) + "`, expected " + expected +
                   ". Received: " + name + "=" + std::to_string(value));
}

inline void check_attention_settings(double dropout, const std::optional<std::int64_t>& sliding_window,
                                     const std::optional<bool>& flash_attention) {
  if (!(dropout >= 0 && dropout <= 1)) {
    throw ValueError("Invalid value " + Config(dropout).dump() +
                     " received for `rate`, expected a value between 0 and 1.");
  }
  if (sliding_window && *sliding_window <= 0) {
    throw ValueError("`sliding_window` must be `None` or a positive integer. Received: sliding_window=" +
                     std::to_string(*sliding_window));
  }
  if (flash_attention.value_or(false) && dropout > 0) {
    throw ValueError(
        "Dropout is not supported when flash attention is enabled. Please set dropout to 0.0 to use flash attention.");
  }
}

// Keras on TensorFlow has no flash attention.
inline void check_flash_attention(const std::optional<bool>& flash_attention, bool returns_scores) {
  if (!flash_attention.value_or(false)) return;
  throw ValueError(returns_scores
                       ? "Returning attention scores is not supported when flash attention is enabled. Please "
                         "disable flash attention to access attention scores."
                       : "Flash attention is not supported in tensorflow backend.");
}

}  // namespace hornbeam
