// What lies in a folder that another takes the place of: what is the writer's own is replaced, all else is foreign and
// kept.
// Thread-safety: free functions without shared state; several may clear one folder.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hornbeam::base {

// The names of a writer's entries. The first makes the folder what it is: without it there is nothing to be read.
using OwnNames = std::vector<std::string>;

// Also what was to become an entry of that name.
bool is_own(std::string_view name, const OwnNames& own);

// Something foreign is in the folder, or what is in it cannot be told.
bool holds_foreign(const std::string& folder, const OwnNames& own);

bool is_mount_point(const std::string& path);
// Another can take the place of `folder`. Not so where another file system begins, where the process works (it would
// stand in a folder that is gone), and where nothing can be made beside it.
bool can_be_exchanged(const std::string& folder);

// Throws OSError when something foreign in `folder` could not be moved to another.
void check_foreign_can_move(const std::string& folder, const OwnNames& own);

// Moves what is foreign in `from` into `to`, removes the rest, and then `from`. Nothing foreign is ever removed, nor
// replaced: what cannot be moved stays where it is. 0, or the errno of the last that stayed (EEXIST: its name is
// taken).
int clear_folder(const std::string& from, const std::string& to, const OwnNames& own);

}  // namespace hornbeam::base
