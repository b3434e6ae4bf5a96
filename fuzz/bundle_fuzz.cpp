// Any bytes as a bundle's index and, the same, as its data file: every tensor is read; nothing but FormatError is
// thrown.
#include <cstdlib>

#include "bundle_walk.h"
#include "formats/tensor_bundle/checksum.h"

namespace tb = hornbeam::formats::tensor_bundle;

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  tb::any_checksum = true;
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto file = hornbeam::base::MappedFile::borrow(std::as_bytes(std::span(data, size)), "fuzz");
  hornbeam::fuzz::BundleWalk walk;
  walk.attempt([&] {
    walk.walk(*tb::Bundle::from_files(file, {file}));
    // What is understood is written and understood again.
    const auto index = tb::parse_index(file->bytes(), "fuzz");
    const auto again = tb::serialize(index);
    if (tb::parse_index(std::as_bytes(std::span(again)), "again").entries != index.entries) std::abort();
  });
  return 0;
}
