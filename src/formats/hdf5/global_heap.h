// The global heap: where variable-length strings are.
#pragma once

#include <cstdint>
#include <map>

#include "formats/hdf5/image.h"

namespace hornbeam::formats::hdf5 {

// One read's view of the heap: each collection is indexed once. Not thread-safe; make one per read.
class GlobalHeap {
 public:
  explicit GlobalHeap(const Image& image) : image_(image), collections_budget_(image), text_budget_(image) {}
  // The string a 4 + address + 4 byte reference stands for, cut at its first NUL as C readers do.
  std::string_view string(Cursor reference);

 private:
  using Collection = std::map<std::uint16_t, std::span<const std::byte>>;
  const Collection& collection(std::uint64_t address);

  const Image& image_;
  Budget collections_budget_;
  Budget text_budget_;  // many references to one string must not multiply it
  std::map<std::uint64_t, Collection> collections_;
};

}  // namespace hornbeam::formats::hdf5
