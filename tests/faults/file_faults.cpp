#include "faults/file_faults.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <string_view>

namespace hornbeam::faults {
namespace {

Fault planned = Fault::none;
int at = 0, seen = 0;
bool old_kernel = false;
char prefix[PATH_MAX] = "";
char name_struck[32] = "";

bool concerned(const char* path) {
  return prefix[0] != '\0' && path && std::strncmp(path, prefix, std::strlen(prefix)) == 0;
}

// The path of an open file.
const char* path_of(int fd, char (&buffer)[PATH_MAX]) {
  char link[64];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const auto length = ::readlink(link, buffer, sizeof buffer - 1);
  buffer[length > 0 ? length : 0] = '\0';
  return buffer;
}

constexpr int kGoOn = 0, kShort = -1;
// An errno to give, or one of the above.
int meet(std::string_view call, const char* path) {
  if (!concerned(path)) return kGoOn;
  const int number = ++seen;
  const bool frees = call == "unlink" || call == "unlinkat" || call == "rmdir" || call == "close";
  const bool hit = planned == Fault::full_disk ? number >= at && !frees : number == at;
  if (planned == Fault::none || !hit) return kGoOn;
  if (planned == Fault::lost_sync && call != "fsync") return kGoOn;
  if (planned == Fault::short_write && call != "pwrite") return kGoOn;
  std::snprintf(name_struck, sizeof name_struck, "%.*s", static_cast<int>(call.size()), call.data());
  switch (planned) {
    case Fault::kill:
      ::kill(::getpid(), SIGKILL);
      break;
    case Fault::full_disk:
      return ENOSPC;
    case Fault::broken_disk:
    case Fault::lost_sync:
      return EIO;
    case Fault::short_write:
      return kShort;
    case Fault::interrupted:
      return EINTR;
    case Fault::none:
      break;
  }
  return kGoOn;
}

int meet(std::string_view call, int fd) {
  char buffer[PATH_MAX];
  return prefix[0] == '\0' ? kGoOn : meet(call, path_of(fd, buffer));
}

template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

ssize_t faulty_pwrite(int fd, const void* data, size_t size, off_t offset) {
  const int fault = meet("pwrite", fd);
  if (fault > 0) {
    errno = fault;
    return -1;
  }
  static const auto call = real<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  return call(fd, data, fault == kShort && size > 1 ? size / 2 : size, offset);
}

int faulty_truncate(int fd, off_t size) {
  if (const int fault = meet("ftruncate", fd); fault > 0) {
    errno = fault;
    return -1;
  }
  static const auto call = real<int(int, off_t)>("ftruncate");
  return call(fd, size);
}

bool changes_files(int flags) { return (flags & (O_CREAT | O_WRONLY | O_RDWR | O_TRUNC)) != 0; }

int faulty_open(const char* path, int flags, mode_t mode) {
  const bool changes = changes_files(flags);
  if (const int fault = changes ? meet("open", path) : kGoOn; fault > 0) {
    errno = fault;
    return -1;
  }
  static const auto call = real<int(const char*, int, ...)>("open");
  return call(path, flags, mode);
}

// Where `path` lies that is meant from `folder`.
const char* place_of(int folder, const char* path, char (&buffer)[PATH_MAX]) {
  if (folder == AT_FDCWD || path[0] == '/' || prefix[0] == '\0') return path;
  const auto length = std::strlen(path_of(folder, buffer));
  std::snprintf(buffer + length, sizeof buffer - length, "/%s", path);
  return buffer;
}

// Opened to be looked at: of what lies in the folder, a leftover.
int faulty_openat(int folder, const char* path, int flags, mode_t mode) {
  char buffer[PATH_MAX];
  if (const int fault = meet("openat", place_of(folder, path, buffer)); fault > 0) {
    errno = fault;
    return -1;
  }
  static const auto call = real<int(int, const char*, int, ...)>("openat");
  return call(folder, path, flags, mode);
}

}  // namespace

void plan(Fault fault, int number, const std::string& folder) {
  planned = fault;
  at = number;
  seen = 0;
  name_struck[0] = '\0';
  std::snprintf(prefix, sizeof prefix, "%s", folder.c_str());
}
void without_renameat2(bool without) { old_kernel = without; }
int calls_seen() { return seen; }
std::string struck() { return name_struck; }

}  // namespace hornbeam::faults

// ---- libc's names ----
using namespace hornbeam::faults;

#define HB_FAULTY(name, where, type, ...)                \
  if (const int fault = meet(#name, where); fault > 0) { \
    errno = fault;                                       \
    return -1;                                           \
  }                                                      \
  static const auto call = real<type>(#name);            \
  return call(__VA_ARGS__)

extern "C" {

ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) { return faulty_pwrite(fd, data, size, offset); }
ssize_t pwrite64(int fd, const void* data, size_t size, off64_t offset) {
  return faulty_pwrite(fd, data, size, offset);
}
int ftruncate(int fd, off_t size) noexcept { return faulty_truncate(fd, size); }
int ftruncate64(int fd, off64_t size) noexcept { return faulty_truncate(fd, size); }

#define HB_MODE                                              \
  mode_t mode = 0;                                           \
  if (flags & (O_CREAT | O_TMPFILE)) {                       \
    va_list arguments;                                       \
    va_start(arguments, flags);                              \
    mode = static_cast<mode_t>(va_arg(arguments, unsigned)); \
    va_end(arguments);                                       \
  }
int open(const char* path, int flags, ...) {
  HB_MODE
  return faulty_open(path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  HB_MODE
  return faulty_open(path, flags, mode);
}

int openat(int folder, const char* path, int flags, ...) {
  HB_MODE
  return faulty_openat(folder, path, flags, mode);
}
int openat64(int folder, const char* path, int flags, ...) {
  HB_MODE
  return faulty_openat(folder, path, flags, mode);
}

int close(int fd) { HB_FAULTY(close, fd, int(int), fd); }
int mkdir(const char* path, mode_t mode) noexcept { HB_FAULTY(mkdir, path, int(const char*, mode_t), path, mode); }
int sync_file_range(int fd, off64_t offset, off64_t count, unsigned flags) {
  HB_FAULTY(sync_file_range, fd, int(int, off64_t, off64_t, unsigned), fd, offset, count, flags);
}
int fsync(int fd) { HB_FAULTY(fsync, fd, int(int), fd); }
int fchmod(int fd, mode_t mode) noexcept { HB_FAULTY(fchmod, fd, int(int, mode_t), fd, mode); }
int flock(int fd, int operation) noexcept { HB_FAULTY(flock, fd, int(int, int), fd, operation); }
int rename(const char* from, const char* to) noexcept {
  HB_FAULTY(rename, to, int(const char*, const char*), from, to);
}
int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) noexcept {
  if (old_kernel) {
    errno = ENOSYS;
    return -1;
  }
  char buffer[PATH_MAX];
  HB_FAULTY(renameat2, place_of(to_folder, to, buffer), int(int, const char*, int, const char*, unsigned), from_folder,
            from, to_folder, to, flags);
}
int rmdir(const char* path) noexcept { HB_FAULTY(rmdir, path, int(const char*), path); }
int link(const char* from, const char* to) noexcept { HB_FAULTY(link, to, int(const char*, const char*), from, to); }
int unlink(const char* path) noexcept { HB_FAULTY(unlink, path, int(const char*), path); }
int unlinkat(int folder, const char* path, int flags) noexcept {
  HB_FAULTY(unlinkat, folder, int(int, const char*, int), folder, path, flags);
}
}
