// Any bytes as an HDF5 file: every group, attribute and dataset is read; nothing but FormatError is thrown.
#include <span>

#include "formats/hdf5/checksum.h"
#include "hdf5_walk.h"

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  hornbeam::formats::hdf5::any_checksum = true;
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  hornbeam::fuzz::Hdf5Walk walk;
  walk.attempt([&] {
    const auto file = hornbeam::formats::hdf5::File::from_bytes(std::as_bytes(std::span(data, size)), "fuzz");
    walk.walk(*file);
    for (const char* name : {"layer_names", "weight_names"}) {
      if (has_attribute_strings(file->root(), name)) load_attribute_strings(file->root(), name);
    }
  });
  return 0;
}
