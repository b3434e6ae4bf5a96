// Conversions of floats, defined for all values: out of an integer's range they give what x86's conversions give, as in
// TensorFlow: the lowest int32 (int64) value, cut down to the narrower types.
#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>

namespace hornbeam {

template <class I, class F>
I to_int(F x) {
  // 2^31 and 2^63 are exact in every F, unlike the largest ints.
  constexpr F limit = -static_cast<F>(std::numeric_limits<I>::min());
  return x >= -limit && x < limit ? static_cast<I>(x) : std::numeric_limits<I>::min();
}

template <class D, class C>
D float_to(C x) {
  if constexpr (std::is_same_v<D, bool>) {
    return x != C{};
  } else if constexpr (std::is_same_v<D, std::uint64_t>) {
    constexpr C two63 = static_cast<C>(9223372036854775808.0);
    if (x < two63) return static_cast<std::uint64_t>(to_int<std::int64_t>(x));
    return static_cast<std::uint64_t>(to_int<std::int64_t>(x - two63)) ^ (std::uint64_t{1} << 63);
  } else if constexpr (std::is_same_v<D, std::int64_t> || std::is_same_v<D, std::uint32_t>) {
    return static_cast<D>(to_int<std::int64_t>(x));
  } else {
    return static_cast<D>(to_int<std::int32_t>(x));
  }
}

}  // namespace hornbeam
