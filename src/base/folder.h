// Folders as what holds files: names that must survive a power cut, and writers that take turns.
#pragma once

#include <string>

namespace hornbeam::base {

// The folder that `path` is in: "." and "/" too.
std::string folder_of(const std::string& path);
// Makes the names in the folder of `path` survive a power cut. 0, or the errno of what went wrong. A folder that may
// not be read, and a file system that syncs none, are no errors.
int sync_folder_of(const std::string& path);

// While it lives, no other holds the folder of `path`, in this process or another. Where a file system has no locks
// there is none; nor in an AtomicFolder that is being filled: who fills it is alone there, and holds it.
class FolderLock {
 public:
  explicit FolderLock(const std::string& path);
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock();

 private:
  int fd_;
};

}  // namespace hornbeam::base
