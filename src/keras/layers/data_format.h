// channels_last and channels_first, tuples of sizes, paddings: what convolutions and pools share.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hornbeam/tensor.hpp"

namespace hornbeam {

// Names of settings are taken in capitals too.
std::string lower_case(std::string s);
// Lower case; what is not said ("") means `standing`, or when there is none backend::image_data_format(). Throws
// ValueError in Keras's words.
std::string checked_data_format(const std::string& value, const std::string& standing = {});
// Of layers whose form of one dimension has channels last unless told otherwise, whatever backend::image_data_format()
// says: Conv1D and 1-D pools of tf.keras.
inline std::string checked_data_format_of(std::size_t rank, const std::string& value) {
  return checked_data_format(value, rank == 1 ? "channels_last" : "");
}
// "valid", "same" or (where allowed) "causal". Throws ValueError in Keras's words.
std::string checked_padding(const std::string& value, bool allow_causal = false);
// One int stands for all dims. Throws ValueError in Keras's words unless there are n positive ones (or zeros, where
// allowed).
std::vector<std::int64_t> checked_tuple(const std::vector<std::int64_t>& value, std::size_t n, const char* name,
                                        bool allow_zero = false);

inline const char* tf_format(const std::string& data_format) {
  return data_format == "channels_first" ? "NCHW" : "NHWC";
}
inline std::int64_t channel_axis(const std::string& data_format) { return data_format == "channels_first" ? 1 : -1; }

// The same with its channels last (or, from there, first).
Tensor channels_moved(const Tensor& x, bool to_last);

}  // namespace hornbeam
