#include "base/folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "base/temporary_name.h"

namespace hornbeam::base {
namespace {

int open_folder_of(const std::string& path) {
  return ::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

}  // namespace

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

int sync_folder_of(const std::string& path) {
  const int folder = open_folder_of(path);
  if (folder < 0) return 0;  // one may write to it but not read: the file is there all the same
  const int result = ::fsync(folder);
  const int error = errno;
  ::close(folder);
  return result == 0 || error == EINVAL ? 0 : error;
}

FolderLock::FolderLock(const std::string& path) : fd_(open_folder_of(path)) {
  std::error_code ignored;
  if (is_temporary(std::filesystem::canonical(folder_of(path), ignored).filename().string())) return;
  while (fd_ >= 0 && ::flock(fd_, LOCK_EX) != 0 && errno == EINTR) {
  }
}

FolderLock::~FolderLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace hornbeam::base
