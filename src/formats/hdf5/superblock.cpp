#include "formats/hdf5/superblock.h"

#include <optional>

#include "formats/hdf5/hdf5.h"
#include "formats/hdf5/object_cache.h"
#include "formats/hdf5/object_header.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::formats::hdf5 {
namespace {

constexpr std::string_view kSignature = "\211HDF\r\n\032\n";

// The superblock is at 0 or, after a user block, at 512 or one of its doublings.
std::optional<std::uint64_t> find_superblock(std::span<const std::byte> bytes) {
  const std::string_view text = as_text(bytes);
  for (std::uint64_t at = 0; at < text.size(); at = at == 0 ? 512 : at * 2) {
    if (text.substr(at).starts_with(kSignature)) return at;
  }
  return std::nullopt;
}

void check_size(Cursor& c, unsigned size, const char* of) {
  if (size != 2 && size != 4 && size != 8) {
    c.fail(std::string(of) + " of 2, 4 or 8 bytes", std::to_string(size) + " bytes");
  }
}

// Extension messages that change how the rest of the file is read.
void check_extension(const Image& image, std::uint64_t address) {
  const ObjectHeader header = read_object_header(image, address);
  for (const Message& m : header.messages) {
    if (m.type == kSharedMessageTable) header.refuse(m, "no shared message table", "one (not supported)");
    if (m.type == kDriverInfo) header.refuse(m, "a file of one piece", "a multi-file driver (not supported)");
    if (m.type == kCacheImage) header.refuse(m, "metadata in its place", "a metadata cache image (not supported)");
  }
}

}  // namespace

bool is_hdf5(std::span<const std::byte> bytes) { return find_superblock(bytes).has_value(); }

std::shared_ptr<const Image> open_image(std::shared_ptr<const base::MappedFile> file) {
  auto image = std::make_shared<Image>();
  image->objects = std::make_shared<ObjectCache>();
  image->file = file;
  image->bytes = file->bytes();
  const auto found = find_superblock(file->bytes());
  if (!found) {
    throw FormatError(file->path(), "", "an HDF5 file", file->bytes().empty() ? "an empty file" : "no HDF5 signature");
  }
  const std::uint64_t at = *found;
  Cursor c = image->cursor_to_end(at, "superblock");
  c.expect_signature(kSignature);

  const unsigned version = c.u8();
  if (version > 3) c.fail("superblock version 0 to 3", "version " + std::to_string(version));
  if (version < 2) {
    c.expect_version(0);  // free-space storage
    c.expect_version(0);  // root group's symbol table entry
    c.skip(1);
    c.expect_version(0);  // shared header messages
  }
  const unsigned offset_size = c.u8();
  const unsigned length_size = c.u8();
  check_size(c, offset_size, "addresses");
  check_size(c, length_size, "lengths");
  image->offset_size = offset_size;
  image->length_size = length_size;
  const auto consistency = version < 2 ? (c.skip(1), c.skip(4), c.u32()) : c.u8();
  if (version == 3 && (consistency & 1U) != 0) {
    c.fail("a file its writer has closed", "one still marked as open for writing");
  }
  if (version == 1) c.skip(4);  // K of chunk B-trees, and padding

  const std::uint64_t stored_base = c.offset();
  std::uint64_t extension = kUndefined;
  std::uint64_t stored_end = 0;
  if (version < 2) {
    c.offset();  // free space
    stored_end = c.offset();
    if (c.offset() != kUndefined) c.fail("a file of one piece", "a driver information block (not supported)");
    c.offset();  // root's link name
    image->root = c.offset();
  } else {
    extension = c.offset();
    stored_end = c.offset();
    image->root = c.offset();
    c.verify_checksum();
  }

  // A user block added or removed later moves everything: the superblock's real place wins, as in libhdf5.
  const std::uint64_t size = file->bytes().size();
  const std::uint64_t shift = stored_base - at;  // may wrap when the file grew a user block
  const std::uint64_t end = stored_end - shift;
  if (stored_base == kUndefined || stored_end == kUndefined || stored_end < stored_base || end < at) {
    c.fail("an end of file after its start", "end " + std::to_string(stored_end));
  }
  if (end > size) {
    c.fail("a file of " + std::to_string(end) + " bytes", std::to_string(size) + " bytes: the file is truncated");
  }
  image->bytes = file->bytes().subspan(at, end - at);
  if (extension != kUndefined) check_extension(*image, extension);
  return image;
}

}  // namespace hornbeam::formats::hdf5
