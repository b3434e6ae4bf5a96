#include "base/zip_writer.h"

#include <algorithm>

#include "base/crc32.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::base {
namespace {

constexpr std::uint64_t kMax32 = 0xFFFFFFFF;
constexpr std::uint64_t kMax16 = 0xFFFF;
constexpr std::uint16_t kVersion = 20, kVersionZip64 = 45;
constexpr std::uint16_t kUtf8Names = 1 << 11;
constexpr std::uint16_t kFirstDate = (1 << 5) | 1;  // 1980-01-01: no clock in the bytes
constexpr std::uint16_t kMadeByUnix = 3 << 8;
constexpr std::uint32_t kRegularFile = 0100644u << 16;

class Record {
 public:
  explicit Record(std::string_view signature) : bytes_(signature) {}
  void u16(std::uint64_t v) { little(v, 2); }
  void u32(std::uint64_t v) { little(v, 4); }
  void u64(std::uint64_t v) { little(v, 8); }
  void text(std::string_view s) { bytes_ += s; }
  const std::string& bytes() const { return bytes_; }

 private:
  void little(std::uint64_t v, int size) {
    for (int i = 0; i < size; ++i) bytes_ += static_cast<char>(v >> (8 * i) & 0xFF);
  }
  std::string bytes_;
};

// The fields that the local header and the directory share, from "version needed" to the length of the name.
void common(Record& r, const std::string& name, std::uint32_t crc, std::uint64_t size, bool zip64) {
  r.u16(zip64 ? kVersionZip64 : kVersion);
  r.u16(kUtf8Names);
  r.u16(0);  // stored
  r.u16(0);  // midnight
  r.u16(kFirstDate);
  r.u32(crc);
  r.u32(std::min(size, kMax32));
  r.u32(std::min(size, kMax32));
  r.u16(name.size());
}

}  // namespace

void ZipWriter::add(const std::string& name, std::initializer_list<std::span<const std::byte>> parts) {
  if (name.empty() || name.size() > kMax16) throw ValueError("a zip member cannot be named '" + name + "'");
  if (!names_.insert(name).second) throw ValueError("zip member '" + name + "' was given twice");
  Member member{name, file_.written(), 0, 0};
  for (const auto part : parts) {
    member.size += part.size();
    member.crc = crc32(part, member.crc);
  }
  const bool zip64 = member.size >= kMax32;
  Record header("PK\3\4");
  common(header, name, member.crc, member.size, zip64);
  header.u16(zip64 ? 20 : 0);
  header.text(name);
  if (zip64) {
    header.u16(1);
    header.u16(16);
    header.u64(member.size);
    header.u64(member.size);
  }
  file_.write(header.bytes());
  for (const auto part : parts) file_.write(part);
  members_.push_back(std::move(member));
}

void ZipWriter::finish() {
  const auto start = file_.written();
  for (const auto& m : members_) {
    const bool large = m.size >= kMax32, far = m.offset >= kMax32;
    Record entry("PK\1\2");
    entry.u16(kMadeByUnix | (large || far ? kVersionZip64 : kVersion));
    common(entry, m.name, m.crc, m.size, large || far);
    const auto extra = (large ? 16 : 0) + (far ? 8 : 0);
    entry.u16(static_cast<std::uint64_t>(extra ? extra + 4 : 0));
    entry.u16(0);  // comment
    entry.u16(0);  // disk
    entry.u16(0);  // internal attributes
    entry.u32(kRegularFile);
    entry.u32(std::min(m.offset, kMax32));
    entry.text(m.name);
    if (extra) {
      entry.u16(1);
      entry.u16(static_cast<std::uint64_t>(extra));
    }
    if (large) {
      entry.u64(m.size);
      entry.u64(m.size);
    }
    if (far) entry.u64(m.offset);
    file_.write(entry.bytes());
  }
  const auto end = file_.written();
  const std::uint64_t count = members_.size();
  if (count >= kMax16 || start >= kMax32 || end - start >= kMax32) {
    Record zip64("PK\6\6");
    zip64.u64(44);  // bytes that follow
    zip64.u16(kMadeByUnix | kVersionZip64);
    zip64.u16(kVersionZip64);
    zip64.u32(0);
    zip64.u32(0);
    zip64.u64(count);
    zip64.u64(count);
    zip64.u64(end - start);
    zip64.u64(start);
    zip64.text("PK\6\7");
    zip64.u32(0);
    zip64.u64(end);
    zip64.u32(1);  // disks in all
    file_.write(zip64.bytes());
  }
  Record last("PK\5\6");
  last.u16(0);
  last.u16(0);
  last.u16(std::min(count, kMax16));
  last.u16(std::min(count, kMax16));
  last.u32(std::min(end - start, kMax32));
  last.u32(std::min(start, kMax32));
  last.u16(0);
  file_.write(last.bytes());
  file_.commit();
}

}  // namespace hornbeam::base
