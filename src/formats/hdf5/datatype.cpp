#include "formats/hdf5/datatype.h"

#include <array>
#include <bit>

namespace hornbeam::formats::hdf5 {
namespace {

constexpr const char* kDatatypeMessage = "datatype";
constexpr std::array<const char*, 13> kClassNames = {"integer", "float",    "time",      "string", "bitfield",
                                                     "opaque",  "compound", "reference", "enum",   "variable-length",
                                                     "array",   "complex",  "unknown"};
enum Class : unsigned { kInteger = 0, kFloat = 1, kString = 3, kOpaque = 5, kEnum = 8, kVariable = 9 };

struct Head {
  unsigned type_class = 0;
  unsigned version = 0;
  std::uint32_t bits = 0;
  std::uint32_t size = 0;
};

Head read_head(Cursor& c) {
  Head head;
  const unsigned first = c.u8();
  head.type_class = first & 15U;
  head.version = first >> 4;
  if (head.version < 1 || head.version > 5) {
    c.fail("datatype version 1 to 5", "version " + std::to_string(head.version));
  }
  head.bits = static_cast<std::uint32_t>(c.uint(3));
  head.size = c.u32();
  if (head.size == 0) c.fail("elements of at least 1 byte", "0 bytes");
  return head;
}

DType integer_dtype(Cursor& c, std::uint32_t size, bool is_signed) {
  switch (size) {
    case 1:
      return is_signed ? DType::int8 : DType::uint8;
    case 2:
      return is_signed ? DType::int16 : DType::uint16;
    case 4:
      return is_signed ? DType::int32 : DType::uint32;
    case 8:
      return is_signed ? DType::int64 : DType::uint64;
    default:
      c.fail("integers of 1, 2, 4 or 8 bytes", std::to_string(size) + " bytes");
  }
}

Datatype read_integer(Cursor& c, const Head& head) {
  Datatype t;
  t.size = head.size;
  t.dtype = integer_dtype(c, head.size, (head.bits & 0x08U) != 0);
  t.big_endian = (head.bits & 1U) != 0;
  const unsigned offset = c.u16();
  const unsigned precision = c.u16();
  if (offset != 0 || precision != 8 * head.size) {
    c.fail("integers that fill their bytes", std::to_string(precision) + " bits at bit " + std::to_string(offset));
  }
  return t;
}

struct FloatFormat {
  DType dtype;
  std::uint32_t size;
  unsigned sign, exponent_at, exponent_size, mantissa_at, mantissa_size;
  std::uint32_t bias;
};
constexpr std::array kFloats = {
    FloatFormat{DType::float16, 2, 15, 10, 5, 0, 10, 15},
    FloatFormat{DType::bfloat16, 2, 15, 7, 8, 0, 7, 127},
    FloatFormat{DType::float32, 4, 31, 23, 8, 0, 23, 127},
    FloatFormat{DType::float64, 8, 63, 52, 11, 0, 52, 1023},
};

Datatype read_float(Cursor& c, const Head& head) {
  const unsigned order = (head.bits & 1U) | ((head.bits >> 5) & 2U);
  const unsigned normalization = (head.bits >> 4) & 3U;
  const unsigned sign = (head.bits >> 8) & 0xffU;
  const unsigned offset = c.u16();
  const unsigned precision = c.u16();
  const unsigned exponent_at = c.u8();
  const unsigned exponent_size = c.u8();
  const unsigned mantissa_at = c.u8();
  const unsigned mantissa_size = c.u8();
  const std::uint32_t bias = c.u32();
  for (const FloatFormat& f : kFloats) {
    if (order < 2 && normalization == 2 && offset == 0 && precision == 8 * f.size && head.size == f.size &&
        sign == f.sign && exponent_at == f.exponent_at && exponent_size == f.exponent_size &&
        mantissa_at == f.mantissa_at && mantissa_size == f.mantissa_size && bias == f.bias) {
      Datatype t;
      t.size = f.size;
      t.dtype = f.dtype;
      t.big_endian = order == 1;
      return t;
    }
  }
  c.fail("an IEEE float of 16, 32 or 64 bits, or a bfloat16",
         "another float of " + std::to_string(8 * std::uint64_t{head.size}) + " bits");
}

Datatype::Padding read_padding(Cursor& c, unsigned value) {
  if (value > 2) c.fail("string padding 0 to 2", std::to_string(value));
  return static_cast<Datatype::Padding>(value);
}

bool read_utf8(Cursor& c, unsigned value) {
  if (value > 1) c.fail("ASCII or UTF-8 strings", "character set " + std::to_string(value));
  return value == 1;
}

Datatype read_string(Cursor& c, const Head& head) {
  Datatype t;
  t.kind = Datatype::Kind::fixed_string;
  t.dtype = DType::string;
  t.size = head.size;
  t.padding = read_padding(c, head.bits & 15U);
  t.utf8 = read_utf8(c, (head.bits >> 4) & 15U);
  return t;
}

Datatype read_variable(Cursor& c, const Head& head) {
  if ((head.bits & 15U) != 1) c.fail("variable-length strings", "variable-length sequences (not supported)");
  const std::uint32_t size = 8 + c.image().offset_size;
  if (head.size != size) c.fail("references of " + std::to_string(size) + " bytes", std::to_string(head.size));
  Datatype t;
  t.kind = Datatype::Kind::variable_string;
  t.dtype = DType::string;
  t.size = head.size;
  t.padding = read_padding(c, (head.bits >> 4) & 15U);
  t.utf8 = read_utf8(c, (head.bits >> 8) & 15U);
  return t;
}

// h5py's bool is an enum of FALSE = 0 and TRUE = 1 over a signed byte; any other enum reads as its integers.
Datatype read_enum(Cursor& c, const Head& head) {
  const Head base = read_head(c);
  if (base.type_class != kInteger) c.fail("enums over integers", "enums over another type");
  Datatype t = read_integer(c, base);
  if (t.size != head.size) c.fail("enums as wide as their integers", std::to_string(head.size) + " bytes");
  const unsigned count = head.bits & 0xffffU;
  bool names_match = count == 2 && t.size == 1;
  for (unsigned i = 0; i < count; ++i) {
    const std::uint64_t start = c.position();
    const std::string_view name = c.c_string();
    if (head.version < 3) c.skip((8 - (c.position() - start) % 8) % 8);
    names_match = names_match && name == (i == 0 ? "FALSE" : "TRUE");
  }
  for (unsigned i = 0; i < count; ++i) {
    const auto value = c.take(t.size);
    names_match = names_match && std::to_integer<unsigned>(value[0]) == i;
  }
  if (names_match) {
    t.kind = Datatype::Kind::boolean;
    t.dtype = DType::boolean;
  }
  return t;
}

}  // namespace

Datatype read_datatype(Cursor c) {
  const Head head = read_head(c);
  switch (head.type_class) {
    case kInteger:
      return read_integer(c, head);
    case kFloat:
      return read_float(c, head);
    case kString:
      return read_string(c, head);
    case kEnum:
      return read_enum(c, head);
    case kVariable:
      return read_variable(c, head);
    case kOpaque: {
      Datatype t;
      t.kind = Datatype::Kind::opaque;
      t.size = head.size;
      return t;
    }
    default:
      c.fail("numbers or strings",
             std::string(kClassNames[std::min<std::size_t>(head.type_class, kClassNames.size() - 1)]) +
                 " elements (not supported)");
  }
}

Datatype read_datatype(const ObjectHeader& header, const Message& message) {
  Cursor c = header.cursor(message, kDatatypeMessage);
  if (message.shared) return read_committed_datatype(*header.image, committed_address(c));
  return read_datatype(c);
}

Datatype read_committed_datatype(const Image& image, std::uint64_t address) {
  const ObjectHeader header = read_object_header(image, address);
  const Message& message = header.need(kDatatype, "datatype");
  if (message.shared) header.refuse(message, "a committed datatype", "a reference to another one");
  return read_datatype(header.cursor(message, kDatatypeMessage));
}

}  // namespace hornbeam::formats::hdf5
