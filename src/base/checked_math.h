// Arithmetic that says so when it does not fit. Every size read from a file goes through these.
#pragma once

#include <cstdint>
#include <optional>

namespace hornbeam::base {

template <class T>
std::optional<T> checked_add(T a, T b) {
  T r;
  if (__builtin_add_overflow(a, b, &r)) return std::nullopt;
  return r;
}

template <class T>
std::optional<T> checked_mul(T a, T b) {
  T r;
  if (__builtin_mul_overflow(a, b, &r)) return std::nullopt;
  return r;
}

}  // namespace hornbeam::base
