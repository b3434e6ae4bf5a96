#include "formats/hdf5/values.h"

#include <algorithm>
#include <bit>

#include "formats/hdf5/global_heap.h"

namespace hornbeam::formats::hdf5 {
namespace {

constexpr bool kNativeIsBig = std::endian::native == std::endian::big;

std::string fixed_string(const Datatype& type, std::string_view text) {
  if (type.padding == Datatype::Padding::null_terminated) return std::string(text.substr(0, text.find('\0')));
  const char pad = type.padding == Datatype::Padding::null_padded ? '\0' : ' ';
  const std::size_t last = text.find_last_not_of(pad);
  return std::string(text.substr(0, last == std::string_view::npos ? 0 : last + 1));
}

}  // namespace

void to_native(const Datatype& type, std::span<std::byte> values) {
  if (type.kind == Datatype::Kind::boolean) {
    for (std::byte& b : values) b = b == std::byte{0} ? std::byte{0} : std::byte{1};
  }
  if (type.kind == Datatype::Kind::number && type.big_endian != kNativeIsBig && type.size > 1) {
    for (std::size_t i = 0; i < values.size(); i += type.size) {
      const auto element = values.subspan(i, type.size);
      std::reverse(element.begin(), element.end());
    }
  }
}

std::vector<std::string> to_strings(const Image& image, const Datatype& type, const Cursor& raw) {
  std::vector<std::string> strings;
  strings.reserve(raw.remaining() / type.size);
  GlobalHeap heap(image);
  for (Cursor c = raw; c.remaining() != 0;) {
    const std::uint64_t address = c.address();
    const auto element = c.take(type.size);
    if (type.kind == Datatype::Kind::fixed_string) {
      strings.push_back(fixed_string(type, as_text(element)));
    } else {
      strings.emplace_back(heap.string(Cursor(image, address, element, "string reference")));
    }
  }
  return strings;
}

}  // namespace hornbeam::formats::hdf5
