// A zip archive of stored (uncompressed) members: the same members in the same order give the same bytes.
// Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/atomic_file.h"

namespace hornbeam::base {

class ZipWriter {
 public:
  explicit ZipWriter(const std::string& path, IfExists if_exists = IfExists::replace) : file_(path, if_exists) {}
  // A member made of `parts` one after the other. `name` is UTF-8, with '/' between folders. Throws ValueError on a
  // name given twice or too long, OSError when writing fails.
  void add(const std::string& name, std::initializer_list<std::span<const std::byte>> parts);
  void add(const std::string& name, std::string_view text) { add(name, {std::as_bytes(std::span(text))}); }
  // A member whose writer goes back and forth in the archive's own file: `fill` gets that file, and where the member
  // begins (a multiple of 64, for who maps it). What reaches past there is the member.
  void add_in_place(const std::string& name, const std::function<void(AtomicFile& file, std::uint64_t begin)>& fill);
  // Writes the directory and publishes the file; without it nothing appears.
  void finish();

 private:
  struct Member {
    std::string name;
    std::uint64_t offset, size;
    std::uint32_t crc;
  };
  void note_name(const std::string& name);
  AtomicFile file_;
  std::vector<Member> members_;
  std::unordered_set<std::string> names_;
};

}  // namespace hornbeam::base
