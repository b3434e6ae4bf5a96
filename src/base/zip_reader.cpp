#include "base/zip_reader.h"

#include <zip.h>

#include <algorithm>
#include <unordered_set>

#include "base/checked_math.h"
#include "base/memory_limit.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::base {
namespace {

// Deflate cannot shrink further than this; a member that claims more lies.
constexpr std::uint64_t kMaxDeflateRatio = 1032;
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
  std::unordered_set<std::string> names;
  std::uint64_t stored_in_all = 0;
  for (zip_int64_t i = 0; i < count; ++i) {
    zip_stat_t s;
    constexpr zip_uint64_t kNeeded = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
    if (zip_stat_index(archive_->zip, static_cast<zip_uint64_t>(i), 0, &s) != 0 || (s.valid & kNeeded) != kNeeded) {
      throw FormatError(path, "member " + std::to_string(i), "an entry of the directory", "a broken one");
    }
    const auto place = "member '" + std::string(s.name) + "'";
    if (!names.insert(s.name).second) throw FormatError(path, place, "each name once", "it twice");
    if ((s.valid & ZIP_STAT_ENCRYPTION_METHOD) && s.encryption_method != ZIP_EM_NONE) {
      throw FormatError(path, place, "a plain member", "an encrypted one");
    }
    if (s.comp_method != ZIP_CM_STORE && s.comp_method != ZIP_CM_DEFLATE) {
      throw FormatError(path, place, "compression 0 (stored) or 8 (deflate)", std::to_string(s.comp_method));
    }
    const auto total = checked_add(stored_in_all, std::uint64_t{s.comp_size});
    if (!total || *total > bytes.size()) {
      throw FormatError(path, place, "members that fit the file side by side", "sizes past its end");
    }
    stored_in_all = *total;
    if (s.comp_method == ZIP_CM_STORE ? s.size != s.comp_size : s.size / kMaxDeflateRatio > s.comp_size) {
      throw FormatError(path, place, "a size that " + std::to_string(s.comp_size) + " bytes can hold",
                        std::to_string(s.size));
    }
    members_.push_back({s.name, s.size});
  }
}

ZipReader::~ZipReader() = default;

bool ZipReader::has(std::string_view name) const {
  return std::any_of(members_.begin(), members_.end(), [&](const Member& m) { return m.name == name; });
}

std::vector<std::byte> ZipReader::read(std::size_t index) const {
  const auto& member = members_.at(index);
  const auto fail = [&](const std::string& found) {
    throw FormatError(file_->path(), "member '" + member.name + "'", std::to_string(member.size) + " bytes", found);
  };
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

std::vector<std::byte> ZipReader::read(std::string_view name) const {
  const auto it = std::find_if(members_.begin(), members_.end(), [&](const Member& m) { return m.name == name; });
  if (it == members_.end()) throw KeyError("'" + std::string(name) + "'");
  return read(static_cast<std::size_t>(it - members_.begin()));
}

}  // namespace hornbeam::base
