// A zip archive in memory: stored and deflated members, by libzip.
// Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/mapped_file.h"

namespace hornbeam::base {

class ZipReader {
 public:
  struct Member {
    std::string name;
    std::uint64_t size;  // uncompressed
  };
  // Throws FormatError when the archive is broken: also on a name that occurs twice, an encrypted member, an unknown
  // compression, members that overlap (as in archives made to explode).
  explicit ZipReader(std::shared_ptr<const MappedFile> file);
  ZipReader(const ZipReader&) = delete;
  ZipReader& operator=(const ZipReader&) = delete;
  ~ZipReader();

  const std::vector<Member>& members() const { return members_; }  // in the directory's order
  bool has(std::string_view name) const;
  // The bytes of the `index`th member, its checksum verified. Throws FormatError.
  std::vector<std::byte> read(std::size_t index) const;
  // Throws KeyError when there is no such member.
  std::vector<std::byte> read(std::string_view name) const;

 private:
  struct Archive;
  std::shared_ptr<const MappedFile> file_;
  std::unique_ptr<Archive> archive_;
  std::vector<Member> members_;
};

}  // namespace hornbeam::base
