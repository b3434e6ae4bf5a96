// Frames, spectra and evenly spaced numbers.
#include <algorithm>
#include <array>
#include <limits>

#include "hornbeam/errors.hpp"
#include "keras/engine/op_function_calls.h"
#include "keras/engine/op_function_rows.h"
#include "keras/engine/op_function_values.h"

namespace hornbeam {
namespace {

using namespace op_calls;  // NOLINT

// [.., frames, length] of the last dim, without what does not fill a frame.
Values frames(const OpCall& a) {
  const auto x = a.tensor(0);
  const auto length = a.integer(1, 0), step = a.integer(2, 0);
  const auto n = x.shape().back();
  if (n == None) throw NotImplementedError("frames of a dim of unknown size are not yet supported");
  if (length <= 0 || step <= 0) throw ValueError("frames need a length and a step above 0");
  const auto count = n < length ? 0 : 1 + (n - length) / step;
  const auto starts = ops::range(0, count, 1) * step, inside = ops::range(0, length, 1);
  return ops::gather(x, ops::expand_dims(starts, 1) + inside, rank_of(x) - 1);
}
// Real and imaginary parts.
Values rfft(const OpCall& a) {
  const auto x = a.tensor(0);
  const auto n = a.plain(1).is_null() ? size_along(x, -1) : Tensor::scalar(static_cast<std::int32_t>(a.integer(1, 0)));
  const bool wide = x.dtype() == DType::float64;
  const auto spectrum =
      call_op1("RFFT", {x, ops::reshape(n, Shape{1})}, {{"Tcomplex", wide ? DType::complex128 : DType::complex64}});
  const auto part = [&](const char* op) {
    return call_op1(op, {spectrum}, {{"Tout", wide ? DType::float64 : DType::float32}});
  };
  return several({part("Real"), part("Imag")});
}
Tensor spaced(const OpCall& a, std::size_t axis) {
  const auto [start, stop] = promoted(as_floats(a.tensor(0)), as_floats(a.tensor(1)));
  const auto num = a.integer(2, 50);
  const bool endpoint = a.plain(3).is_null() || a.flag(3);
  if (num < 0) throw ValueError("`num` must be a non-negative integer. Received: num=" + std::to_string(num));
  const auto parts = std::max<std::int64_t>(endpoint ? num - 1 : num, 1);
  auto dims = Ints(start.shape().rank() + 1, 1);
  dims[0] = num;
  const auto places = ops::reshape(ops::cast(ops::range(0, num, 1), start.dtype()), Shape(dims));
  const auto step = ops::expand_dims((stop - start) / static_cast<double>(parts), 0);
  const auto made = ops::expand_dims(start, 0) + step * places;
  return moved(made, {0}, {a.integer(axis, 0)});
}
Values linspace(const OpCall& a) { return spaced(a, 6); }
Values logspace(const OpCall& a) { return ops::pow(a.number(4, 10), spaced(a, 6)); }

// The place of the most; -1 where all is NaN.
template <Tensor (*Search)(const Tensor&, std::int64_t, DType), bool kMost>
Values nan_search(const OpCall& a) {
  const auto given = a.tensor(0);
  const bool whole = a.plain(1).is_null();
  const auto x = as_floats(whole ? flat(given) : given);
  const auto axis = whole ? 0 : a.integer(1, 0);
  constexpr double kEnd = std::numeric_limits<double>::infinity();
  const auto nan = ops::is_nan(x);
  const auto found = Search(ops::where(nan, scalar_like(x, kMost ? -kEnd : kEnd), x), axis, DType::int32);
  const auto y = ops::where(ops::reduce_all(nan, axis), ops::zeros_like(found) - 1, found);
  if (!a.flag(2)) return y;
  return whole ? ops::reshape(y, Shape(Ints(given.shape().rank(), 1))) : ops::expand_dims(y, axis);
}

constexpr std::array kSequences{
    special("signal.frame", "signal frame_length= frame_step= pad_end==false pad_value==0 axis==-1", frames),
    special("ops>Linspace", "start stop num=50 endpoint=true retstep==false dtype== axis=0", linspace),
    special("ops>Logspace", "start stop num=50 endpoint=true base= dtype== axis=0", logspace),
    special("ops>Nanargmax", "x axis= keepdims=false", nan_search<ops::argmax, true>),
    special("ops>Nanargmin", "x axis= keepdims=false", nan_search<ops::argmin, false>),
};

constexpr std::array kFrames{
    special("ops>ExtractSequences", "x sequence_length= sequence_stride=", frames),
    special("ops>RFFT", "x fft_length=", rfft),
};

}  // namespace
}  // namespace hornbeam

HB_REGISTER(op_sequences) {
  hornbeam::add_op_functions("numpy", hornbeam::kSequences);
  hornbeam::add_op_functions("math", hornbeam::kFrames);
}
