// Small readings and writings that tables and string tensors share.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace hornbeam::formats::tensor_bundle {

static_assert(std::endian::native == std::endian::little, "bundles are written and mapped as little-endian ones");

inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline std::span<const std::byte> as_raw(std::string_view text) { return std::as_bytes(std::span(text)); }

// A number that is stored little-endian; `at` has all its bytes.
template <class T>
T load(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}
template <class T>
void append(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

inline void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 128; value >>= 7) out += static_cast<char>(value | 128);
  out += static_cast<char>(value);
}

// The number at the beginning of `bytes`, which then begin behind it. None when they end within it, when it does not
// fit 64 bits, or when a shorter form would have held it (which no writer makes).
inline std::optional<std::uint64_t> take_varint(std::span<const std::byte>& bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size() && i < 10; ++i) {
    const auto byte = std::to_integer<std::uint64_t>(bytes[i]);
    if (i == 9 && byte > 1) return std::nullopt;
    value |= (byte & 127) << (7 * i);
    if (byte < 128) {
      if (byte == 0 && i != 0) return std::nullopt;
      bytes = bytes.subspan(i + 1);
      return value;
    }
  }
  return std::nullopt;
}

std::string in_quotes(std::string_view name);  // 'name', readable whatever its bytes are

}  // namespace hornbeam::formats::tensor_bundle
