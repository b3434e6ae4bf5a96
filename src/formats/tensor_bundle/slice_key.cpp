// Keys of slices sort as (name, dimensions, start, length, start, length, ...) do: TensorFlow's ordered code.
#include <bit>

#include "formats/tensor_bundle/index.h"

namespace hornbeam::formats::tensor_bundle {
namespace {

// How many bytes follow, and these, the highest first.
void append_count(std::string& out, std::uint64_t value) {
  const int bytes = (static_cast<int>(std::bit_width(value)) + 7) / 8;
  out += static_cast<char>(bytes);
  for (int i = bytes; i-- > 0;) out += static_cast<char>(value >> (8 * i) & 255);
}

// A NUL and a 255 within are each followed by what tells them from the end, which is a NUL and a 1.
void append_name(std::string& out, std::string_view name) {
  for (const char c : name) {
    out += c;
    if (c == '\0') out += '\xff';
    if (c == '\xff') out += '\0';
  }
  out.append("\0\1", 2);
}

// In the fewest bytes that have room for a bit for each byte, one for the sign, and the value; the highest first. Those
// bits are set at the top of a number that is not negative, and clear at the top of one that is.
void append_signed(std::string& out, std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  const std::uint64_t magnitude = value < 0 ? ~bits : bits;
  const int bytes = static_cast<int>(std::bit_width(magnitude)) / 7 + 1;
  const char fill = value < 0 ? '\xff' : '\0';
  std::string code;
  for (int i = bytes; i-- > 0;) code += i >= 8 ? fill : static_cast<char>(bits >> (8 * i) & 255);
  for (int i = 0; i < bytes; ++i) {
    auto& byte = code[static_cast<std::size_t>(i / 8)];
    byte = static_cast<char>(byte ^ (128 >> (i % 8)));
  }
  out += code;
}

}  // namespace

std::string slice_key(std::string_view name, const Slice& slice) {
  std::string key;
  append_count(key, 0);
  append_name(key, name);
  append_count(key, slice.size());
  for (const auto& [start, length] : slice) {
    append_signed(key, start);
    append_signed(key, length);
  }
  return key;
}

}  // namespace hornbeam::formats::tensor_bundle
