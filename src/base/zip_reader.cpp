#include "base/zip_reader.h"

#include <zip.h>

#include <algorithm>

#include "base/crc32.h"
#include "base/memory_limit.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::base {
namespace {

constexpr std::uint64_t kReadStep = std::uint64_t{1} << 20;

struct CloseFile {
  void operator()(zip_file_t* f) const { zip_fclose(f); }
};

}  // namespace

struct ZipReader::Archive {
  zip_t* zip = nullptr;
  ~Archive() {
    if (zip) zip_discard(zip);
  }
};

ZipReader::ZipReader(std::shared_ptr<const MappedFile> file)
    : file_(std::move(file)), archive_(std::make_unique<Archive>()) {
  const auto& path = file_->path();
  const auto bytes = file_->bytes();
  if (bytes.empty()) throw FormatError(path, "", "a zip archive", "an empty file");  // libzip takes it for one
  entries_ = read_zip_directory(bytes, path);
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  if (source) archive_->zip = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error);
  if (!archive_->zip) {
    const std::string text = zip_error_strerror(&error);
    zip_error_fini(&error);
    if (source) zip_source_free(source);
    throw FormatError(path, "", "a zip archive", text);
  }
  zip_error_fini(&error);

  const auto count = zip_get_num_entries(archive_->zip, 0);
  if (static_cast<std::uint64_t>(count) != entries_.size()) {
    throw FormatError(path, "zip archive", std::to_string(entries_.size()) + " members", std::to_string(count));
  }
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const auto& entry = entries_[i];
    zip_stat_t s;
    constexpr zip_uint64_t kNeeded = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_CRC;
    const bool same = zip_stat_index(archive_->zip, i, 0, &s) == 0 && (s.valid & kNeeded) == kNeeded &&
                      s.size == entry.size && s.comp_size == entry.packed_size && s.comp_method == entry.method &&
                      s.crc == entry.crc;
    if (!same) throw FormatError(path, "member '" + entry.name + "'", "a sound zip entry", "a broken one");
    members_.push_back({entry.name, entry.size});
  }
}

ZipReader::~ZipReader() = default;

bool ZipReader::has(std::string_view name) const {
  return std::any_of(members_.begin(), members_.end(), [&](const Member& m) { return m.name == name; });
}

std::size_t ZipReader::index_of(std::string_view name) const {
  const auto it = std::find_if(members_.begin(), members_.end(), [&](const Member& m) { return m.name == name; });
  if (it == members_.end()) throw KeyError("'" + std::string(name) + "'");
  return static_cast<std::size_t>(it - members_.begin());
}

std::span<const std::byte> ZipReader::stored(std::size_t index) const {
  const auto& entry = entries_.at(index);
  const auto bytes =
      file_->bytes().subspan(static_cast<std::size_t>(entry.offset), static_cast<std::size_t>(entry.packed_size));
  if (!any_zip_checksum && crc32(bytes) != entry.crc) {
    throw FormatError(file_->path(), "member '" + entry.name + "'", "bytes of the CRC (checksum) the zip archive names",
                      "others");
  }
  return bytes;
}

std::shared_ptr<const MappedFile> ZipReader::open(std::string_view name) const {
  const auto index = index_of(name);
  const auto title = file_->path() + " (member '" + std::string(name) + "')";
  if (entries_[index].method == ZIP_CM_STORE) {
    auto part = MappedFile::borrow(stored(index), title);
    const auto* view = part.get();
    return {view, [part = std::move(part), whole = file_](const MappedFile*) mutable { part.reset(); }};
  }
  auto inflated = std::make_shared<const std::vector<std::byte>>(read(index));
  auto part = MappedFile::borrow(*inflated, title);
  const auto* view = part.get();
  return {view, [part = std::move(part), inflated](const MappedFile*) mutable { part.reset(); }};
}

std::vector<std::byte> ZipReader::read(std::size_t index) const {
  const auto& member = members_.at(index);
  const auto fail = [&](const std::string& found) {
    throw FormatError(file_->path(), "member '" + member.name + "'", std::to_string(member.size) + " bytes", found);
  };
  if (entries_[index].method == ZIP_CM_STORE) {
    const auto bytes = stored(index);
    return {bytes.begin(), bytes.end()};
  }
  // Growing, they stand in memory twice.
  if (member.size > physical_memory() / 2) fail("memory for less");
  const std::unique_ptr<zip_file_t, CloseFile> open(zip_fopen_index(archive_->zip, index, 0));
  if (!open) fail(zip_strerror(archive_->zip));
  // Grows with what is really there, whatever size the directory claims.
  std::vector<std::byte> out;
  if (member.size < file_->bytes().size()) out.reserve(member.size + 1);
  for (;;) {
    const auto before = out.size();
    // One byte past the end makes libzip reach it, and so compare the checksum.
    const auto step = std::min(kReadStep + before, member.size - before + 1);
    out.resize(before + step);
    const auto n = zip_fread(open.get(), out.data() + before, step);
    if (n < 0) fail(zip_file_strerror(open.get()));
    out.resize(before + static_cast<std::size_t>(n));
    if (out.size() > member.size) fail("more");
    if (n == 0) break;
  }
  if (out.size() != member.size) fail(std::to_string(out.size()));
  return out;
}

std::vector<std::byte> ZipReader::read(std::string_view name) const { return read(index_of(name)); }

}  // namespace hornbeam::base
