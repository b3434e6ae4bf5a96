// A whole file, read-only, mapped into memory. Not copied; shared by whoever holds a handle to it.
// Thread-safety: immutable after construction.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace hornbeam::base {

class MappedFile {
 public:
  // Throws OSError when the file cannot be opened or is not a regular file.
  static std::shared_ptr<const MappedFile> open(const std::string& path);
  // Bytes that are already in memory (tests, fuzzing, members of archives); `path` is only for messages.
  static std::shared_ptr<const MappedFile> borrow(std::span<const std::byte> bytes, std::string path);

  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return bytes_; }
  const std::string& path() const { return path_; }

 private:
  MappedFile(std::span<const std::byte> bytes, std::string path, bool owned)
      : bytes_(bytes), path_(std::move(path)), owned_(owned) {}
  std::span<const std::byte> bytes_;
  std::string path_;
  bool owned_;
};

// A regular file's bytes, copied. Throws OSError as open does.
std::string read_file(const std::string& path);

}  // namespace hornbeam::base
