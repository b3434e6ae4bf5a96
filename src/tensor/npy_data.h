// A tensor as the bytes of a .npy file.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/memory_limit.h"
#include "hornbeam/tensor.hpp"

namespace hornbeam::npy {

struct Encoded {
  std::string header;
  std::span<const std::byte> data;  // of the tensor itself, or of `padded`
  std::vector<char> padded;         // strings, each as wide as the longest

  Encoded() = default;
  Encoded(Encoded&&) = default;  // a vector's memory moves with it, so `data` stays right; a copy's would not
};

// parse_npy of one array among others: `memory` counts what they take. Throws ValueError before it asks for more than
// the machine has.
Tensor parse(std::span<const std::byte> bytes, const std::string& source, base::MemoryTotal& memory);

// The tensor must outlive the result. Throws as save_npy does.
Encoded encode(const Tensor& tensor);

}  // namespace hornbeam::npy
