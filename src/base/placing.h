// What AtomicFile and AtomicFolder do alike: where a path leads, temporary siblings that are held while somebody fills
// them, and names that are given to what was made.
// Thread-safety: free functions without shared state.
#pragma once

#include <functional>
#include <string>

namespace hornbeam::base {

// The path a symbolic link leads to, so that replacing a link's target leaves the link. It need not be there.
std::string resolved(const std::string& path);

[[noreturn]] void refuse_existing(const std::string& path);

// Gives a file or a folder its name unless that is taken. 0, or an errno: EEXIST when it is.
int rename_to_new(const char* from, const char* to);

// Says that somebody is filling the temporary file or folder just made. False: it was taken for a leftover, and
// removed.
bool hold(int fd);

// Temporary siblings of `path` that nobody holds: their writer was killed. `take` gets the folder they are in, and
// their names there, while no other can take them. Whatever cannot be told is left out.
enum class Leftover { file, folder };
void for_leftovers(const std::string& path, Leftover kind,
                   const std::function<void(int folder, const char* name)>& take);

}  // namespace hornbeam::base
