#include <cstring>

#include "formats/hdf5/attributes.h"
#include "formats/hdf5/hdf5.h"
#include "formats/hdf5/values.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::formats::hdf5 {
namespace {

// The scalar as T; T is wide enough for what callers ask (counts and rates, not 64-bit unsigned extremes).
template <class T>
T number(DType dtype, std::span<const std::byte> bytes) {
  const auto as = [&]<class S>(S value) {
    std::memcpy(&value, bytes.data(), sizeof value);
    return static_cast<T>(value);
  };
  switch (dtype) {
    case DType::boolean:
    case DType::uint8:
      return as(std::uint8_t{});
    case DType::int8:
      return as(std::int8_t{});
    case DType::uint16:
      return as(std::uint16_t{});
    case DType::int16:
      return as(std::int16_t{});
    case DType::uint32:
      return as(std::uint32_t{});
    case DType::int32:
      return as(std::int32_t{});
    case DType::uint64:
      return as(std::uint64_t{});
    case DType::int64:
      return as(std::int64_t{});
    default:
      break;
  }
  if constexpr (std::is_floating_point_v<T>) {
    switch (dtype) {
      case DType::float32:
        return as(float{});
      case DType::float64:
        return as(double{});
      case DType::float16: {
        Float16 half;
        std::memcpy(&half.bits, bytes.data(), 2);
        return static_cast<T>(static_cast<float>(half));
      }
      case DType::bfloat16: {
        BFloat16 half;
        std::memcpy(&half.bits, bytes.data(), 2);
        return static_cast<T>(static_cast<float>(half));
      }
      default:
        break;
    }
  }
  return T{};
}

}  // namespace

Attribute::Attribute(std::shared_ptr<const Image> image, std::string owner, std::string name,
                     std::shared_ptr<const AttributeValue> value)
    : image_(std::move(image)), owner_(std::move(owner)), name_(std::move(name)), value_(std::move(value)) {}

std::string Attribute::place() const { return "attribute '" + name_ + "' of " + owner_; }
DType Attribute::dtype() const { return value_->type.dtype; }
std::vector<std::int64_t> Attribute::shape() const { return {value_->space.dims.begin(), value_->space.dims.end()}; }
std::uint64_t Attribute::count() const { return value_->space.count; }
std::uint64_t Attribute::byte_size() const { return value_->data.remaining(); }
bool Attribute::is_null() const { return value_->space.null; }

std::string Attribute::type_name() const {
  const auto& type = value_->type;
  if (!type.is_string()) return std::string(name_of(type.dtype));
  std::string text = type.utf8 ? "UTF-8 strings" : "ASCII strings";
  if (type.kind == Datatype::Kind::variable_string) return text;
  static constexpr const char* kPadding[] = {"NUL-terminated", "NUL-padded", "space-padded"};
  return text + " of " + std::to_string(type.size) + " bytes, " + kPadding[static_cast<std::size_t>(type.padding)];
}

std::vector<std::string> Attribute::as_strings() const {
  if (count() == 0) return {};
  if (!is_string()) {
    throw FormatError(image_->file->path(), place(), "strings", std::string(name_of(dtype())) + " values");
  }
  return naming(place(), [&] { return to_strings(*image_, value_->type, value_->data); });
}

std::string Attribute::as_string() const {
  if (count() != 1) throw FormatError(image_->file->path(), place(), "one string", std::to_string(count()) + " values");
  return std::move(as_strings().front());
}

std::int64_t Attribute::as_int() const {
  const bool whole = is_integer(dtype()) || dtype() == DType::boolean;
  if (count() != 1 || !whole) {
    throw FormatError(image_->file->path(), place(), "one integer",
                      std::to_string(count()) + " of " + std::string(name_of(dtype())));
  }
  std::byte value[8] = {};
  read(std::span(value).first(byte_size()));
  if (dtype() == DType::uint64 && std::to_integer<unsigned>(value[7]) >= 0x80) {
    throw FormatError(image_->file->path(), place(), "an integer that fits int64", "a greater one");
  }
  return number<std::int64_t>(dtype(), value);
}

double Attribute::as_double() const {
  if (count() != 1 || !(is_floating(dtype()) || is_integer(dtype()) || dtype() == DType::boolean)) {
    throw FormatError(image_->file->path(), place(), "one number",
                      std::to_string(count()) + " of " + std::string(name_of(dtype())));
  }
  std::byte value[8] = {};
  read(std::span(value).first(byte_size()));
  return number<double>(dtype(), value);
}

void Attribute::read(std::span<std::byte> out) const {
  if (is_string()) throw TypeError("HDF5 " + place() + " holds strings, not numbers");
  if (out.size() != byte_size()) {
    throw ValueError("HDF5 " + place() + " has " + std::to_string(byte_size()) + " bytes, the room given has " +
                     std::to_string(out.size()));
  }
  if (out.empty()) return;
  Cursor c = value_->data;
  std::memcpy(out.data(), c.take(out.size()).data(), out.size());
  to_native(value_->type, out);
}

bool has_attribute_strings(const Object& object, const std::string& name) {
  return object.has_attribute(name) || object.has_attribute(name + "0");
}

}  // namespace hornbeam::formats::hdf5
