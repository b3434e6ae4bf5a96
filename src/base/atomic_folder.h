// A folder of files that appears whole or not at all: filled as a temporary sibling, synced, then put in the place of
// what is there under `path`. What a process that was killed left beside it goes with the next write of the same path.
// Thread-safety: one thread at a time per object; writers of one path do not disturb each other, the last wins.
#pragma once

#include <string>

#include "base/atomic_file.h"

namespace hornbeam::base {

class AtomicFolder {
 public:
  // Follows a symbolic link to a folder. Throws OSError, also where something else than a folder is.
  explicit AtomicFolder(const std::string& path, IfExists if_exists = IfExists::replace);
  AtomicFolder(const AtomicFolder&) = delete;
  AtomicFolder& operator=(const AtomicFolder&) = delete;
  // Without commit() the temporary folder goes and `path` stays as it was.
  ~AtomicFolder();

  // Where to put the files: their writers sync them.
  const std::string& temporary() const { return temporary_; }
  // A folder in it. Throws OSError.
  std::string make_folder(const std::string& name) const;
  // After it the new folder survives a power cut. Throws OSError.
  void commit();

 private:
  [[noreturn]] void fail(int error) const;
  void exchange();
  std::string path_, temporary_;
  IfExists if_exists_;
  int lock_ = -1;
};

}  // namespace hornbeam::base
