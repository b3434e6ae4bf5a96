// From a run-time dtype to a C++ type: dispatch<FloatTypes>(dtype, "MatMul", [&]<class T>() { ... }).
#pragma once

#include <string>
#include <tuple>

#include "hornbeam/dtype.hpp"
#include "hornbeam/errors.hpp"

namespace hornbeam {

template <class... Ts>
struct Types {};

using FloatTypes = Types<float, double, Float16, BFloat16>;
using IntTypes = Types<std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t, std::uint16_t,
                       std::uint32_t, std::uint64_t>;
using SignedTypes = Types<float, double, Float16, BFloat16, std::int8_t, std::int16_t, std::int32_t, std::int64_t>;
using NumberTypes = Types<float, double, Float16, BFloat16, std::int8_t, std::int16_t, std::int32_t, std::int64_t,
                          std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t>;
using NumberAndBoolTypes = Types<float, double, Float16, BFloat16, std::int8_t, std::int16_t, std::int32_t,
                                 std::int64_t, std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t, bool>;
using AllTypes = Types<float, double, Float16, BFloat16, std::int8_t, std::int16_t, std::int32_t, std::int64_t,
                       std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t, bool, std::string>;

// The type arithmetic is done in: float for the 16-bit floats.
template <class T>
struct Compute {
  using type = T;
};
template <>
struct Compute<Float16> {
  using type = float;
};
template <>
struct Compute<BFloat16> {
  using type = float;
};
template <class T>
using compute_t = typename Compute<T>::type;

namespace detail {
[[noreturn]] void throw_no_kernel(const char* op, DType dtype);  // TypeError

template <class List>
struct Dispatch;
template <class... Ts>
struct Dispatch<Types<Ts...>> {
  using First = std::tuple_element_t<0, std::tuple<Ts...>>;
  template <class Result, class F>
  static Result run(DType dtype, const char* op, F&& f) {
    Result result{};
    const bool found = ((dtype == DTypeOf<Ts>::value ? (result = f.template operator()<Ts>(), true) : false) || ...);
    if (!found) throw_no_kernel(op, dtype);
    return result;
  }
  template <class F>
  static void run_void(DType dtype, const char* op, F&& f) {
    const bool found = ((dtype == DTypeOf<Ts>::value ? (f.template operator()<Ts>(), true) : false) || ...);
    if (!found) throw_no_kernel(op, dtype);
  }
};
}  // namespace detail

// Calls f.operator()<T>() for the T of `dtype`. Throws TypeError naming the op when the list has none.
template <class List, class F>
auto dispatch(DType dtype, const char* op, F&& f) {
  using Result = decltype(f.template operator()<typename detail::Dispatch<List>::First>());
  if constexpr (std::is_void_v<Result>) {
    detail::Dispatch<List>::run_void(dtype, op, std::forward<F>(f));
  } else {
    return detail::Dispatch<List>::template run<Result>(dtype, op, std::forward<F>(f));
  }
}

}  // namespace hornbeam
