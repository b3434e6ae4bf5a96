// Integer arithmetic that wraps instead of overflowing, as TensorFlow's kernels do; floats go straight through.
#pragma once

#include <cstdint>
#include <type_traits>

namespace hornbeam {

namespace detail {
// Unsigned and at least as wide as int, so that nothing is promoted back to a signed type.
template <class T>
using wrap_t = std::common_type_t<std::make_unsigned_t<T>, unsigned>;
}  // namespace detail

template <class T>
T wrap_add(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return a + b;
  } else {
    using U = detail::wrap_t<T>;
    return static_cast<T>(static_cast<U>(a) + static_cast<U>(b));
  }
}
template <class T>
T wrap_sub(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return a - b;
  } else {
    using U = detail::wrap_t<T>;
    return static_cast<T>(static_cast<U>(a) - static_cast<U>(b));
  }
}
template <class T>
T wrap_mul(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return a * b;
  } else {
    using U = detail::wrap_t<T>;
    return static_cast<T>(static_cast<U>(a) * static_cast<U>(b));
  }
}
template <class T>
T wrap_neg(T a) {
  if constexpr (std::is_floating_point_v<T>) {
    return -a;
  } else {
    return wrap_sub(T{}, a);
  }
}

// Truncated quotient; the divisor is not zero. The lowest value over -1 wraps.
template <class T>
T wrap_div(T a, T b) {
  if constexpr (std::is_signed_v<T>) {
    if (b == T(-1)) return wrap_neg(a);
  }
  return static_cast<T>(a / b);
}
template <class T>
T wrap_rem(T a, T b) {
  if constexpr (std::is_signed_v<T>) {
    if (b == T(-1)) return T{};
  }
  return static_cast<T>(a % b);
}

}  // namespace hornbeam
