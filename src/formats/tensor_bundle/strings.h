// Tensors of strings as bundles store them: lengths, their checksum, then the bytes of all.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "formats/tensor_bundle/index.h"

namespace hornbeam::formats::tensor_bundle {

// The strings of `stored`, into as many places. Checks both checksums; throws FormatError.
void read_strings(std::span<const std::byte> stored, const Entry& entry, std::span<std::string> out,
                  const std::string& file, const std::string& place);
// The same checks without a copy.
void check_strings(std::span<const std::byte> stored, const Entry& entry, const std::string& file,
                   const std::string& place);

// What precedes the strings' bytes, and the masked checksum of the whole.
struct StringsHead {
  std::string bytes;
  std::uint32_t checksum = 0;
};
StringsHead strings_head(std::span<const std::string> values);

}  // namespace hornbeam::formats::tensor_bundle
