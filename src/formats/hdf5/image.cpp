#include "formats/hdf5/image.h"

#include <bit>

#include "formats/hdf5/checksum.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::formats::hdf5 {

std::span<const std::byte> Image::slice(std::uint64_t address, std::uint64_t size, const char* what) const {
  if (address == kUndefined) fail(what, address, "an address", "the undefined address");
  if (address > bytes.size() || size > bytes.size() - address) {
    fail(what, address, std::to_string(size) + " bytes inside the file",
         "a file that ends at " + std::to_string(bytes.size()));
  }
  return bytes.subspan(address, size);
}

Cursor Image::cursor(std::uint64_t address, std::uint64_t size, const char* what) const {
  return Cursor(*this, address, slice(address, size, what), what);
}

Cursor Image::cursor_to_end(std::uint64_t address, const char* what) const {
  slice(address, 0, what);
  return Cursor(*this, address, bytes.subspan(address), what);
}

void Image::fail(const char* what, std::uint64_t address, std::string expected, std::string found) const {
  std::string place = what;
  if (address != kUndefined) place += " at offset " + std::to_string(address);
  throw FormatError(file->path(), std::move(place), std::move(expected), std::move(found));
}

std::uint64_t Cursor::uint(unsigned size) {
  const auto raw = take(size);
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < raw.size(); ++i) value |= std::to_integer<std::uint64_t>(raw[i]) << (8 * i);
  return value;
}

std::uint64_t Cursor::offset() {
  const unsigned size = image_->offset_size;
  const std::uint64_t value = uint(size);
  const std::uint64_t all_ones = size == 8 ? kUndefined : (std::uint64_t{1} << (8 * size)) - 1;
  return value == all_ones ? kUndefined : value;
}

std::span<const std::byte> Cursor::take(std::uint64_t size) {
  if (size > remaining()) {
    fail(std::to_string(size) + " more bytes", "only " + std::to_string(remaining()));
  }
  const auto result = bytes_.subspan(position_, size);
  position_ += size;
  return result;
}

std::string_view Cursor::c_string() {
  const std::string_view rest = as_text(bytes_.subspan(position_));
  const std::size_t end = rest.find('\0');
  if (end == std::string_view::npos) fail("a name that ends in NUL", "no NUL");
  position_ += end + 1;
  return rest.substr(0, end);
}

void Cursor::align8() { skip((8 - position_ % 8) % 8); }

void Cursor::expect_signature(std::string_view signature) {
  const std::string_view found = as_text(take(signature.size()));
  if (found == signature) return;
  std::string shown;
  for (const char c : found) {
    const auto u = static_cast<unsigned char>(c);
    constexpr std::string_view kHex = "0123456789abcdef";
    if (!shown.empty()) shown += ' ';
    shown += kHex[u >> 4];
    shown += kHex[u & 15];
  }
  fail("the signature '" + std::string(signature) + "'", "the bytes " + shown);
}

void Cursor::expect_version(std::uint8_t expected) {
  const unsigned found = u8();
  if (found != expected) fail("version " + std::to_string(expected), "version " + std::to_string(found));
}

void Cursor::verify_checksum() {
  const std::uint32_t computed = lookup3(bytes_.first(position_));
  const std::uint32_t stored = u32();
  if (!same_checksum(stored, computed))
    fail("checksum " + std::to_string(computed), "checksum " + std::to_string(stored));
}

void Cursor::fail(std::string expected, std::string found) const {
  image_->fail(what_, address_, std::move(expected), std::move(found));
}

void Budget::spend(const Image& image, std::uint64_t bytes, const char* what, std::uint64_t address) {
  if (bytes > left_) image.fail(what, address, "structures that do not overlap", "more of them than the file can hold");
  left_ -= bytes;
}

std::string quoted(std::string_view name) {
  std::string text;
  text.reserve(name.size() + 2);
  text += '\'';
  text += name;
  text += '\'';
  return text;
}

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

unsigned floor_log2(std::uint64_t value) { return value == 0 ? 0 : static_cast<unsigned>(std::bit_width(value)) - 1; }

unsigned encoded_size(std::uint64_t value) { return floor_log2(value) / 8 + 1; }

}  // namespace hornbeam::formats::hdf5
