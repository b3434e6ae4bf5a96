// What `hornbeam inspect` tells of a file.
#pragma once

#include <iosfwd>
#include <string>

#include "hornbeam/config.hpp"

namespace hornbeam::cli {

// format, keras_version, backend, class_name, tensors, tensor_bytes, training_config; null where the file has no such
// thing. Builds no model. Throws FormatError on a file that holds neither a model nor tensors, NotImplementedError on
// formats that are not yet read.
Config inspect_file(const std::string& path);

// The same of a SavedModel folder; adds "tags" and "signatures".
void inspect_saved_model(const std::string& path, Config& found);
// As TensorFlow's saved_model_cli shows them.
void print_signatures(std::ostream& out, const Config& found);

}  // namespace hornbeam::cli
