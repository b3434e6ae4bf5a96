// Writes the sorted table that a bundle's index is, byte for byte as TensorFlow does.
#pragma once

#include <map>
#include <string>

namespace hornbeam::formats::tensor_bundle {

// std::string's order is the bytewise one of the table.
std::string write_table(const std::map<std::string, std::string>& records);

}  // namespace hornbeam::formats::tensor_bundle
