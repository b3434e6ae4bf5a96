// Whole files in tests.
#pragma once

#include <fstream>
#include <string>

#include "base/mapped_file.h"

namespace hornbeam::testing_support {

using base::read_file;

inline void write_file(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

}  // namespace hornbeam::testing_support
