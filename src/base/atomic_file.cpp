#include "base/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/folder.h"
#include "base/placing.h"
#include "base/temporary_name.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::base {
namespace {

constexpr std::size_t kStretch = std::size_t{8} << 20;  // written by one call, and handed to the disk at once

// Whatever cannot be removed is left.
void remove_leftovers(const std::string& path) {
  for_leftovers(path, Leftover::file, [](int folder, const char* name) { ::unlinkat(folder, name, 0); });
}

}  // namespace

AtomicFile::AtomicFile(const std::string& path, IfExists if_exists) : path_(resolved(path)), if_exists_(if_exists) {
  struct stat old {};
  const bool exists = ::stat(path_.c_str(), &old) == 0;
  if (exists && if_exists == IfExists::refuse) refuse_existing(path);
  if (exists && !S_ISREG(old.st_mode)) {
    throw OSError("Unable to create file " + path + ": it exists and is not a regular file");
  }
  remove_leftovers(path_);
  create(path, exists ? old.st_mode & 0777 : 0666);
  if (exists) (void)::fchmod(fd_, old.st_mode & 07777);  // some file systems know no permissions
}

void AtomicFile::create(const std::string& given, unsigned mode) {
  for (;;) {
    temporary_ = temporary_name(path_);
    fd_ = ::open(temporary_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd_ < 0 && errno == EEXIST) continue;
    if (fd_ < 0) throw OSError("Unable to create file " + given + ": " + std::strerror(errno));
    if (hold(fd_)) return;
    ::close(fd_);
  }
}

AtomicFile::~AtomicFile() {
  if (fd_ < 0) return;
  ::unlink(temporary_.c_str());
  ::close(fd_);
}

void AtomicFile::write(std::span<const std::byte> bytes) { write_at(written_, bytes); }

void AtomicFile::write_at(std::uint64_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto n = ::pwrite(fd_, bytes.data(), std::min(bytes.size(), kStretch), static_cast<off_t>(offset));
    if (n < 0) {
      if (errno == EINTR) continue;
      fail(errno);
    }
    offset += static_cast<std::uint64_t>(n);
    written_ = std::max(written_, offset);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
    start_writing_back();
  }
}

// The disk works while the rest is being made, so that the sync at the end finds little left to do. Only a hint: what
// it fails at, the sync meets again.
void AtomicFile::start_writing_back() {
#ifdef SYNC_FILE_RANGE_WRITE
  if (written_ < begun_ + kStretch) return;
  (void)::sync_file_range(fd_, static_cast<off_t>(begun_), static_cast<off_t>(written_ - begun_),
                          SYNC_FILE_RANGE_WRITE);
  begun_ = written_;
#endif
}

void AtomicFile::read_at(std::uint64_t offset, std::span<std::byte> bytes) const {
  while (!bytes.empty()) {
    const auto n = ::pread(fd_, bytes.data(), std::min(bytes.size(), kStretch), static_cast<off_t>(offset));
    if (n < 0) {
      if (errno == EINTR) continue;
      fail(errno);
    }
    if (n == 0) break;
    offset += static_cast<std::uint64_t>(n);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  std::fill(bytes.begin(), bytes.end(), std::byte{0});
}

void AtomicFile::resize(std::uint64_t size) {
  while (::ftruncate(fd_, static_cast<off_t>(size)) != 0) {
    if (errno != EINTR) fail(errno);
  }
  written_ = size;
  begun_ = std::min(begun_, size);
}

void AtomicFile::commit_as(const std::string& path) {
  while (::fsync(fd_) != 0) {
    if (errno != EINTR) fail(errno);
  }
  put_in_place(path);
  ::close(fd_);
  fd_ = -1;
  if (const int error = sync_folder_of(path)) fail(error);
}

void AtomicFile::put_in_place(const std::string& path) {
  const char *from = temporary_.c_str(), *to = path.c_str();
  if (if_exists_ == IfExists::refuse) {
    const int error = rename_to_new(from, to);
    if (error == EEXIST) refuse_existing(path);
    if (error != 0) fail(error);
  } else if (::rename(from, to) != 0) {
    fail(errno);
  }
}

void AtomicFile::fail(int error) const { throw OSError("Unable to write file " + path_ + ": " + std::strerror(error)); }

void replace_file(const std::string& path, std::string_view content) {
  AtomicFile file(path);
  file.write(content);
  file.commit();
}

}  // namespace hornbeam::base
