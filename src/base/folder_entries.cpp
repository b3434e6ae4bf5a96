#include "base/folder_entries.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "base/folder.h"
#include "base/placing.h"
#include "base/temporary_name.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::base {
namespace {

namespace fs = std::filesystem;

struct Entries {
  std::vector<std::string> own, foreign;
  bool complete = false;
};

Entries entries_of(const std::string& folder, const OwnNames& own) {
  Entries entries;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    auto name = at->path().filename().string();
    (is_own(name, own) ? entries.own : entries.foreign).push_back(std::move(name));
  }
  entries.complete = !error;
  return entries;
}

}  // namespace

bool is_own(std::string_view name, const OwnNames& own) {
  return std::ranges::any_of(own, [&](const auto& known) { return name == known || is_temporary_of(name, known); });
}

bool holds_foreign(const std::string& folder, const OwnNames& own) {
  const auto entries = entries_of(folder, own);
  return !entries.complete || !entries.foreign.empty();
}

bool is_mount_point(const std::string& path) {
  if (path == "/") return true;
#ifdef STATX_ATTR_MOUNT_ROOT
  struct statx told {};
  if (::statx(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW, STATX_TYPE, &told) == 0 &&
      (told.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0) {
    return (told.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
  }
#endif
  struct stat here {
  }, above{};
  return ::lstat(path.c_str(), &here) == 0 && S_ISDIR(here.st_mode) && ::stat((path + "/..").c_str(), &above) == 0 &&
         here.st_dev != above.st_dev;
}

namespace {

// A move by links may have been interrupted: then the file is there already, by both names. 0, or an errno.
int move_to(const std::string& from, const std::string& to) {
  const int error = rename_to_new(from.c_str(), to.c_str());
  if (error != EEXIST) return error;
  struct stat one {
  }, other{};
  const bool same = ::lstat(from.c_str(), &one) == 0 && ::lstat(to.c_str(), &other) == 0 &&
                    one.st_dev == other.st_dev && one.st_ino == other.st_ino;
  return same && ::unlink(from.c_str()) == 0 ? 0 : error;
}

bool is_working_directory(const std::string& folder) {
  struct stat here {
  }, there{};
  return ::stat(".", &here) == 0 && ::stat(folder.c_str(), &there) == 0 && here.st_dev == there.st_dev &&
         here.st_ino == there.st_ino;
}

}  // namespace

bool can_be_exchanged(const std::string& folder) {
  return !is_mount_point(folder) && !is_working_directory(folder) &&
         ::faccessat(AT_FDCWD, folder_of(folder).c_str(), W_OK, AT_EACCESS) == 0;
}

void check_foreign_can_move(const std::string& folder, const OwnNames& own) {
  for (const auto& name : entries_of(folder, own).foreign) {
    const auto path = folder + "/" + name;
    const auto refuse = [&](const std::string& why) {
      throw OSError("Unable to write folder " + folder + ": " + name + ", which is in it, could not be kept: " + why);
    };
    if (is_mount_point(path)) refuse("it is a mount point");
    struct stat entry {};
    if (::lstat(path.c_str(), &entry) != 0 || !S_ISDIR(entry.st_mode)) continue;
    // A folder's own ".." changes when it is moved.
    if (::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) != 0) refuse("it may not be written to, so not moved");
  }
}

int clear_folder(const std::string& from, const std::string& to, const OwnNames& own) {
  constexpr int kTries = 100;  // another writer may be moving things here, while this one moves them on
  for (int tries = 0; tries < kTries; ++tries) {
    const auto entries = entries_of(from, own);
    int stayed = 0;
    for (const auto& name : entries.foreign) {
      const int error = move_to(from + "/" + name, to + "/" + name);
      if (error != 0 && error != ENOENT) stayed = error;  // ENOENT: another has moved it, or `to`; the next try tells
    }
    bool stuck = false;
    for (const auto& name : entries.own) {
      std::error_code error;
      fs::remove_all(from + "/" + name, error);
      stuck |= static_cast<bool>(error);
    }
    if (stayed != 0) return stayed;
    if (::rmdir(from.c_str()) == 0 || (errno != ENOTEMPTY && errno != EEXIST)) return 0;
    if (entries.foreign.empty() && stuck) return 0;  // what is left is own
  }
  return ENOTEMPTY;
}

}  // namespace hornbeam::base
