#include "base/atomic_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "base/folder.h"
#include "base/temporary_name.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::base {
namespace {

namespace fs = std::filesystem;

int sync_folder(const std::string& folder) { return sync_folder_of(folder + "/x"); }

// Folders that nobody holds: their writer was killed. Whatever cannot be told or removed is left.
void remove_leftovers(const std::string& path) {
  std::error_code error;
  const auto name = fs::path(path).filename().string();
  for (fs::directory_iterator at(folder_of(path), error), end; !error && at != end; at.increment(error)) {
    if (!is_temporary_of(at->path().filename().string(), name)) continue;
    const int fd = ::open(at->path().c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) continue;
    std::error_code ignored;
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) fs::remove_all(at->path(), ignored);
    ::close(fd);
  }
}

}  // namespace

AtomicFolder::AtomicFolder(const std::string& path, IfExists if_exists) : path_(path), if_exists_(if_exists) {
  while (path_.size() > 1 && path_.back() == '/') path_.pop_back();
  std::error_code error;
  if (const auto real = fs::canonical(path_, error); !error) path_ = real.string();
  struct stat old {};
  const bool exists = ::stat(path_.c_str(), &old) == 0;
  if (exists && if_exists == IfExists::refuse) throw OSError(path + " already exists, and overwrite is false");
  if (exists && !S_ISDIR(old.st_mode)) throw OSError("Unable to create folder " + path + ": a file has this name");
  remove_leftovers(path_);
  for (;;) {
    temporary_ = temporary_name(path_);
    if (::mkdir(temporary_.c_str(), exists ? old.st_mode & 0777 : 0777) == 0) break;
    if (errno != EEXIST) throw OSError("Unable to create folder " + path + ": " + std::strerror(errno));
  }
  lock_ = ::open(temporary_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock_ >= 0) (void)::flock(lock_, LOCK_EX);  // says that somebody is writing
}

AtomicFolder::~AtomicFolder() {
  std::error_code ignored;
  if (!temporary_.empty()) fs::remove_all(temporary_, ignored);
  if (lock_ >= 0) ::close(lock_);
}

std::string AtomicFolder::make_folder(const std::string& name) const {
  const auto folder = temporary_ + "/" + name;
  if (::mkdir(folder.c_str(), 0777) != 0) fail(errno);
  return folder;
}

// The old folder takes the new one's name at the same moment, and is removed afterwards.
void AtomicFolder::exchange() {
#ifdef RENAME_EXCHANGE
  if (::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, path_.c_str(), RENAME_EXCHANGE) == 0) return;
  if (errno != EINVAL && errno != ENOSYS) fail(errno);
#endif
  // The file system knows no such thing: for a moment there is none under the name, but the old one beside it.
  const auto aside = temporary_name(path_);
  if (::rename(path_.c_str(), aside.c_str()) != 0) fail(errno);
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
    const int error = errno;
    (void)::rename(aside.c_str(), path_.c_str());
    fail(error);
  }
  temporary_ = aside;
}

void AtomicFolder::commit() {
  std::error_code error;
  for (fs::recursive_directory_iterator at(temporary_, error), end; !error && at != end; at.increment(error)) {
    if (at->is_directory()) {
      if (const int failed = sync_folder(at->path().string())) fail(failed);
    }
  }
  if (error) fail(error.value());
  if (const int failed = sync_folder(temporary_)) fail(failed);
  struct stat old {};
  if (::stat(path_.c_str(), &old) != 0) {
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail(errno);
    temporary_.clear();
  } else if (if_exists_ == IfExists::refuse) {
    throw OSError(path_ + " already exists, and overwrite is false");
  } else {
    exchange();
  }
  if (const int failed = sync_folder_of(path_)) fail(failed);
}

void AtomicFolder::fail(int error) const {
  throw OSError("Unable to write folder " + path_ + ": " + std::strerror(error));
}

}  // namespace hornbeam::base
