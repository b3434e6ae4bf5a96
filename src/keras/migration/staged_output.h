// What shall stand at a path, made beside it first: it gets there when it has been proved.
// Thread-safety: one thread at a time.
#pragma once

#include <string>

#include "base/atomic_folder.h"

namespace hornbeam {

class StagedOutput {
 public:
  // Throws OSError when nothing can be made beside `path`.
  StagedOutput(std::string path, base::IfExists if_exists);
  StagedOutput(const StagedOutput&) = delete;
  StagedOutput& operator=(const StagedOutput&) = delete;
  // What was not published goes.
  ~StagedOutput() = default;

  // Where to make it: a path of the same last name, in a folder that is there.
  const std::string& path() const { return staged_; }
  // Puts what is at path() in its place, whole or not at all: the file, or the folder. Throws OSError.
  void publish();
  // Of a checkpoint its several files, each whole or not at all: the prefix's, and last the config PATH.json. What
  // fails between them leaves the new weights beside the old config. Throws OSError, before the first of them where one
  // is in the way.
  void publish_checkpoint();

 private:
  void publish_file(const std::string& suffix);
  void publish_folder();
  std::string path_, staged_;
  base::IfExists if_exists_;
  base::AtomicFolder folder_;  // never committed
};

}  // namespace hornbeam
