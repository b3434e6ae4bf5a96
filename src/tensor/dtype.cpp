#include "hornbeam/dtype.hpp"

#include <array>
#include <bit>

#include "hornbeam/errors.hpp"
#include "tensor/variant.h"

namespace hornbeam {
namespace {

struct Row {
  DType dtype;
  std::string_view name;
  std::size_t size;
};
constexpr std::array kRows{
    Row{DType::float16, "float16", 2},     Row{DType::bfloat16, "bfloat16", 2},
    Row{DType::float32, "float32", 4},     Row{DType::float64, "float64", 8},
    Row{DType::int8, "int8", 1},           Row{DType::int16, "int16", 2},
    Row{DType::int32, "int32", 4},         Row{DType::int64, "int64", 8},
    Row{DType::uint8, "uint8", 1},         Row{DType::uint16, "uint16", 2},
    Row{DType::uint32, "uint32", 4},       Row{DType::uint64, "uint64", 8},
    Row{DType::boolean, "bool", 1},        Row{DType::string, "string", sizeof(std::string)},
    Row{DType::complex64, "complex64", 8}, Row{DType::complex128, "complex128", 16},
    Row{DType::resource, "resource", 0},   Row{DType::variant, "variant", sizeof(Variant)},
    Row{DType::invalid, "invalid", 0},
};

const Row* find(DType dtype) {
  for (const auto& row : kRows) {
    if (row.dtype == dtype) return &row;
  }
  return nullptr;
}

}  // namespace

std::size_t size_of(DType dtype) {
  const auto* row = find(dtype);
  return row ? row->size : 0;
}

std::string_view name_of(DType dtype) {
  const auto* row = find(dtype);
  return row ? row->name : "invalid";
}

DType dtype_from_name(std::string_view name) {
  if (name == "half") return DType::float16;
  if (name == "float") return DType::float32;
  if (name == "double") return DType::float64;
  for (const auto& row : kRows) {
    if (row.name == name && row.dtype != DType::invalid) return row.dtype;
  }
  throw TypeError("Cannot convert value '" + std::string(name) + "' to a TensorFlow DType.");
}

bool is_floating(DType dtype) {
  return dtype == DType::float16 || dtype == DType::bfloat16 || dtype == DType::float32 || dtype == DType::float64;
}

bool is_integer(DType dtype) {
  switch (dtype) {
    case DType::int8:
    case DType::int16:
    case DType::int32:
    case DType::int64:
    case DType::uint8:
    case DType::uint16:
    case DType::uint32:
    case DType::uint64:
      return true;
    default:
      return false;
  }
}

Float16::Float16(float value) {
  // Round to nearest even, by hand: not every target has F16C.
  const auto x = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>((x >> 16) & 0x8000u);
  const std::uint32_t mag = x & 0x7fffffffu;
  if (mag >= 0x7f800000u) {
    const std::uint32_t nan_bits = mag > 0x7f800000u ? 0x0200u | ((mag >> 13) & 0x03ffu) : 0u;
    bits = static_cast<std::uint16_t>(sign | 0x7c00u | nan_bits);
  } else if (mag >= 0x477ff000u) {
    bits = static_cast<std::uint16_t>(sign | 0x7c00u);
  } else if (mag < 0x38800000u) {
    // Subnormal: adding 0.5 lines the half's last place up with the float's.
    const float f = std::bit_cast<float>(mag) + 0.5f;
    bits = static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(f) - 0x3f000000u));
  } else {
    const std::uint32_t odd = (mag >> 13) & 1u;
    bits = static_cast<std::uint16_t>(sign | ((mag - 0x38000000u + 0x0fffu + odd) >> 13));
  }
}

Float16::operator float() const {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000u) << 16;
  const std::uint32_t exponent = (bits >> 10) & 0x1fu;
  const std::uint32_t mantissa = bits & 0x3ffu;
  if (exponent == 0x1fu) return std::bit_cast<float>(sign | 0x7f800000u | (mantissa << 13));
  if (exponent == 0) {
    const float value = static_cast<float>(mantissa) * 0x1p-24f;
    return sign ? -value : value;
  }
  return std::bit_cast<float>(sign | ((exponent + 112u) << 23) | (mantissa << 13));
}

BFloat16::BFloat16(float value) {
  const auto x = std::bit_cast<std::uint32_t>(value);
  if ((x & 0x7fffffffu) > 0x7f800000u) {
    bits = static_cast<std::uint16_t>((x >> 16) | 0x0040u);
  } else {
    bits = static_cast<std::uint16_t>((x + 0x7fffu + ((x >> 16) & 1u)) >> 16);
  }
}

BFloat16::operator float() const { return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16); }

}  // namespace hornbeam
