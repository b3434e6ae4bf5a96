// The arguments of one call of an op layer, by position: tensors, constants and plain settings.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hornbeam/layer.hpp"

namespace hornbeam {

class OpCall {
 public:
  // `what`: for messages. `parameters`: the function's, in order. `settings`: those the layer's config holds.
  OpCall(std::string what, std::vector<std::string> parameters, const Values& first, const CallOptions& options,
         const Config& settings)
      : what_(std::move(what)),
        parameters_(std::move(parameters)),
        first_(first),
        options_(options),
        settings_(settings) {}

  // Constants become tensors of the dtype of the others. Throw ValueError naming the argument when there is none.
  Tensor tensor(std::size_t i) const;
  std::vector<Tensor> tensors(std::size_t i) const;
  // What is no tensor; null when it is not given.
  const Config& plain(std::size_t i) const;
  // A tensor or constant in its own dtype; int64 or float64 when it is plain numbers.
  Tensor as_given(std::size_t i) const;
  // Is there a tensor, a constant or a setting that is not null?
  bool has(std::size_t i) const { return values(i) || !plain(i).is_null(); }
  double number(std::size_t i, double fallback) const;
  std::string text(std::size_t i, const char* fallback) const;
  std::int64_t integer(std::size_t i, std::int64_t fallback) const;
  bool flag(std::size_t i) const;
  // One int or a list of them.
  std::vector<std::int64_t> integers(std::size_t i) const { return plain(i).as_ints(); }
  std::size_t count() const { return parameters_.size(); }
  [[noreturn]] void missing(std::size_t i) const;

 private:
  const Values* values(std::size_t i) const;
  std::string what_;
  std::vector<std::string> parameters_;
  const Values& first_;
  const CallOptions& options_;
  const Config& settings_;
};

// What Keras 3 says of an array, {"value", "dtype"}, in {"class_name": "__tensor__" or "__numpy__", "config": ...};
// else null.
const Config* array_of(const Config& config);
// Nested lists of numbers as such an array, of the dtype that NumPy gives them; and the arrays in a tree as lists,
// which Keras 2 writes into H5 files.
Config array_config(const Config& list);
Config with_lists_for_arrays(const Config& config);
// A number or nested lists of numbers as a tensor, float64, int64 or bool, and back; or an array of Keras 3.
Tensor constant_tensor(const Config& config);
Config constant_config(const Tensor& tensor);

}  // namespace hornbeam
