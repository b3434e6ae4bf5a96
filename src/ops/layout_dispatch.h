// From a run-time dtype to a type that is copied alike: what only moves elements is compiled once per element size.
//
//   dispatch_layout(dtype, "Transpose", [&]<class T>() { ... });   // T: Bits<1|2|4|8|16>, std::string or Variant
#pragma once

#include <cstdint>
#include <string>

#include "hornbeam/dtype.hpp"
#include "hornbeam/errors.hpp"
#include "tensor/variant.h"

namespace hornbeam {

// May alias any element of that size.
template <std::size_t kBytes>
struct Bits;
template <>
struct [[gnu::may_alias]] Bits<1> {
  std::uint8_t v;
};
template <>
struct [[gnu::may_alias]] Bits<2> {
  std::uint16_t v;
};
template <>
struct [[gnu::may_alias]] Bits<4> {
  std::uint32_t v;
};
template <>
struct [[gnu::may_alias]] Bits<8> {
  std::uint64_t v;
};
template <>
struct [[gnu::may_alias]] Bits<16> {
  std::uint64_t v, w;
};

// Throws TypeError naming the op for dtypes without elements in memory.
template <class F>
auto dispatch_layout(DType dtype, const char* op, F&& f) {
  if (dtype == DType::string) return f.template operator()<std::string>();
  if (dtype == DType::variant) return f.template operator()<Variant>();
  switch (size_of(dtype)) {
    case 1:
      return f.template operator()<Bits<1>>();
    case 2:
      return f.template operator()<Bits<2>>();
    case 4:
      return f.template operator()<Bits<4>>();
    case 8:
      return f.template operator()<Bits<8>>();
    case 16:
      return f.template operator()<Bits<16>>();
    default:
      throw TypeError("Op '" + std::string(op) + "' has no kernel for " + std::string(name_of(dtype)));
  }
}

}  // namespace hornbeam
