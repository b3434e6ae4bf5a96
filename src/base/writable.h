// Places that files shall be written to: made, and tried before the work whose result they are to hold.
// Thread-safety: free functions without shared state.
#pragma once

#include <string>

#include "base/atomic_file.h"

namespace hornbeam::base {

// Makes the missing folders above `path`. Throws OSError.
void make_folder_of(const std::string& path);

// Throws OSError unless make_folder_of and AtomicFile could now write `path`. Leaves nothing behind.
void check_can_write(const std::string& path, IfExists if_exists = IfExists::replace);

// Throws OSError unless `folder` is one that files can be written to, or can be made. Leaves nothing behind.
void check_can_fill(const std::string& folder);

}  // namespace hornbeam::base
