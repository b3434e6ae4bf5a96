#include "base/placing.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "base/folder.h"
#include "base/temporary_name.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::base {
namespace {

constexpr int kMostLinks = 40;  // as the kernel follows

}  // namespace

std::string resolved(const std::string& path) {
  std::error_code error;
  std::filesystem::path at = path;
  for (int links = 0; links <= kMostLinks; ++links) {
    if (const auto real = std::filesystem::canonical(at, error); !error) return real.string();
    const auto target = std::filesystem::read_symlink(at, error);
    if (error) return at.string();  // no link: what is wrong with it shows when it is opened
    at = at.parent_path() / target;
  }
  throw OSError("Unable to create " + path + ": " + std::strerror(ELOOP));
}

void refuse_existing(const std::string& path) { throw OSError(path + " already exists, and overwrite is false"); }

int rename_to_new(const char* from, const char* to) {
#ifdef RENAME_NOREPLACE
  if (::renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;  // else the file system, or the kernel, knows no such thing
#endif
  if (::link(from, to) == 0) {
    ::unlink(from);  // what stays goes with the next write
    return 0;
  }
  if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS) return errno;
  // A folder, or a file system without links: nothing better than to look first.
  struct stat there {};
  if (::lstat(to, &there) == 0) return EEXIST;
  if (::rename(from, to) == 0) return 0;
  return errno == ENOTEMPTY ? EEXIST : errno;
}

bool hold(int fd) {
  struct stat now {};
  return ::flock(fd, LOCK_EX) != 0 || ::fstat(fd, &now) != 0 || now.st_nlink != 0;
}

void for_leftovers(const std::string& path, Leftover kind, const std::function<void(int, const char*)>& take) {
  const int only = kind == Leftover::folder ? O_DIRECTORY : O_NONBLOCK;
  const auto name = path.substr(path.rfind('/') + 1);
  DIR* listing = ::opendir(folder_of(path).c_str());
  if (!listing) return;
  const int at = ::dirfd(listing);
  while (const auto* entry = ::readdir(listing)) {
    if (!is_temporary_of(entry->d_name, name)) continue;
    const int fd = ::openat(at, entry->d_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | only);
    if (fd < 0) continue;
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) take(at, entry->d_name);
    ::close(fd);
  }
  ::closedir(listing);
}

}  // namespace hornbeam::base
