#include "base/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "hornbeam/errors.hpp"

namespace hornbeam::base {

std::shared_ptr<const MappedFile> MappedFile::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) throw OSError("Unable to open file " + path + ": " + std::strerror(errno));
  struct stat st {};
  if (::fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
    ::close(fd);
    throw OSError("Unable to open file " + path + ": not a regular file");
  }
  const auto size = static_cast<std::size_t>(st.st_size);
  void* p = nullptr;
  if (size != 0) {
    p = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED) {
      const int error = errno;
      ::close(fd);
      throw OSError("Unable to map file " + path + ": " + std::strerror(error));
    }
  }
  ::close(fd);
  return std::shared_ptr<const MappedFile>(
      new MappedFile({static_cast<const std::byte*>(p), size}, path, /*owned=*/true));
}

std::shared_ptr<const MappedFile> MappedFile::borrow(std::span<const std::byte> bytes, std::string path) {
  return std::shared_ptr<const MappedFile>(new MappedFile(bytes, std::move(path), /*owned=*/false));
}

MappedFile::~MappedFile() {
  if (owned_ && !bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

std::string read_file(const std::string& path) {
  const auto file = MappedFile::open(path);
  return {reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size()};
}

}  // namespace hornbeam::base
