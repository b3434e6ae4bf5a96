// hornbeam bench MODEL --save PATH: what saving takes, beside a plain write of the same bytes.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/mapped_file.h"
#include "cli/bench.h"
#include "hornbeam/errors.hpp"
#include "hornbeam/saving.hpp"

namespace hornbeam::cli {
namespace {

[[noreturn]] void fail(const std::string& path) {
  throw OSError("Unable to write file " + path + ": " + std::strerror(errno));
}

// As the plainest program would: no temporary file, one sync.
void write_plainly(const std::string& path, std::string_view bytes) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) fail(path);
  bool good = true;
  while (good && !bytes.empty()) {
    const auto n = ::write(fd, bytes.data(), bytes.size());
    good = n > 0;
    if (good) bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  good = good && ::fsync(fd) == 0;
  ::close(fd);
  if (!good) fail(path);
}

// What was saved: a file, or a folder's files one after another.
std::string read_saved(const std::string& path) {
  namespace fs = std::filesystem;
  if (!fs::is_directory(path)) return base::read_file(path);
  std::string bytes;
  for (const auto& entry : fs::recursive_directory_iterator(path)) {
    if (entry.is_regular_file()) bytes += base::read_file(entry.path().string());
  }
  return bytes;
}

}  // namespace

void bench_saving(const Model& model, const BenchOptions& o, Config& result) {
  const auto plain = o.save + ".plain";
  const double first = now_ms();
  model.save(o.save);
  result.set("first_save_ms", now_ms() - first);
  const auto bytes = read_saved(o.save);
  // In turn, for a disk has better and worse minutes. Both replace a file of the same size.
  write_plainly(plain, bytes);
  std::vector<double> saves, writes;
  for (int i = 0; i < o.runs; ++i) {
    double start = now_ms();
    model.save(o.save);
    saves.push_back(now_ms() - start);
    start = now_ms();
    write_plainly(plain, bytes);
    writes.push_back(now_ms() - start);
  }
  ::unlink(plain.c_str());
  add_times(result, std::move(saves), "save_");
  add_times(result, std::move(writes), "write_");
  result.set("bytes", static_cast<std::int64_t>(bytes.size()));
}

}  // namespace hornbeam::cli
