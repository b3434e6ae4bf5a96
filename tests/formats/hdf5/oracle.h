// Compares what the reader sees in a file with what libhdf5 sees: every group, link name, attribute and dataset.
#pragma once

#include <string>

namespace hornbeam::formats::hdf5::testing {

struct Compared {
  int groups = 0;
  int datasets = 0;
  int attributes = 0;
};

// Failures are reported through gtest's EXPECT.
Compared compare_with_libhdf5(const std::string& path);

}  // namespace hornbeam::formats::hdf5::testing
