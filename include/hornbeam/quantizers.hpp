// How Keras 3 makes small integers of floats. Mirrors keras.quantizers.
//
//   model->quantize("int8");
//   dense->quantize("int4", quantizers::Int4QuantizationConfig{.block_size = 32});
//
// Free functions without state: any number of threads may call them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hornbeam/config.hpp"
#include "hornbeam/tensor.hpp"

namespace hornbeam::quantizers {

// The largest magnitude along `axis` becomes the end of the range: values = round(x * scale), scale = high / largest.
// A layer takes no other output_dtype than int8 (ValueError from its quantize()).
struct AbsMaxQuantizer {
  std::optional<std::vector<std::int64_t>> axis = {};  // of weights; default: the last
  std::int64_t low = -127, high = 127;                 // Keras's value_range
  double epsilon = 1e-7;
  std::string output_dtype = "int8";
  // As Keras serializes it.
  operator Config() const;
};

// What `quantize` and `quantization_config` take, as Keras serializes it. A quantizer that is nothing: of weights the
// mode's own, of what a layer is given none: it stays as it is.
struct Int8QuantizationConfig {
  std::optional<AbsMaxQuantizer> weight_quantizer = {};
  std::optional<AbsMaxQuantizer> activation_quantizer = AbsMaxQuantizer{};
  operator Config() const;
};
struct Int4QuantizationConfig {
  std::optional<AbsMaxQuantizer> weight_quantizer = {};
  std::optional<AbsMaxQuantizer> activation_quantizer = {};
  std::optional<std::int64_t> block_size = 128;  // rows with scales of their own; nothing or -1: one for all rows
  operator Config() const;
};
struct Float8QuantizationConfig {
  operator Config() const;
};

// values in int8; scale has x's dtype, and 1 for each axis that it spans. x is about values / scale. Throws ValueError
// when an axis is out of bounds.
struct Scaled {
  Tensor values, scale;
};
Scaled abs_max_quantize(const Tensor& x, const std::vector<std::int64_t>& axes, const AbsMaxQuantizer& quantizer = {});

// Of a matrix, `block_size` rows at a time: int4 values in int8; scale and zero (int8) have a row for each block. x is
// about (values - zero) * scale. Throws ValueError when x is no matrix or block_size is below 1.
struct Grouped {
  Tensor values, scale, zero;
};
Grouped abs_max_quantize_grouped_with_zero_point(const Tensor& x, std::int64_t block_size);

// Two int4 values in a byte, the first in its lower half; a missing last one is zero. Along `axis`.
Tensor pack_int4(const Tensor& x, std::int64_t axis = 0);
Tensor unpack_int4(const Tensor& packed, std::int64_t orig_len, std::int64_t axis = 0);

}  // namespace hornbeam::quantizers
