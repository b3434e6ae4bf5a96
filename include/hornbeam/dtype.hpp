// Element types of tensors. The enumerators' values are TensorFlow's DataType numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hornbeam {

// NOTE: these numbers are part of TensorFlow's file formats; do not change them.
enum class DType : std::uint8_t {
  invalid = 0,
  float32 = 1,
  float64 = 2,
  int32 = 3,
  uint8 = 4,
  int16 = 5,
  int8 = 6,
  string = 7,
  complex64 = 8,
  int64 = 9,
  boolean = 10,
  bfloat16 = 14,
  uint16 = 17,
  complex128 = 18,
  float16 = 19,
  resource = 20,
  variant = 21,
  uint32 = 22,
  uint64 = 23,
};

// Bytes per element in memory; sizeof(std::string) for strings, 0 for invalid, resource and variant.
std::size_t size_of(DType dtype);
// TensorFlow's name: "float32", "bool", "string".
std::string_view name_of(DType dtype);
// The inverse of name_of; "half" and "float" are understood. Throws TypeError on an unknown name.
DType dtype_from_name(std::string_view name);

bool is_floating(DType dtype);  // float16, bfloat16, float32, float64
bool is_integer(DType dtype);   // signed and unsigned, not bool

// IEEE half and bfloat16 as storage; arithmetic goes through float.
struct Float16 {
  std::uint16_t bits = 0;
  Float16() = default;
  explicit Float16(float value);
  explicit operator float() const;
  friend bool operator==(Float16 a, Float16 b) { return a.bits == b.bits; }
};
struct BFloat16 {
  std::uint16_t bits = 0;
  BFloat16() = default;
  explicit BFloat16(float value);
  explicit operator float() const;
  friend bool operator==(BFloat16 a, BFloat16 b) { return a.bits == b.bits; }
};

template <class T>
struct DTypeOf;
#define HB_DTYPE_OF(T, V)                    \
  template <>                                \
  struct DTypeOf<T> {                        \
    static constexpr DType value = DType::V; \
  }
HB_DTYPE_OF(float, float32);
HB_DTYPE_OF(double, float64);
HB_DTYPE_OF(Float16, float16);
HB_DTYPE_OF(BFloat16, bfloat16);
HB_DTYPE_OF(std::int8_t, int8);
HB_DTYPE_OF(std::int16_t, int16);
HB_DTYPE_OF(std::int32_t, int32);
HB_DTYPE_OF(std::int64_t, int64);
HB_DTYPE_OF(std::uint8_t, uint8);
HB_DTYPE_OF(std::uint16_t, uint16);
HB_DTYPE_OF(std::uint32_t, uint32);
HB_DTYPE_OF(std::uint64_t, uint64);
HB_DTYPE_OF(bool, boolean);
HB_DTYPE_OF(std::string, string);
#undef HB_DTYPE_OF

}  // namespace hornbeam
