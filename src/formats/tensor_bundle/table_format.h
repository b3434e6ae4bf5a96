// What reader and tests of tables share. SPEC.md has the bytes.
#pragma once

#include <cstddef>
#include <string_view>

namespace hornbeam::formats::tensor_bundle {

inline constexpr std::size_t kTrailerSize = 5;  // of a block: how it is compressed, and the checksum
inline constexpr std::size_t kFooterSize = 48;
inline constexpr std::string_view kMagic = "\x57\xfb\x80\x8b\x24\x75\x47\xdb";
inline constexpr std::string_view kEmptyBlock{"\0\0\0\0\1\0\0\0", 8};

}  // namespace hornbeam::formats::tensor_bundle
