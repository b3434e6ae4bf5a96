// Nested lists of JSON that may be uneven.
#pragma once

#include <string>
#include <vector>

#include "hornbeam/config.hpp"
#include "hornbeam/tensor.hpp"

namespace hornbeam {

// Values of all rows, and where the rows of each uneven depth begin and end, the outermost first: none where the lists
// are even, and then `flat` is the whole array.
struct NestedArray {
  Tensor flat;
  std::vector<Tensor> splits;
};
// Throws FormatError naming `source` and the place.
NestedArray read_nested(const Config& json, const std::string& source);

Config load_json(const std::string& path);

}  // namespace hornbeam
