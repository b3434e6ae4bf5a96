// What `hornbeam inspect` tells of a file.
#pragma once

#include <string>

#include "hornbeam/config.hpp"

namespace hornbeam::cli {

// format, keras_version, backend, class_name, tensors, tensor_bytes, training_config; null where the file has no such
// thing. Builds no model. Throws FormatError on a file that holds neither a model nor tensors, NotImplementedError on
// formats that are not yet read.
Config inspect_file(const std::string& path);

}  // namespace hornbeam::cli
