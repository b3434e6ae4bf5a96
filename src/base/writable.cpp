#include "base/writable.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "hornbeam/errors.hpp"

namespace hornbeam::base {
namespace {

namespace fs = std::filesystem;

fs::file_type type_of(const fs::path& path) {
  std::error_code ignored;  // it tells in the type
  return fs::status(path, ignored).type();
}

// Permissions, mounts and quotas are best asked by doing it: makes the first folder that is missing, and removes it.
void check_can_make(const fs::path& folder, const std::string& what) {
  fs::path missing = folder, above = folder.parent_path();
  while (!above.empty() && type_of(above) == fs::file_type::not_found) {
    missing = above;
    above = missing.parent_path();
  }
  if (!above.empty() && type_of(above) != fs::file_type::directory) {
    throw OSError("Unable to create " + what + ": " + above.string() + " is not a folder");
  }
  if (::mkdir(missing.c_str(), 0777) == 0) {
    (void)::rmdir(missing.c_str());
  } else if (errno != EEXIST || type_of(missing) != fs::file_type::directory) {  // made by another meanwhile
    throw OSError("Unable to create " + what + ": " + missing.string() + ": " + std::strerror(errno));
  }
}

fs::path folder_above(const std::string& path) {
  const auto folder = fs::path(path).parent_path();
  return folder.empty() ? "." : folder;
}

}  // namespace

void make_folder_of(const std::string& path) {
  std::error_code error;
  // With a slash at its end it would be the folder above what is in it.
  const auto name_end = path.find_last_not_of('/');
  fs::create_directories(folder_above(path.substr(0, name_end + 1)), error);
  if (error) throw OSError("Unable to create file " + path + ": " + error.message());
}

void check_can_write(const std::string& path, IfExists if_exists) {
  if (path.empty() || path.back() == '/') throw OSError("Unable to create file '" + path + "': it is no file's name");
  const auto folder = folder_above(path);
  if (type_of(folder) == fs::file_type::not_found) {
    check_can_make(folder, "file " + path);
  } else {
    const AtomicFile tried(path, if_exists);
  }
}

void check_can_fill(const std::string& folder) {
  switch (type_of(folder)) {
    case fs::file_type::not_found:
      check_can_make(folder, "folder " + folder);
      break;
    case fs::file_type::directory:
      check_can_write(folder + "/outputs.json");
      break;
    default:
      throw OSError("Unable to create folder " + folder + ": it exists and is not a folder");
  }
}

}  // namespace hornbeam::base
