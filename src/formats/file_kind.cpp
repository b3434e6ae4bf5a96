#include "formats/file_kind.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <vector>

#include "formats/hdf5/hdf5.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::formats {
namespace {

constexpr std::size_t kMostNames = 3;

bool has(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The first few by name.
std::string listed(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < kMostNames; ++i) text += (i ? ", " : "") + names[i];
  return names.size() > kMostNames ? text + ", ..." : text;
}

KindFound kind_of_zip(const std::shared_ptr<const base::MappedFile>& file) {
  std::vector<std::string> names;
  const auto zip = std::make_shared<const base::ZipReader>(file);
  for (const auto& member : zip->members()) names.push_back(member.name);
  const auto found = [&](FileKind kind, std::string text) { return KindFound{kind, std::move(text), file, zip}; };
  if (has(names, "config.json")) return found(FileKind::keras_v3, "a Keras v3 archive (.keras)");
  const auto is_array = [](const std::string& name) { return name.ends_with(".npy"); };
  if (names.empty()) return found(FileKind::zip, "an empty zip archive");
  if (std::all_of(names.begin(), names.end(), is_array)) {
    return found(FileKind::npz, "NumPy arrays (.npz): " + listed(names));
  }
  return found(FileKind::zip, "a zip archive without config.json: " + listed(names));
}

KindFound kind_of_file(const std::shared_ptr<const base::MappedFile>& file) {
  const std::string_view text(reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size());
  // Before HDF5: an archive may hold an HDF5 file where a signature may be.
  if (text.starts_with("PK\x03\x04") || text.starts_with("PK\x05\x06")) return kind_of_zip(file);
  if (hdf5::is_hdf5(file->bytes())) return {FileKind::hdf5, "an HDF5 file"};
  if (text.starts_with("\x93NUMPY")) return {FileKind::npy, "a NumPy array (.npy)"};
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first != text.npos && (text[first] == '{' || text[first] == '[')) return {FileKind::json, "JSON"};
  if (text.empty()) return {FileKind::other, "an empty file"};
  return {FileKind::other, "a file of none of Keras's formats"};
}

KindFound kind_of_folder(const std::string& path) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  if (error) throw OSError("Unable to open folder " + path + ": " + error.message());
  if (has(names, "saved_model.pb") || has(names, "saved_model.pbtxt")) {
    return {FileKind::saved_model, "a SavedModel folder"};
  }
  return {FileKind::folder, names.empty() ? "an empty folder" : "a folder with " + listed(names)};
}

}  // namespace

KindFound kind_of(const std::string& path) {
  std::error_code ignored;  // a file that is not there is told by opening it
  if (std::filesystem::is_directory(path, ignored)) return kind_of_folder(path);
  const auto file = base::MappedFile::open(path);
  auto found = kind_of_file(file);
  found.file = file;
  return found;
}

bool is_json_file(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored) && kind_of(path).kind == FileKind::json;
}

}  // namespace hornbeam::formats
