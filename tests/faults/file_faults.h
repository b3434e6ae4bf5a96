// Faults in the calls by which a process changes files: this program's own open, pwrite, fsync, rename, close, ...
// stand before libc's. For tests that fork: the plan is the process's.
#pragma once

#include <string>

namespace hornbeam::faults {

enum class Fault {
  none,         // only counts
  kill,         // SIGKILL instead of the call
  full_disk,    // ENOSPC from that call on (what frees space still works)
  broken_disk,  // EIO, that once
  lost_sync,    // EIO from fsync alone
  short_write,  // half of what was asked for
  interrupted,  // EINTR, that once
};

// The `number`th call (from 1) that concerns a path under `folder` meets the fault. Resets the count.
void plan(Fault fault, int number, const std::string& folder);
// Does renameat2 say that there is none, as an old kernel does?
void without_renameat2(bool without);
// Calls seen since plan().
int calls_seen();
// The name of the call that met the fault; empty when none has.
std::string struck();

}  // namespace hornbeam::faults
