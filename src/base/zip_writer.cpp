#include "base/zip_writer.h"

#include <algorithm>

#include "base/crc32.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::base {
namespace {

constexpr std::uint64_t kMax32 = 0xFFFFFFFF;
constexpr std::uint64_t kMax16 = 0xFFFF;
constexpr std::uint16_t kVersion = 20, kVersionZip64 = 45;
constexpr std::uint64_t kLocalHeader = 30, kZip64Extra = 20;
constexpr std::uint16_t kPadding = 0xD935;  // as Android aligns members
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

// With `extra` bytes of further fields: both sizes where 32 bits do not hold them, the rest a field that says nothing.
std::string local_header(const std::string& name, std::uint32_t crc, std::uint64_t size, std::uint64_t extra) {
  const bool zip64 = size >= kMax32;
  Record header("PK\3\4");
  common(header, name, crc, size, zip64);
  header.u16(extra);
  header.text(name);
  if (zip64) {
    header.u16(1);
    header.u16(16);
    header.u64(size);
    header.u64(size);
    extra -= kZip64Extra;
  }
  if (extra > 0) {
    header.u16(kPadding);
    header.u16(extra - 4);
    header.text(std::string(extra - 4, '\0'));
  }
  return header.bytes();
}

std::uint32_t crc_of(const AtomicFile& file, std::uint64_t begin, std::uint64_t end) {
  std::vector<std::byte> block(std::min<std::uint64_t>(end - begin, 1 << 20));
  std::uint32_t crc = 0;
  for (auto at = begin; at < end; at += block.size()) {
    const auto part = std::span(block).first(std::min<std::uint64_t>(block.size(), end - at));
    file.read_at(at, part);
    crc = crc32(part, crc);
  }
  return crc;
}

}  // namespace

void ZipWriter::note_name(const std::string& name) {
  if (name.empty() || name.size() > kMax16) throw ValueError("a zip member cannot be named '" + name + "'");
  if (!names_.insert(name).second) throw ValueError("zip member '" + name + "' was given twice");
}

void ZipWriter::add(const std::string& name, std::initializer_list<std::span<const std::byte>> parts) {
  note_name(name);
  Member member{name, file_.written(), 0, 0};
  for (const auto part : parts) {
    member.size += part.size();
    member.crc = crc32(part, member.crc);
  }
  const bool zip64 = member.size >= kMax32;
  file_.write(local_header(name, member.crc, member.size, zip64 ? kZip64Extra : 0));
  for (const auto part : parts) file_.write(part);
  members_.push_back(std::move(member));
}

void ZipWriter::add_in_place(const std::string& name,
                             const std::function<void(AtomicFile& file, std::uint64_t begin)>& fill) {
  note_name(name);
  constexpr std::uint64_t kAlignment = 64;
  // Room for sizes of either width, before they are known.
  const auto offset = file_.written(), least = offset + kLocalHeader + name.size() + kZip64Extra + 4;
  const auto begin = (least + kAlignment - 1) / kAlignment * kAlignment;
  const auto extra = begin - offset - kLocalHeader - name.size();
  file_.write(local_header(name, 0, 0, extra));
  fill(file_, begin);
  const auto size = file_.written() - begin;
  const auto crc = crc_of(file_, begin, begin + size);
  const auto header = local_header(name, crc, size, extra);
  file_.write_at(offset, std::as_bytes(std::span(header)));
  members_.push_back({name, offset, size, crc});
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
