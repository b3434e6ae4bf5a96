#include "base/zip_directory.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_set>

#include "base/checked_math.h"
#include "base/deflate.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::base {
namespace {

constexpr std::uint64_t kEndSize = 22, kMaxComment = 0xFFFF, kEntrySize = 46, kHeaderSize = 30, kLocatorSize = 20,
                        kEnd64Size = 56;
constexpr std::uint64_t kFull16 = 0xFFFF, kFull32 = 0xFFFFFFFF;
constexpr std::uint64_t kStored = 0, kDeflated = 8;
constexpr std::uint64_t kEncrypted = 1 | 1 << 6, kSizesFollow = 1 << 3, kHiddenNames = 1 << 13;
constexpr std::uint64_t kUnix = 3, kFileType = 0170000, kSymbolicLink = 0120000;

class Bytes {
 public:
  Bytes(std::span<const std::byte> bytes, const std::string& path) : bytes_(bytes), path_(path) {}

  std::uint64_t size() const { return bytes_.size(); }
  std::uint64_t number(std::uint64_t at, unsigned width) const {
    check(at, width);
    std::uint64_t value = 0;
    for (unsigned i = 0; i < width; ++i) {
      value |= std::uint64_t{std::to_integer<std::uint8_t>(bytes_[static_cast<std::size_t>(at + i)])} << (8 * i);
    }
    return value;
  }
  std::string_view text(std::uint64_t at, std::uint64_t size) const {
    check(at, size);
    const auto part = bytes_.subspan(static_cast<std::size_t>(at), static_cast<std::size_t>(size));
    return {reinterpret_cast<const char*>(part.data()), part.size()};
  }
  bool has(std::uint64_t at, std::uint64_t size) const { return size <= bytes_.size() && at <= bytes_.size() - size; }
  [[noreturn]] void fail(const std::string& place, const std::string& expected, const std::string& found) const {
    throw FormatError(path_, place, expected, found);
  }

 private:
  void check(std::uint64_t at, std::uint64_t size) const {
    if (!has(at, size)) fail("zip archive, offset " + std::to_string(at), std::to_string(size) + " bytes", "its end");
  }
  std::span<const std::byte> bytes_;
  const std::string& path_;
};

struct Directory {
  std::uint64_t count = 0, offset = 0, size = 0;
};

Directory find_directory(const Bytes& bytes) {
  if (bytes.size() < kEndSize) bytes.fail("", "a zip archive", std::to_string(bytes.size()) + " bytes");
  const auto last = bytes.size() - kEndSize;
  const auto first = last > kMaxComment ? last - kMaxComment : 0;
  std::optional<std::uint64_t> end;
  for (auto at = last;; --at) {
    // The comment behind it reaches the file's end.
    if (bytes.text(at, 4) == "PK\5\6" && at + kEndSize + bytes.number(at + 20, 2) == bytes.size()) {
      end = at;
      break;
    }
    if (at == first) break;
  }
  if (!end) bytes.fail("", "a zip archive", "no end of its directory (truncated?)");
  Directory d{bytes.number(*end + 10, 2), bytes.number(*end + 16, 4), bytes.number(*end + 12, 4)};
  auto stop = *end;
  const bool large = d.count == kFull16 || d.offset == kFull32 || d.size == kFull32;
  if (large && *end >= kLocatorSize && bytes.text(*end - kLocatorSize, 4) == "PK\6\7") {
    const auto at = bytes.number(*end - kLocatorSize + 8, 8);
    if (!bytes.has(at, kEnd64Size) || bytes.text(at, 4) != "PK\6\6") {
      bytes.fail("zip archive, end of the directory", "a zip64 record at the offset it names", std::to_string(at));
    }
    d = {bytes.number(at + 32, 8), bytes.number(at + 48, 8), bytes.number(at + 40, 8)};
    stop = at;
  }
  const auto reach = checked_add(d.offset, d.size);
  if (!reach || *reach != stop || d.count > d.size / kEntrySize) {
    bytes.fail("zip archive, end of the directory", "a directory of " + std::to_string(d.count) + " members before it",
               "offset " + std::to_string(d.offset) + " and size " + std::to_string(d.size));
  }
  return d;
}

struct Numbers {
  std::uint64_t size, packed_size, offset;
};

// Numbers that need more than 32 bits stand in the entry's extra field, those that do alone.
void read_zip64(const Bytes& bytes, std::uint64_t at, std::uint64_t size, const std::string& place, Numbers& numbers) {
  const auto stop = at + size;
  while (stop - at >= 4) {
    const auto id = bytes.number(at, 2), length = bytes.number(at + 2, 2);
    at += 4;
    if (length > stop - at) break;
    const auto next = at + length;
    if (id == 1) {
      for (auto* number : {&numbers.size, &numbers.packed_size, &numbers.offset}) {
        if (*number != kFull32) continue;
        if (next - at < 8) bytes.fail(place, "a zip64 size", "none");
        *number = bytes.number(at, 8);
        at += 8;
      }
    }
    at = next;
  }
}

// The header before a member says what the directory says. Returns where the member's bytes begin.
std::uint64_t check_header(const Bytes& bytes, std::uint64_t at, std::uint64_t flags, const ZipEntry& entry,
                           const std::string& place) {
  const auto wrong = [&](const char* what, const std::string& found) {
    bytes.fail(place, std::string("a local header with the ") + what + " of the zip directory", found);
  };
  if (!bytes.has(at, kHeaderSize) || bytes.text(at, 4) != "PK\3\4") {
    bytes.fail(place, "a zip member's header at offset " + std::to_string(at), "none");
  }
  const auto name_size = bytes.number(at + 26, 2), extra_size = bytes.number(at + 28, 2);
  const auto name = bytes.text(at + kHeaderSize, name_size);
  if (name != entry.name) wrong("name", "'" + std::string(name) + "'");
  if (bytes.number(at + 8, 2) != entry.method) wrong("compression", std::to_string(bytes.number(at + 8, 2)));
  const auto local_flags = bytes.number(at + 6, 2);
  if ((local_flags & kEncrypted) != (flags & kEncrypted)) wrong("flags", std::to_string(local_flags));
  Numbers local{bytes.number(at + 22, 4), bytes.number(at + 18, 4), 0};
  read_zip64(bytes, at + kHeaderSize + name_size, extra_size, place, local);
  const bool follow = (local_flags & kSizesFollow) != 0;
  const auto differs = [&](std::uint64_t here, std::uint64_t there) { return here != there && !(follow && here == 0); };
  if (differs(local.size, entry.size)) wrong("size", std::to_string(local.size));
  if (differs(local.packed_size, entry.packed_size)) wrong("compressed size", std::to_string(local.packed_size));
  if (differs(bytes.number(at + 14, 4), entry.crc)) wrong("CRC", std::to_string(bytes.number(at + 14, 4)));
  return at + kHeaderSize + name_size + extra_size;
}

void check_sizes(const Bytes& bytes, const ZipEntry& entry, const std::string& place) {
  if (entry.method != kStored && entry.method != kDeflated) {
    bytes.fail(place, "compression method 0 (stored) or 8 (deflate)", std::to_string(entry.method));
  }
  const bool lies =
      entry.method == kStored ? entry.size != entry.packed_size : entry.size / kMaxDeflateRatio > entry.packed_size;
  if (lies) {
    bytes.fail(place, "a size that " + std::to_string(entry.packed_size) + " bytes in the archive can hold",
               std::to_string(entry.size));
  }
}

}  // namespace

