// Reductions that leave NaN out, and quantiles.
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

ops::Axes some_axes(const OpCall& a, std::size_t i) {
  return a.plain(i).is_null() ? ops::Axes() : ops::Axes(a.integers(i));
}
Tensor replaced(const Tensor& x, double value) {
  return is_floating(x.dtype()) ? ops::where(ops::is_nan(x), scalar_like(x, value), x) : as_numbers(x);
}
Values nansum(const OpCall& a) { return ops::reduce_sum(replaced(a.tensor(0), 0), some_axes(a, 1), a.flag(2)); }
Values nanprod(const OpCall& a) { return ops::reduce_prod(replaced(a.tensor(0), 1), some_axes(a, 1), a.flag(2)); }
// Where there is nothing else, NaN.
template <Tensor (*Reduce)(const Tensor&, const ops::Axes&, bool), bool kMost>
Values nan_extreme(const OpCall& a) {
  const auto x = a.tensor(0);
  constexpr double kEnd = std::numeric_limits<double>::infinity();
  const auto found = Reduce(replaced(x, kMost ? -kEnd : kEnd), some_axes(a, 1), a.flag(2));
  if (!is_floating(x.dtype())) return found;
  const auto none = ops::reduce_all(ops::is_nan(x), some_axes(a, 1), a.flag(2));
  return ops::where(none, scalar_like(x, std::numeric_limits<double>::quiet_NaN()), found);
}
Tensor count_of(const Tensor& x, const ops::Axes& axes, bool keepdims) {
  return ops::reduce_sum(ops::cast(ops::logical_not(ops::is_nan(x)), x.dtype()), axes, keepdims);
}
Tensor nanmean_of(const Tensor& x, const ops::Axes& axes, bool keepdims) {
  return ops::reduce_sum(replaced(x, 0), axes, keepdims) / count_of(x, axes, keepdims);
}
Values nanmean(const OpCall& a) { return nanmean_of(as_floats(a.tensor(0)), some_axes(a, 1), a.flag(2)); }
Tensor nanvar_of(const OpCall& a) {
  const auto x = as_floats(a.tensor(0));
  const auto axes = some_axes(a, 1);
  const auto apart = replaced(x - nanmean_of(x, axes, true), 0);
  return ops::reduce_sum(ops::square(apart), axes, a.flag(2)) / count_of(x, axes, a.flag(2));
}
Values nanvar(const OpCall& a) { return nanvar_of(a); }
Values nanstd(const OpCall& a) { return ops::sqrt(nanvar_of(a)); }
template <Tensor (*Scan)(const Tensor&, std::int64_t, bool, bool), int kNeutral>
Values nan_scan(const OpCall& a) {
  auto x = replaced(a.tensor(0), kNeutral);
  if (a.plain(2).is_string()) x = ops::cast(x, dtype_from_name(a.plain(2).as_string()));
  return a.plain(1).is_null() ? Scan(flat(x), 0, false, false) : Scan(x, a.integer(1, 0), false, false);
}

// Keras 3's quantile, of tfp.stats.percentile: places are counted in float64.
Tensor quantile_of(const Tensor& given, const Tensor& at, const Config& axis, const std::string& method,
                   bool keepdims) {
  const auto x = as_floats(given);
  const auto q = ops::cast(at, DType::float64);
  auto y = flat(x);
  const auto axes = axes_of(x, axis);
  if (axes.size() < x.shape().rank()) {
    Ints to;
    for (std::size_t i = 0; i < axes.size(); ++i)
      to.push_back(static_cast<std::int64_t>(i) - static_cast<std::int64_t>(axes.size()));
    const auto rows = moved(x, axes, to);
    const auto kept = rank_of(x) - static_cast<std::int64_t>(axes.size());
    y = axes.size() == 1 ? rows
                         : ops::reshape(rows, ops::concat({ops::slice(ops::shape(rows), {0}, {kept}),
                                                           Tensor::from<std::int32_t>(Shape{1}, {-1})},
                                                          0));
  }
  const auto last = rank_of(y) - 1;
  const auto n = size_along(y, last);
  const auto sorted = ops::reverse(call_op("TopKV2", {y, n}, {{"sorted", true}}).at(0), {last});
  const auto exact = (ops::cast(n, DType::float64) - 1.0) * q;
  const auto place = [&](const Tensor& t) { return ops::maximum(ops::minimum(ops::cast(t, DType::int32), n - 1), 0); };
  const auto pick = [&](const Tensor& i) { return ops::gather(sorted, i, last); };
  Tensor found;
  if (method == "nearest") {
    found = pick(place(ops::round(exact)));
  } else if (method == "lower") {
    found = pick(place(ops::floor(exact)));
  } else if (method == "higher") {
    found = pick(place(ops::ceil(exact)));
  } else if (method == "midpoint") {
    found = (pick(place(ops::floor(exact))) + pick(place(ops::ceil(exact)))) * 0.5;
  } else {
    const auto smaller = ops::maximum(place(ops::ceil(exact)) - 1, 0);
    const auto larger = ops::minimum(smaller + 1, n - 1);
    const auto part = ops::cast(ops::cast(larger, DType::float64) - exact, y.dtype());
    found = pick(larger) * (1.0 - part) + pick(smaller) * part;
  }
  // NaN where there is one.
  const auto nan = ops::reduce_any(ops::is_nan(y), last);
  found = ops::where(rank_of(q) > 0 ? ops::expand_dims(nan, -1) : nan,
                     scalar_like(y, std::numeric_limits<double>::quiet_NaN()), found);
  if (rank_of(q) > 0) found = moved(found, {-1}, {0});
  if (!keepdims) return found;
  auto sorted_axes = axes;
  std::ranges::sort(sorted_axes);
  for (const auto i : sorted_axes) found = ops::expand_dims(found, i + rank_of(q));
  return found;
}
Values median(const OpCall& a) {
  return quantile_of(a.tensor(0), Tensor::scalar(0.5), a.plain(1), "linear", a.flag(2));
}
Values quantile(const OpCall& a) {
  return quantile_of(a.tensor(0), a.as_given(1), a.plain(2), a.text(3, "linear"), a.flag(4));
}
Values percentile(const OpCall& a) {
  const auto q = ops::cast(a.as_given(1), DType::float64) / 100.0;
  return quantile_of(a.tensor(0), q, a.plain(2), a.text(3, "linear"), a.flag(4));
}

constexpr std::array kNotNumbers{
    special("ops>Nansum", "x axis= keepdims=false", nansum),
    special("ops>Nanprod", "x axis= keepdims=false", nanprod),
    special("ops>Nanmax", "x axis= keepdims=false", nan_extreme<ops::reduce_max, true>),
    special("ops>Nanmin", "x axis= keepdims=false", nan_extreme<ops::reduce_min, false>),
    special("ops>Nanmean", "x axis= keepdims=false", nanmean),
    special("ops>Nanvar", "x axis= keepdims=false", nanvar),
    special("ops>Nanstd", "x axis= keepdims=false", nanstd),
    special("ops>Nancumsum", "x axis= dtype=", nan_scan<ops::cumsum, 0>),
    special("ops>Nancumprod", "x axis= dtype=", nan_scan<ops::cumprod, 1>),
    special("ops>Median", "x axis= keepdims=false", median),
    special("ops>Quantile", "x q axis= method= keepdims=false", quantile),
    special("ops>Percentile", "x q axis= method= keepdims=false", percentile),
};

}  // namespace
}  // namespace hornbeam

HB_REGISTER(op_not_numbers) { hornbeam::add_op_functions("numpy", hornbeam::kNotNumbers); }
