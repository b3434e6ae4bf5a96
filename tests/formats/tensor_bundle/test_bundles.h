// Bundles that TensorFlow wrote (tools/record/record_bundles.py), and tables with wrong bytes in them.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "base/mapped_file.h"
#include "formats/tensor_bundle/bundle.h"
#include "formats/tensor_bundle/bytes.h"
#include "formats/tensor_bundle/checksum.h"
#include "hornbeam/errors.hpp"
#include "support/files.h"
#include "support/test_data.h"

namespace hornbeam::formats::tensor_bundle::testing {

using testing_support::read_file;
inline const std::vector<std::string> kRecorded = {"merged",    "model-2.15.1", "model-2.2.3",
                                                   "quantized", "sliced",       "types"};
inline std::string recorded(const std::string& name) { return test_data("formats") + "/bundles/" + name; }

// What is said of a wrong file, or "accepted".
inline std::string error_of(const std::function<void()>& read) {
  try {
    read();
  } catch (const FormatError& e) {
    EXPECT_FALSE(e.file().empty());
    return e.what();
  }
  return "accepted";
}

// A bundle of one data file in memory. `index` and `data` must outlive it.
inline std::shared_ptr<const Bundle> bundle_of(const std::string& index, const std::string& data) {
  return Bundle::from_files(base::MappedFile::borrow(as_raw(index), "a.index"),
                            {base::MappedFile::borrow(as_raw(data), "a.data")});
}

// A block with the trailer that belongs to it.
inline std::string sealed(std::string block, char compression = 0) {
  block += compression;
  append(block, masked_crc32c(as_raw(block)));
  return block;
}

}  // namespace hornbeam::formats::tensor_bundle::testing
