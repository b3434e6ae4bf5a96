// A file that appears whole or not at all: written to a temporary sibling, synced, then renamed over `path`. What a
// process that was killed left beside it goes with the next write of the same path.
// Thread-safety: one thread at a time per object; writers of one path do not disturb each other, the last wins.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace hornbeam::base {

// What becomes of a file that is there already, or is when the new one is whole.
enum class IfExists { replace, refuse };

class AtomicFile {
 public:
  // Follows symbolic links, also to files that are not there yet, and keeps the permissions of the file it will
  // replace. Throws OSError.
  explicit AtomicFile(const std::string& path, IfExists if_exists = IfExists::replace);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  // Without commit() the temporary file goes and `path` stays as it was.
  ~AtomicFile();

  // Appends. Throws OSError (a full disk, say).
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }
  // How far the file reaches.
  std::uint64_t written() const { return written_; }
  // For writers that go back and forth. Past the end the file grows; reading there gives zeros. Throw OSError.
  void write_at(std::uint64_t offset, std::span<const std::byte> bytes);
  void read_at(std::uint64_t offset, std::span<std::byte> bytes) const;
  void resize(std::uint64_t size);
  // Syncs file and folder; after it the new file survives a power cut. Throws OSError, also where a file has appeared
  // meanwhile that is not to be replaced: it stays as it is.
  void commit() { commit_as(path_); }
  // The same under another name in the same folder: `path` stays as it was.
  void commit_as(const std::string& path);

 private:
  [[noreturn]] void fail(int error) const;
  void create(const std::string& given, unsigned mode);
  void start_writing_back();
  void put_in_place(const std::string& path);
  std::string path_, temporary_;
  IfExists if_exists_;
  int fd_ = -1;
  std::uint64_t written_ = 0;
  std::uint64_t begun_ = 0;  // up to here the disk was told to begin
};

// The whole of a small file at once.
void replace_file(const std::string& path, std::string_view content);

}  // namespace hornbeam::base
