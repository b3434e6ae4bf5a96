// SavedModels that TensorFlow wrote, and what it read from them (tools/record/record_saved_models.py).
#pragma once

#include <string>

#include "base/mapped_file.h"
#include "formats/saved_model/saved_model.h"
#include "hornbeam/config.hpp"
#include "support/test_data.h"

namespace hornbeam::formats::saved_model::testing {

inline constexpr const char* kProducers[] = {"tf-2.2.3", "tf-2.15.1", "tf_keras-2.21.0"};

inline std::string folder_of(const std::string& producer) { return test_data("formats") + "/saved_models/" + producer; }
inline Config expected_of(const std::string& producer) {
  const auto path = folder_of(producer) + ".json";
  return Config::parse(base::read_file(path), path);
}

}  // namespace hornbeam::formats::saved_model::testing
