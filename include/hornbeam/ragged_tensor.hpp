// RaggedTensor: rows of different lengths, as flat values and where each row begins. Mirrors tf.RaggedTensor.
//
//   const auto words = RaggedTensor::from_row_splits(Tensor::from<std::int64_t>({3}, {7, 8, 9}),
//                                                    Tensor::from<std::int64_t>({3}, {0, 1, 3}));  // [[7], [8, 9]]
//   model->predict(words);
//
// It is a Tensor, so Values hold it and layers that take ragged inputs are called on it. Of the ops only element-wise
// ones take it as it is, as TensorFlow's do, and give ragged results; the others throw TypeError: convert it by
// to_tensor(). The dims after the ragged ones are the same in all rows. Thread-safety: as Tensor.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "hornbeam/config.hpp"
#include "hornbeam/tensor.hpp"

namespace hornbeam {

// Is it a RaggedTensor?
bool is_ragged(const Tensor& tensor);

class RaggedTensor : public Tensor {
 public:
  // The ragged tensor that this is. Throws ValueError when it is none.
  explicit RaggedTensor(const Tensor& tensor);

  // Row i holds values[row_splits[i] .. row_splits[i + 1]); `values` may be ragged themselves. Splits and lengths are
  // vectors of int32 or int64, kept as int64. Throw InvalidArgumentError in TensorFlow's words when they do not fit.
  static RaggedTensor from_row_splits(const Tensor& values, const Tensor& row_splits);
  static RaggedTensor from_row_lengths(const Tensor& values, const Tensor& row_lengths);
  static RaggedTensor from_nested_row_splits(const Tensor& flat_values, const std::vector<Tensor>& nested_row_splits);
  // Rows all of one length. `ragged_rank`: how many dims after the first count as ragged.
  static RaggedTensor from_tensor(const Tensor& tensor, std::size_t ragged_rank = 1);

  const Tensor& flat_values() const;
  const std::vector<Tensor>& nested_row_splits() const;  // of the outermost rows first
  std::size_t ragged_rank() const { return nested_row_splits().size(); }
  const Tensor& row_splits() const { return nested_row_splits()[0]; }
  Tensor values() const;  // of all rows, one after the other; ragged when ragged_rank() is more than 1
  Tensor nrows() const;   // int64 scalar
  Tensor row_lengths() const;
  Tensor bounding_shape() const;  // int64 vector: the smallest box that holds all rows
  // Rows filled up at the end, by zeros (or empty strings) or a scalar.
  Tensor to_tensor(const Tensor& default_value = {}) const;
};

// Nested lists of a JSON file: a RaggedTensor where lists are uneven, with no more ragged dims than that takes, else a
// plain tensor. Throws as load_json_tensor does, but for uneven lists.
Tensor load_json_array(const std::string& path);
Tensor json_to_array(const Config& json, const std::string& source = "JSON");
// As ragged.to_list(), or as tensor_to_json of a plain tensor.
Config array_to_json(const Tensor& array);

}  // namespace hornbeam
