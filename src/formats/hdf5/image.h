// The bytes of one HDF5 file, and bounded cursors over them. Everything the reader takes from a file goes through here,
// so "check before use" is written once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/mapped_file.h"

namespace hornbeam::formats::hdf5 {

// The address whose bits are all ones: "nothing is stored".
inline constexpr std::uint64_t kUndefined = ~std::uint64_t{0};

class Cursor;
class ObjectCache;

// Immutable once the superblock is read; shared by every handle into the file.
struct Image {
  std::shared_ptr<const base::MappedFile> file;
  std::span<const std::byte> bytes;      // from the base address to the end-of-file address: what addresses may name
  std::uint64_t root = 0;                // address of the root group's object header
  unsigned offset_size = 8;              // bytes of an address
  unsigned length_size = 8;              // bytes of a length
  std::shared_ptr<ObjectCache> objects;  // that were read

  // `size` bytes at `address`; `what` names the structure in the error.
  std::span<const std::byte> slice(std::uint64_t address, std::uint64_t size, const char* what) const;
  Cursor cursor(std::uint64_t address, std::uint64_t size, const char* what) const;
  // A cursor to the end of the file, for structures that tell their own length.
  Cursor cursor_to_end(std::uint64_t address, const char* what) const;
  // Throws FormatError naming the file, `what` and its offset.
  [[noreturn]] void fail(const char* what, std::uint64_t address, std::string expected, std::string found) const;
};

// A position in a span of the file. Reads are little-endian, as all of HDF5's metadata is; reading past the end throws
// FormatError.
class Cursor {
 public:
  Cursor(const Image& image, std::uint64_t address, std::span<const std::byte> bytes, const char* what)
      : image_(&image), bytes_(bytes), address_(address), what_(what) {}

  std::uint8_t u8() { return static_cast<std::uint8_t>(uint(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(uint(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(uint(4)); }
  std::uint64_t u64() { return uint(8); }
  std::uint64_t uint(unsigned size);  // 1 to 8 bytes
  std::uint64_t offset();             // an address; kUndefined if all its bits are set
  std::uint64_t length() { return uint(image_->length_size); }
  std::span<const std::byte> take(std::uint64_t size);
  // Bytes up to a NUL, which is consumed too.
  std::string_view c_string();
  void skip(std::uint64_t size) { take(size); }
  // Moves on to a multiple of 8 from the cursor's start.
  void align8();
  void expect_signature(std::string_view signature);
  void expect_version(std::uint8_t expected);
  // Reads the 4 bytes of the Jenkins checksum that covers everything read so far.
  void verify_checksum();

  std::uint64_t position() const { return position_; }
  std::uint64_t remaining() const { return bytes_.size() - position_; }
  std::uint64_t address() const { return address_ + position_; }
  const Image& image() const { return *image_; }
  const char* what() const { return what_; }
  [[noreturn]] void fail(std::string expected, std::string found) const;

 private:
  const Image* image_;
  std::span<const std::byte> bytes_;
  std::uint64_t address_;  // of bytes_[0]
  std::uint64_t position_ = 0;
  const char* what_;
};

// No two structures of a sound file overlap, so one walk over them can never pass over more bytes than the file has.
// This bounds time and memory of every walk by the file's size, however its addresses are tangled.
class Budget {
 public:
  explicit Budget(const Image& image) : left_(image.bytes.size()) {}
  void spend(const Image& image, std::uint64_t bytes, const char* what, std::uint64_t address);

 private:
  std::uint64_t left_;
};

std::string quoted(std::string_view name);  // 'name'
std::string_view as_text(std::span<const std::byte> bytes);
// ceil(log2) and floor(log2) helpers of the format's size rules.
unsigned floor_log2(std::uint64_t value);
// Bytes that hold `value`: libhdf5's limit_enc_size.
unsigned encoded_size(std::uint64_t value);

}  // namespace hornbeam::formats::hdf5
