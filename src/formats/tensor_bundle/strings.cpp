#include "formats/tensor_bundle/strings.h"

#include <limits>

#include "formats/tensor_bundle/bytes.h"
#include "formats/tensor_bundle/checksum.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::formats::tensor_bundle {
namespace {

// Lengths enter checksums in a fixed form, not as they are stored.
std::uint32_t add_length(std::uint64_t length, std::uint32_t crc) {
  std::string fixed;
  if (length <= std::numeric_limits<std::uint32_t>::max()) {
    append(fixed, static_cast<std::uint32_t>(length));
  } else {
    append(fixed, length);
  }
  return base::crc32c(as_raw(fixed), crc);
}

struct Stored {
  std::span<const std::byte> lengths;  // and what follows them
  std::span<const std::byte> payload;
};

class StringsReader {
 public:
  StringsReader(std::span<const std::byte> stored, const Entry& entry, const std::string& file,
                const std::string& place)
      : stored_(stored), entry_(entry), file_(file), place_(place) {}

  Stored check() const {
    auto rest = stored_;
    std::uint64_t total = 0;
    std::uint32_t crc = 0;
    for (std::int64_t i = entry_.shape.num_elements(); i > 0; --i) {
      const auto length = take_varint(rest);
      if (!length) fail("the length of each string, a varint", "something else");
      if (*length > stored_.size() || total + *length > stored_.size()) {
        fail("string lengths within the " + std::to_string(stored_.size()) + " bytes stored", std::to_string(*length));
      }
      total += *length;
      crc = add_length(*length, crc);
    }
    if (rest.size() < 4 || rest.size() - 4 != total) {
      fail("as many bytes as the string lengths say (" + std::to_string(total) + ") and a checksum",
           std::to_string(rest.size()));
    }
    const auto lengths_crc = load<std::uint32_t>(rest.data());
    if (!same_checksum(lengths_crc, masked(crc))) {
      fail("checksum (crc32c) " + std::to_string(masked(crc)) + " of the string lengths",
           "checksum " + std::to_string(lengths_crc));
    }
    crc = masked(base::crc32c(rest, crc));
    if (!same_checksum(entry_.checksum, crc)) {
      fail("checksum (crc32c) " + std::to_string(entry_.checksum), "data of checksum " + std::to_string(crc));
    }
    return {stored_, rest.subspan(4)};
  }

 private:
  [[noreturn]] void fail(std::string expected, std::string found) const {
    throw FormatError(file_, place_, std::move(expected), std::move(found));
  }
  std::span<const std::byte> stored_;
  const Entry& entry_;
  const std::string& file_;
  const std::string& place_;
};

}  // namespace

void read_strings(std::span<const std::byte> stored, const Entry& entry, std::span<std::string> out,
                  const std::string& file, const std::string& place) {
  auto [lengths, payload] = StringsReader(stored, entry, file, place).check();
  for (auto& text : out) {
    const auto length = *take_varint(lengths);
    text = as_text(payload.first(length));
    payload = payload.subspan(length);
  }
}

void check_strings(std::span<const std::byte> stored, const Entry& entry, const std::string& file,
                   const std::string& place) {
  StringsReader(stored, entry, file, place).check();
}

StringsHead strings_head(std::span<const std::string> values) {
  StringsHead head;
  std::uint32_t crc = 0;
  for (const auto& value : values) {
    append_varint(head.bytes, value.size());
    crc = add_length(value.size(), crc);
  }
  std::string lengths_crc;
  append(lengths_crc, masked(crc));
  head.bytes += lengths_crc;
  crc = base::crc32c(as_raw(lengths_crc), crc);
  for (const auto& value : values) crc = base::crc32c(as_raw(value), crc);
  head.checksum = masked(crc);
  return head;
}

}  // namespace hornbeam::formats::tensor_bundle
