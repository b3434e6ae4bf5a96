// Functions that are more than one op: of one number or two, and of parts of arrays.
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "hornbeam/errors.hpp"
#include "hornbeam/model.hpp"
#include "hornbeam/operators.hpp"
#include "keras/engine/op_function_calls.h"
#include "keras/engine/op_function_rows.h"
#include "keras/engine/op_function_values.h"

namespace hornbeam {
namespace {

using namespace op_calls;  // NOLINT

template <Tensor (*F)(const Tensor&, const Tensor&)>
Values of_two(const OpCall& a) {
  const auto [x, y] = promoted(a.tensor(0), a.tensor(1));
  return F(x, y);
}
template <Tensor (*F)(const Tensor&, const Tensor&)>
Values of_two_floats(const OpCall& a) {
  const auto [x, y] = promoted(as_floats(a.tensor(0)), as_floats(a.tensor(1)));
  return F(x, y);
}

Tensor exp2(const Tensor& x) { return ops::pow(ops::scalar(x.dtype(), 2.0), x); }
Tensor log2(const Tensor& x) { return ops::log(x) / std::log(2.0); }
Tensor log10(const Tensor& x) { return ops::log(x) / std::log(10.0); }
Tensor cbrt(const Tensor& x) { return ops::sign(x) * ops::pow(ops::abs(x), 1.0 / 3.0); }
Tensor deg2rad(const Tensor& x) { return x * (std::numbers::pi / 180); }
Tensor rad2deg(const Tensor& x) { return x * (180 / std::numbers::pi); }
Tensor sinc(const Tensor& x) {
  const auto turned = x * std::numbers::pi;
  return ops::where(ops::equal(x, 0), ops::ones_like(x), ops::sin(turned) / turned);
}
Tensor trunc(const Tensor& x) {
  if (!is_floating(x.dtype())) return x;
  return ops::where(ops::less(x, 0), ops::ceil(x), ops::floor(x));
}
Tensor is_positive_infinity(const Tensor& x) { return ops::equal(x, std::numeric_limits<double>::infinity()); }
Tensor is_negative_infinity(const Tensor& x) { return ops::equal(x, -std::numeric_limits<double>::infinity()); }
// 1/x tells the sign of 0; that of NaN is not looked at.
Tensor signbit(const Tensor& x) {
  if (!is_floating(x.dtype())) return ops::less(as_numbers(x), 0);
  return ops::logical_or(ops::less(x, 0), ops::logical_and(ops::equal(x, 0), ops::less(ops::reciprocal(x), 0)));
}
Values fabs(const OpCall& a) { return ops::abs(as_floats(a.tensor(0))); }

Tensor logaddexp(const Tensor& x, const Tensor& y) {
  const auto delta = x - y;
  return ops::where(ops::is_nan(delta), x + y, ops::maximum(x, y) + ops::log1p(ops::exp(-ops::abs(delta))));
}
Tensor logaddexp2(const Tensor& x, const Tensor& y) {
  const auto delta = x - y;
  const auto log = std::log(2.0);
  return ops::where(ops::is_nan(delta), x + y, ops::maximum(x, y) + ops::log1p(ops::exp(-ops::abs(delta) * log)) / log);
}
Tensor hypot(const Tensor& x, const Tensor& y) {
  const auto big = ops::maximum(ops::abs(x), ops::abs(y)), small = ops::minimum(ops::abs(x), ops::abs(y));
  return big * ops::sqrt(1.0 + ops::square(ops::divide_no_nan(small, big)));
}
Tensor heaviside(const Tensor& x, const Tensor& y) {
  const auto positive = ops::where(ops::greater(x, 0), ops::ones_like(y), y);
  return ops::where(ops::less(x, 0), ops::zeros_like(y), positive);
}
Tensor fmod(const Tensor& x, const Tensor& y) { return ops::sign(x) * ops::mod(ops::abs(x), ops::abs(y)); }
// NaN only where both are.
Tensor fmax(const Tensor& x, const Tensor& y) {
  if (!is_floating(x.dtype())) return ops::maximum(x, y);
  return ops::where(ops::is_nan(x), y, ops::where(ops::is_nan(y), x, ops::maximum(x, y)));
}
Tensor fmin(const Tensor& x, const Tensor& y) {
  if (!is_floating(x.dtype())) return ops::minimum(x, y);
  return ops::where(ops::is_nan(x), y, ops::where(ops::is_nan(y), x, ops::minimum(x, y)));
}
Tensor outer(const Tensor& x, const Tensor& y) {
  return ops::reshape(x, Shape{None, 1}) * ops::reshape(y, Shape{1, None});
}

Tensor close(const Tensor& x, const Tensor& y, double rtol, double atol, bool equal_nan) {
  if (!is_floating(x.dtype())) return ops::equal(x, y);
  const auto near = ops::less_equal(ops::abs(x - y), ops::abs(y) * rtol + atol);
  return equal_nan ? ops::logical_or(near, ops::logical_and(ops::is_nan(x), ops::is_nan(y))) : near;
}
Values isclose(const OpCall& a) {
  const auto [x, y] = promoted(a.tensor(0), a.tensor(1));
  return close(x, y, a.number(2, 1e-5), a.number(3, 1e-8), a.flag(4));
}
Values allclose(const OpCall& a) {
  const auto [x, y] = promoted(a.tensor(0), a.tensor(1));
  return ops::reduce_all(close(x, y, a.number(2, 1e-5), a.number(3, 1e-8), a.flag(4)));
}
Values isin(const OpCall& a) {
  const auto [x, y] = promoted(a.tensor(0), a.tensor(1));
  const auto found = ops::reduce_any(ops::equal(ops::expand_dims(x, -1), flat(y)), -1);
  return a.flag(3) ? ops::logical_not(found) : found;
}
Values nan_to_num(const OpCall& a) {
  auto x = a.tensor(0);
  if (!is_floating(x.dtype())) return x;
  const auto limit = x.dtype() == DType::float64   ? std::numeric_limits<double>::max()
                     : x.dtype() == DType::float16 ? 65504.0
                     : x.dtype() == DType::float32 ? static_cast<double>(std::numeric_limits<float>::max())
                                                   : 3.3895313892515355e38;
  x = ops::where(ops::is_nan(x), scalar_like(x, a.number(1, 0)), x);
  x = ops::where(is_positive_infinity(x), scalar_like(x, a.number(2, limit)), x);
  return ops::where(is_negative_infinity(x), scalar_like(x, a.number(3, -limit)), x);
}

Values reciprocal_no_nan(const OpCall& a) {
  const auto x = a.tensor(0);
  return ops::divide_no_nan(ops::ones_like(x), x);
}
Values log_sigmoid(const OpCall& a) { return -ops::softplus(-a.tensor(0)); }
Values polyval(const OpCall& a) {
  const auto x = a.tensor(1);
  auto sum = ops::zeros_like(x);
  for (const auto& c : a.tensors(0)) sum = sum * x + ops::cast(c, x.dtype());
  return sum;
}
Values add_n(const OpCall& a) { return ops::add_n(a.tensors(0)); }
Values check_numerics(const OpCall& a) {
  return call_op1("CheckNumerics", {a.tensor(0)}, {{"message", a.text(1, "")}});
}

bool of_complex(const Tensor& x) { return x.dtype() == DType::complex64 || x.dtype() == DType::complex128; }
template <bool kImaginary>
Tensor part(const Tensor& x) {
  if (!of_complex(x)) return kImaginary ? ops::zeros_like(x) : x;
  return call_op1(kImaginary ? "Imag" : "Real", {x},
                  {{"Tout", x.dtype() == DType::complex128 ? DType::float64 : DType::float32}});
}
Tensor angle(const Tensor& x) {
  if (of_complex(x)) return ops::atan2(part<true>(x), part<false>(x));
  return ops::where(ops::less(x, 0), ops::ones_like(x) * std::numbers::pi, ops::zeros_like(x));
}
Tensor conj(const Tensor& x) { return of_complex(x) ? call_op1("Conj", {x}) : x; }
Tensor is_real(const Tensor& x) {
  return of_complex(x) ? ops::equal(part<true>(x), 0) : ops::ones_like(ops::equal(x, x));
}
Values complex(const OpCall& a) {
  const auto x = a.tensor(0);
  return call_op1("Complex", {x, a.tensor(1)},
                  {{"Tout", x.dtype() == DType::float64 ? DType::complex128 : DType::complex64}});
}

Tensor differences(Tensor x, std::int64_t axis, std::int64_t times) {
  const auto at = static_cast<std::size_t>(axis_of(x, axis));
  for (; times > 0; --times) {
    std::vector<SliceItem> later(at, Slice{}), sooner(at, Slice{});
    later.emplace_back(Slice{1, {}, {}});
    sooner.emplace_back(Slice{{}, -1, {}});
    const auto y = ops::getitem(x, later), z = ops::getitem(x, sooner);
    x = x.dtype() == DType::boolean ? ops::not_equal(y, z) : y - z;
  }
  return x;
}
Values diff(const OpCall& a) { return differences(a.tensor(0), a.integer(2, -1), a.integer(1, 1)); }
Values trapezoid(const OpCall& a) {
  const auto y = as_floats(a.tensor(0));
  const auto axis = axis_of(y, a.integer(3, -1));
  const auto last = rank_of(y) - 1;
  const auto rows = axis == last ? y : moved(y, {axis}, {last});
  const auto sums =
      ops::getitem(rows, {Ellipsis{}, Slice{1, {}, {}}}) + ops::getitem(rows, {Ellipsis{}, Slice{{}, -1, {}}});
  const auto half = sums * 0.5;
  if (!a.has(1)) return ops::reduce_sum(half * a.number(2, 1), -1);
  return ops::reduce_sum(half * differences(ops::cast(a.tensor(1), y.dtype()), -1, 1), -1);
}
Values digitize(const OpCall& a) {
  const auto bins = ops::cast(a.as_given(1), DType::float32);
  if (!bins.is_concrete()) throw NotImplementedError("digitize with bins that are not constants is not yet supported");
  const auto values = bins.data<float>();
  return call_op1("Bucketize", {a.tensor(0)}, {{"boundaries", std::vector<float>(values.begin(), values.end())}});
}

constexpr std::array kMathFunctions{

    special("math.reciprocal_no_nan", "x", reciprocal_no_nan),
    special("math.log_sigmoid", "x", log_sigmoid, "ops>LogSigmoid"),
    special("math.polyval", "coeffs x", polyval),
    special("math.add_n", "inputs", add_n),
    special("math.accumulate_n", "inputs", add_n),
    special("debugging.check_numerics", "tensor message=", check_numerics),
    special("math.real", "input", unary<part<false>>, "ops>Real"),
    special("math.imag", "input", unary<part<true>>, "ops>Imag"),
    special("math.angle", "input", unary<angle>, "ops>Angle"),
    special("math.conj", "x", unary<conj>, "ops>Conjugate"),
    special("dtypes.complex", "real imag", complex),
    special("ops>Real", "x", unary<part<false>>),
    special("ops>Imag", "x", unary<part<true>>),
    special("ops>Angle", "x", on_floats<angle>),
    special("ops>Conjugate", "x", unary<conj>),
    special("ops>Isreal", "x", unary<is_real>),
    special("ops>Exp2", "x", on_floats<exp2>),
    special("ops>Log2", "x", on_floats<log2>),
    special("ops>Log10", "x", on_floats<log10>),
    special("ops>Cbrt", "x", on_floats<cbrt>),
    special("ops>Deg2rad", "x", on_floats<deg2rad>),
    special("ops>Rad2deg", "x", on_floats<rad2deg>),
    special("ops>Sinc", "x", on_floats<sinc>),
    special("ops>Trunc", "x", unary<trunc>),
    special("ops>Isposinf", "x", on_floats<is_positive_infinity>),
    special("ops>Isneginf", "x", on_floats<is_negative_infinity>),
    special("ops>Signbit", "x", unary<signbit>),
    special("ops>Fabs", "x", fabs),
    special("ops>Logaddexp", "x1 x2", of_two_floats<logaddexp>),
    special("ops>Logaddexp2", "x1 x2", of_two_floats<logaddexp2>),
    special("ops>Hypot", "x1 x2", of_two_floats<hypot>),
    special("ops>Heaviside", "x1 x2", of_two_floats<heaviside>),
    special("ops>Fmod", "x1 x2", of_two<fmod>),
    special("ops>Fmax", "x1 x2", of_two<fmax>),
    special("ops>Fmin", "x1 x2", of_two<fmin>),
    special("ops>Outer", "x1 x2", of_two<outer>),
    special("ops>Isclose", "x1 x2 rtol atol equal_nan=false", isclose),
    special("ops>AllClose", "x1 x2 rtol= atol= equal_nan=false", allclose),
    special("ops>IsIn", "x1 x2 assume_unique= invert=false", isin),
    special("ops>NanToNum", "x nan= posinf= neginf=", nan_to_num),
    special("ops>Diff", "a n=1 axis=-1", diff),
    special("ops>Trapezoid", "y x= dx= axis=-1", trapezoid),
    special("ops>Digitize", "x bins", digitize),
};

}  // namespace
}  // namespace hornbeam

HB_REGISTER(op_math) { hornbeam::add_op_functions("numpy", hornbeam::kMathFunctions); }
