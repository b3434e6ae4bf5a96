// Where the members of a zip archive lie: its directory and the header before each member, which must agree.
// Thread-safety: free functions without shared state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace hornbeam::base {

struct ZipEntry {
  std::string name;
  std::uint16_t method = 0;  // 0: stored, 8: deflated
  std::uint32_t crc = 0;
  std::uint64_t offset = 0;       // of the member's bytes in the archive
  std::uint64_t packed_size = 0;  // in the archive
  std::uint64_t size = 0;
};

// In the directory's order. `path` is for messages. Throws FormatError when the archive is broken: also on a name that
// occurs twice, an encrypted member, a symbolic link, another compression than those two, members that overlap (as in
// archives made to explode), a header that says something else than the directory, and sizes that the bytes cannot
// hold.
std::vector<ZipEntry> read_zip_directory(std::span<const std::byte> archive, const std::string& path);

}  // namespace hornbeam::base
