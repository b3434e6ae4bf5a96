#include "base/atomic_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <functional>
#include <utility>
#include <vector>

#include "base/folder.h"
#include "base/placing.h"
#include "base/temporary_name.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::base {
namespace {

namespace fs = std::filesystem;

int sync_folder(const std::string& folder) { return sync_folder_of(folder + "/x"); }

std::string without_slashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

void for_leftover_folders(const std::string& path, const std::function<void(const std::string&)>& take) {
  for_leftovers(path, Leftover::folder, [&](int, const char* name) { take(folder_of(path) + "/" + name); });
}

bool is_there(const std::string& path) {
  struct stat there {};
  return ::lstat(path.c_str(), &there) == 0;
}

}  // namespace

AtomicFolder::AtomicFolder(const std::string& path, OwnNames own, IfExists if_exists)
    : path_(resolved(without_slashes(path))), own_(std::move(own)), if_exists_(if_exists) {
  struct stat old {};
  const bool exists = ::stat(path_.c_str(), &old) == 0;
  if (exists && if_exists == IfExists::refuse) refuse_existing(path);
  if (exists && !S_ISDIR(old.st_mode)) throw OSError("Unable to create folder " + path + ": a file has this name");
  entry_by_entry_ = exists && !can_be_exchanged(path_);
  if (exists && !entry_by_entry_) check_foreign_can_move(path_, own_);
  // With something foreign they wait for the new folder; so do whole ones while there is no old one: it may be that.
  for_leftover_folders(path_, [&](const std::string& leftover) {
    const bool needed = holds_foreign(leftover, own_) || (!exists && is_there(leftover + "/" + own_.front()));
    if (!needed) (void)clear_folder(leftover, path_, own_);
  });
  create(path, exists ? old.st_mode & 0777 : 0777);
  if (!exists || lock_ < 0) return;
  // As far as one may: what is kept in the folder is to stay in reach of those who had it.
  (void)!::fchown(lock_, old.st_uid, old.st_gid);
  (void)::fchmod(lock_, old.st_mode & 07777);
}

void AtomicFolder::create(const std::string& given, unsigned mode) {
  for (;;) {
    temporary_ = temporary_name(entry_by_entry_ ? path_ + "/" + own_.front() : path_);
    if (::mkdir(temporary_.c_str(), mode) != 0) {
      if (errno == EEXIST) continue;
      throw OSError("Unable to create folder " + given + ": " + std::strerror(errno));
    }
    lock_ = ::open(temporary_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock_ < 0 ? errno != ENOENT : hold(lock_)) return;
    release();  // another writer took it for a leftover
  }
}

AtomicFolder::~AtomicFolder() {
  std::error_code ignored;
  if (!temporary_.empty()) fs::remove_all(temporary_, ignored);
  release();
}

void AtomicFolder::release() {
  if (lock_ >= 0) ::close(lock_);
  lock_ = -1;
}

std::string AtomicFolder::make_folder(const std::string& name) const {
  const auto folder = temporary_ + "/" + name;
  if (::mkdir(folder.c_str(), 0777) != 0) fail(errno);
  return folder;
}

void AtomicFolder::commit() {
  sync_contents();
  const auto replaced = entry_by_entry_ ? exchange_entries() : put_in_place();
  const int failed = sync_folder_of(path_);
  keep_foreign(replaced);
  if (failed != 0) fail(failed);
  release();
}

void AtomicFolder::sync_contents() const {
  std::error_code error;
  for (fs::recursive_directory_iterator at(temporary_, error), end; !error && at != end; at.increment(error)) {
    if (at->is_directory()) {
      if (const int failed = sync_folder(at->path().string())) fail(failed);
    }
  }
  if (error) fail(error.value());
  if (const int failed = sync_folder(temporary_)) fail(failed);
}

// Where the old folder is now, if there was one. Other writers may put theirs there at any time.
std::string AtomicFolder::put_in_place() {
  for (;;) {
    int error = rename_to_new(temporary_.c_str(), path_.c_str());
    if (error == 0) {
      temporary_.clear();
      return "";
    }
    if (error != EEXIST) fail(error);
    if (if_exists_ == IfExists::refuse) refuse_existing(path_);
    struct stat old {};
    if (::lstat(path_.c_str(), &old) == 0 && !S_ISDIR(old.st_mode)) fail(ENOTDIR);
    check_foreign_can_move(path_, own_);
    std::string replaced = temporary_;
    error = exchange(replaced);
    if (error == 0) {
      temporary_.clear();
      return replaced;
    }
    if (error != ENOENT && error != EEXIST) fail(error);
  }
}

// The old folder takes the new one's name at the same moment. 0, or an errno.
int AtomicFolder::exchange(std::string& replaced) const {
#ifdef RENAME_EXCHANGE
  if (::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, path_.c_str(), RENAME_EXCHANGE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
#endif
  // The file system knows no such thing: for a moment there is none under the name, but the old one beside it.
  replaced = temporary_name(path_);
  if (::rename(path_.c_str(), replaced.c_str()) != 0) return errno;
  const int error = rename_to_new(temporary_.c_str(), path_.c_str());
  if (error != 0) (void)rename_to_new(replaced.c_str(), path_.c_str());
  return error;
}

// The folder stays, and so does what is foreign in it. Returns as put_in_place() does.
std::string AtomicFolder::exchange_entries() {
  const FolderLock turn(path_ + "/x");
  const auto old = make_folder("replaced");
  std::vector<std::pair<std::string, std::string>> moved;
  int error = 0;
  const auto move = [&](const std::string& from, const std::string& to) {
    if (error != 0 || !is_there(from)) return;
    if (::rename(from.c_str(), to.c_str()) == 0) {
      moved.emplace_back(from, to);
    } else {
      error = errno;
    }
  };
  for (const auto& name : own_) move(path_ + "/" + name, old + "/" + name);
  const auto& last = own_.front();
  for (auto name = own_.rbegin(); name != own_.rend(); ++name) {
    if (*name == last && error == 0) error = sync_folder(path_);
    move(temporary_ + "/" + *name, path_ + "/" + *name);
  }
  if (error == 0) error = sync_folder(path_);
  if (error == 0) return "";
  for (auto back = moved.rbegin(); back != moved.rend(); ++back) {
    (void)::rename(back->second.c_str(), back->first.c_str());
  }
  fail(error);
}

void AtomicFolder::keep_foreign(const std::string& replaced) const {
  if (entry_by_entry_) {
    return for_leftover_folders(path_ + "/" + own_.front(), [](const std::string& leftover) {
      std::error_code ignored;
      fs::remove_all(leftover, ignored);
    });
  }
  const int stayed = replaced.empty() ? 0 : clear_folder(replaced, path_, own_);
  // Where the names are taken they stand.
  for_leftover_folders(path_, [&](const std::string& leftover) { (void)clear_folder(leftover, path_, own_); });
  if (stayed != 0) {
    throw OSError("Folder " + path_ + " is written, but not all that was in it could be kept there: the rest is in " +
                  replaced + ": " + std::strerror(stayed));
  }
  if (const int failed = sync_folder(path_)) fail(failed);
}

void AtomicFolder::fail(int error) const {
  throw OSError("Unable to write folder " + path_ + ": " + std::strerror(error));
}

}  // namespace hornbeam::base
