#include "base/crc32c.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hornbeam::base {
namespace {

std::uint32_t of(const std::string& text) { return crc32c(std::as_bytes(std::span(text))); }

// The definition, bit by bit.
std::uint32_t slow(std::span<const std::byte> bytes) {
  std::uint32_t crc = ~0U;
  for (const auto byte : bytes) {
    crc ^= std::to_integer<std::uint32_t>(byte);
    for (int i = 0; i < 8; ++i) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78U : 0);
  }
  return ~crc;
}

// RFC 3720, B.4.
TEST(Crc32c, KnownSums) {
  EXPECT_EQ(of(""), 0U);
  EXPECT_EQ(of("123456789"), 0xe3069283U);
  EXPECT_EQ(of(std::string(32, '\0')), 0x8a9136aaU);
  EXPECT_EQ(of(std::string(32, '\xff')), 0x62a8ab43U);
}

TEST(Crc32c, AnyLengthAndAlignmentInAnyPieces) {
  std::vector<std::byte> bytes(5000);
  std::uint32_t state = 1;
  for (auto& b : bytes) b = std::byte((state = state * 1664525 + 1013904223) >> 24);
  for (std::size_t from = 0; from < 20; ++from) {
    for (std::size_t size = 0; size < 4900; size = size * 3 / 2 + 1) {
      const auto part = std::span(bytes).subspan(from, size);
      const auto wanted = slow(part);
      EXPECT_EQ(crc32c(part), wanted);
      EXPECT_EQ(crc32c(part.subspan(size / 3), crc32c(part.first(size / 3))), wanted);
    }
  }
}

}  // namespace
}  // namespace hornbeam::base
