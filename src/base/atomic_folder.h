// A folder of files that appears whole or not at all: filled as a temporary sibling, synced, then put in the place of
// what is there under `path`. Whatever else lies in the old folder is kept: it is moved into the new one, and after a
// kill in between, by the next write of the same path, which also takes away what a process that was killed left.
// Thread-safety: one thread at a time per object; writers of one path do not disturb each other, the last wins.
#pragma once

#include <string>

#include "base/atomic_file.h"
#include "base/folder_entries.h"

namespace hornbeam::base {

class AtomicFolder {
 public:
  // `own`: the names of all that may be put into it. Follows symbolic links. Throws OSError, also where something else
  // than a folder is, or a folder with something that could not be kept.
  //
  // Where no other folder can take the place of `path`, a mount point or the working directory, its own entries are
  // replaced one by one: the first of `own` goes first and comes last, so that there is the old, nothing or the new.
  AtomicFolder(const std::string& path, OwnNames own, IfExists if_exists = IfExists::replace);
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
  void create(const std::string& given, unsigned mode);
  void sync_contents() const;
  std::string put_in_place();
  int exchange(std::string& replaced) const;
  std::string exchange_entries();
  void keep_foreign(const std::string& replaced) const;
  void release();
  std::string path_, temporary_;
  OwnNames own_;
  IfExists if_exists_;
  bool entry_by_entry_ = false;
  int lock_ = -1;
};

}  // namespace hornbeam::base
