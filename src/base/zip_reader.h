// A zip archive in memory: stored members where they lie, deflated ones by libzip. Names are names: nothing is ever
// written to a path that an archive gives.
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
#include "base/zip_directory.h"

namespace hornbeam::base {

class ZipReader {
 public:
  struct Member {
    std::string name;
    std::uint64_t size;  // uncompressed
  };
  // Throws FormatError when the archive is broken (read_zip_directory says how), or libzip finds other members in it.
  explicit ZipReader(std::shared_ptr<const MappedFile> file);
  ZipReader(const ZipReader&) = delete;
  ZipReader& operator=(const ZipReader&) = delete;
  ~ZipReader();

  const std::string& path() const { return file_->path(); }
  const std::vector<Member>& members() const { return members_; }  // in the directory's order
  bool has(std::string_view name) const;
  // The member's bytes as a file of their own, named "archive (member 'name')" in messages, its checksum verified: part
  // of the archive's mapping when it is stored, else inflated. Throws KeyError when there is no such member,
  // FormatError.
  std::shared_ptr<const MappedFile> open(std::string_view name) const;
  // The bytes of the `index`th member, its checksum verified. Throws FormatError.
  std::vector<std::byte> read(std::size_t index) const;
  // Throws KeyError when there is no such member.
  std::vector<std::byte> read(std::string_view name) const;

 private:
  struct Archive;
  std::shared_ptr<const MappedFile> file_;
  std::unique_ptr<Archive> archive_;
  std::vector<Member> members_;
  std::vector<ZipEntry> entries_;

  std::size_t index_of(std::string_view name) const;
  std::span<const std::byte> stored(std::size_t index) const;
};

#ifdef HORNBEAM_FUZZ
inline bool any_zip_checksum = false;  // fuzzers cannot forge checksums: their targets take any of stored members
#else
constexpr bool any_zip_checksum = false;
#endif

}  // namespace hornbeam::base
