// Event files for TensorBoard: written, not read. SPEC.md has the bytes.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>

namespace hornbeam::formats {

// Appends events to a new file of a folder. Thread-safety: none.
class EventWriter {
 public:
  // Makes the file, and missing folders. Throws OSError.
  explicit EventWriter(const std::string& folder);
  const std::string& path() const { return path_; }

  void scalar(const std::string& tag, double value, std::int64_t step);
  // How values are distributed, in 30 buckets of one width; those that are no finite numbers are left out.
  void histogram(const std::string& tag, std::span<const double> values, std::int64_t step);
  // For the plugin of that name, whose mark is `content`.
  void text(const std::string& tag, const std::string& text, const std::string& plugin, const std::string& content,
            std::int64_t step);
  // PNGs of one size.
  void images(const std::string& tag, std::uint32_t width, std::uint32_t height, std::span<const std::string> pngs,
              std::int64_t step);
  // Throws OSError.
  void flush();

 private:
  void record(const std::string& event);
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::string path_;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace hornbeam::formats