std::vector<ZipEntry> read_zip_directory(std::span<const std::byte> archive, const std::string& path) {
  const Bytes bytes(archive, path);
  const auto directory = find_directory(bytes);
  std::vector<ZipEntry> entries;
  entries.reserve(static_cast<std::size_t>(directory.count));
  std::unordered_set<std::string> names;
  struct Place {
    std::uint64_t begin, end;
    std::size_t index;
  };
  std::vector<Place> places;
  auto at = directory.offset;
  const auto stop = directory.offset + directory.size;
  for (std::uint64_t i = 0; i < directory.count; ++i) {
    const auto nth = "zip member " + std::to_string(i);
    if (stop - at < kEntrySize || bytes.text(at, 4) != "PK\1\2") {
      bytes.fail(nth, "an entry of the zip archive's directory", "none");
    }
    const auto name_size = bytes.number(at + 28, 2), extra_size = bytes.number(at + 30, 2),
               comment_size = bytes.number(at + 32, 2);
    if (stop - at - kEntrySize < name_size + extra_size + comment_size) {
      bytes.fail(nth, "an entry of the zip archive's directory", "the directory's end");
    }
    const auto flags = bytes.number(at + 8, 2);
    ZipEntry entry{.name = std::string(bytes.text(at + kEntrySize, name_size)),
                   .method = static_cast<std::uint16_t>(bytes.number(at + 10, 2)),
                   .crc = static_cast<std::uint32_t>(bytes.number(at + 16, 4))};
    const auto place = "member '" + entry.name + "'";
    if (!names.insert(entry.name).second) bytes.fail(place, "each name once", "it twice (a duplicate)");
    if (flags & (kEncrypted | kHiddenNames)) bytes.fail(place, "a plain member", "an encrypted one");
    if (bytes.number(at + 4, 2) >> 8 == kUnix && (bytes.number(at + 40, 2) & kFileType) == kSymbolicLink) {
      bytes.fail(place, "a file", "a symbolic link");
    }
    Numbers numbers{bytes.number(at + 24, 4), bytes.number(at + 20, 4), bytes.number(at + 42, 4)};
    read_zip64(bytes, at + kEntrySize + name_size, extra_size, place, numbers);
    entry.size = numbers.size;
    entry.packed_size = numbers.packed_size;
    check_sizes(bytes, entry, place);
    entry.offset = check_header(bytes, numbers.offset, flags, entry, place);
    const auto end = checked_add(entry.offset, entry.packed_size);
    if (!end || *end > directory.offset) {
      bytes.fail(place, "bytes before the zip archive's directory", "size " + std::to_string(entry.packed_size));
    }
    places.push_back({numbers.offset, *end, entries.size()});
    entries.push_back(std::move(entry));
    at += kEntrySize + name_size + extra_size + comment_size;
  }
  if (at != stop) bytes.fail("zip archive's directory", std::to_string(directory.size) + " bytes", "fewer");
  std::ranges::sort(places, {}, &Place::begin);
  for (std::size_t i = 1; i < places.size(); ++i) {
    if (places[i].begin >= places[i - 1].end) continue;
    bytes.fail("member '" + entries[places[i].index].name + "'", "members beside each other",
               "one that overlaps '" + entries[places[i - 1].index].name + "'");
  }
  return entries;
}

}  // namespace hornbeam::base
