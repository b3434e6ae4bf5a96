#include "ops/text/example.h"

#include <cstring>
#include <optional>

namespace hornbeam {
namespace {

enum WireType : std::uint8_t { kVarint = 0, kEight = 1, kBytes = 2, kFour = 5 };

struct WireField {
  std::uint64_t number = 0;
  int type = kVarint;
  std::uint64_t value = 0;  // of a varint
  std::string_view bytes;   // of all others
};

std::optional<std::uint64_t> next_varint(std::string_view& rest) {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 70 && !rest.empty(); shift += 7) {
    const auto byte = static_cast<std::uint8_t>(rest.front());
    rest.remove_prefix(1);
    if (shift < 64) value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

// Calls visit(field) for each; false when it does, or the bytes are no message.
template <class Visit>
bool each_wire_field(std::string_view rest, const Visit& visit) {
  while (!rest.empty()) {
    const auto tag = next_varint(rest);
    if (!tag || (*tag >> 3) == 0) return false;
    WireField field{*tag >> 3, static_cast<int>(*tag & 7), 0, {}};
    std::uint64_t size = 0;
    if (field.type == kVarint || field.type == kBytes) {
      const auto value = next_varint(rest);
      if (!value) return false;
      (field.type == kVarint ? field.value : size) = *value;
    } else if (field.type == kEight || field.type == kFour) {
      size = field.type == kEight ? 8 : 4;
    } else {
      return false;
    }
    if (size > rest.size()) return false;
    field.bytes = rest.substr(0, size);
    rest.remove_prefix(size);
    if (!visit(field)) return false;
  }
  return true;
}

float float_at(const char* bytes) {
  std::uint32_t bits = 0;
  for (int i = 3; i >= 0; --i) bits = (bits << 8) | static_cast<std::uint8_t>(bytes[i]);
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

bool add_texts(std::string_view list, std::vector<std::string_view>& out) {
  return each_wire_field(list, [&](const WireField& field) {
    if (field.number == 1 && field.type == kBytes) out.push_back(field.bytes);
    return true;
  });
}

bool add_floats(std::string_view list, std::vector<float>& out) {
  return each_wire_field(list, [&](const WireField& field) {
    if (field.number != 1 || (field.type != kBytes && field.type != kFour)) return true;
    if (field.bytes.size() % 4 != 0) return false;
    for (std::size_t i = 0; i < field.bytes.size(); i += 4) out.push_back(float_at(field.bytes.data() + i));
    return true;
  });
}

bool add_integers(std::string_view list, std::vector<std::int64_t>& out) {
  return each_wire_field(list, [&](const WireField& field) {
    if (field.number != 1) return true;
    if (field.type == kVarint) out.push_back(static_cast<std::int64_t>(field.value));
    if (field.type != kBytes) return true;
    for (auto packed = field.bytes; !packed.empty();) {
      const auto value = next_varint(packed);
      if (!value) return false;
      out.push_back(static_cast<std::int64_t>(*value));
    }
    return true;
  });
}

}  // namespace

bool parse_example(std::string_view bytes, ExampleFeatures& features) {
  return each_wire_field(bytes, [&](const WireField& example) {
    if (example.number != 1 || example.type != kBytes) return true;
    return each_wire_field(example.bytes, [&](const WireField& entry) {
      if (entry.number != 1 || entry.type != kBytes) return true;
      std::string_view key, value;
      const bool parses = each_wire_field(entry.bytes, [&](const WireField& part) {
        if (part.type == kBytes && part.number == 1) key = part.bytes;
        if (part.type == kBytes && part.number == 2) value = part.bytes;
        return true;
      });
      features[key] = value;
      return parses;
    });
  });
}

bool parse_feature(std::string_view bytes, ExampleFeature& feature) {
  return each_wire_field(bytes, [&](const WireField& kind) {
    if (kind.type != kBytes) return true;
    if (kind.number == 1) return add_texts(kind.bytes, feature.emplace<1>());
    if (kind.number == 2) return add_floats(kind.bytes, feature.emplace<2>());
    if (kind.number == 3) return add_integers(kind.bytes, feature.emplace<3>());
    return true;
  });
}

}  // namespace hornbeam
