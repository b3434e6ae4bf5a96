// Reductions, searches and running sums.
#include <array>

#include "hornbeam/errors.hpp"
#include "hornbeam/model.hpp"
#include "keras/engine/op_function_calls.h"
#include "keras/engine/op_function_rows.h"
#include "keras/engine/op_function_values.h"

namespace hornbeam {
namespace {

using namespace op_calls;  // NOLINT

ops::Axes axes(const OpCall& a, std::size_t i = 1) {
  return a.plain(i).is_null() ? ops::Axes() : ops::Axes(a.integers(i));
}

template <Tensor (*Reduce)(const Tensor&, const ops::Axes&, bool)>
Values reduce_bools(const OpCall& a) {
  return Reduce(as_bools(a.tensor(0)), axes(a), a.flag(2));
}
template <Tensor (*Reduce)(const Tensor&, const ops::Axes&, bool)>
Values reduce_floats(const OpCall& a) {
  return Reduce(as_floats(a.tensor(0)), axes(a), a.flag(2));
}
// Means of no floats are computed in floatx() by Keras 3.
template <Tensor (*Reduce)(const Tensor&, const ops::Axes&, bool)>
Values reduce_numbers(const OpCall& a) {
  return Reduce(as_numbers(a.tensor(0)), axes(a), a.flag(2));
}

// tf.math.argmax(input, axis=None (0), output_type).
template <Tensor (*Search)(const Tensor&, std::int64_t, DType)>
Values search(const OpCall& a) {
  return Search(a.tensor(0), a.integer(1, 0), dtype_from_name(a.text(2, "int64")));
}
template <Tensor (*Search)(const Tensor&, std::int64_t, DType)>
Tensor search_int32(const Tensor& x, const Config& axis, bool keepdims) {
  const auto whole = axis.is_null();
  auto found = Search(whole ? flat(x) : x, whole ? 0 : axis.as_int(), DType::int32);
  if (!keepdims) return found;
  return whole ? ops::reshape(found, Shape(Ints(x.shape().rank(), 1))) : ops::expand_dims(found, axis.as_int());
}
template <Tensor (*Search)(const Tensor&, std::int64_t, DType)>
Values search_keras3(const OpCall& a) {
  return search_int32<Search>(as_numbers(a.tensor(0)), a.plain(1), a.flag(2));
}

Values count_nonzero(const OpCall& a) {
  const auto dtype = dtype_from_name(a.text(3, "int64"));
  return ops::reduce_sum(ops::cast(as_bools(a.tensor(0)), dtype), axes(a), a.flag(2));
}
Values count_nonzero_keras3(const OpCall& a) {
  return ops::reduce_sum(ops::cast(as_bools(a.tensor(0)), DType::int32), axes(a));
}
Values zero_fraction(const OpCall& a) {
  return ops::reduce_mean(ops::cast(ops::equal(a.tensor(0), 0), DType::float32));
}

template <Tensor (*Scan)(const Tensor&, std::int64_t, bool, bool)>
Values scan(const OpCall& a) {
  return Scan(a.tensor(0), a.integer(1, 0), a.flag(2), a.flag(3));
}
template <Tensor (*Scan)(const Tensor&, std::int64_t, bool, bool)>
Values scan_keras3(const OpCall& a) {
  auto x = a.tensor(0);
  if (a.plain(2).is_string()) x = ops::cast(x, dtype_from_name(a.plain(2).as_string()));
  x = as_numbers(x);
  return a.plain(1).is_null() ? Scan(flat(x), 0, false, false) : Scan(x, a.integer(1, 0), false, false);
}
Values cumulative_logsumexp(const OpCall& a) {
  return call_op1("CumulativeLogsumexp", {a.tensor(0), Tensor::scalar(static_cast<std::int32_t>(a.integer(1, 0)))},
                  {{"exclusive", a.flag(2)}, {"reverse", a.flag(3)}});
}

Values top_k(const OpCall& a) {
  const auto found = ops::top_k(a.tensor(0), a.integer(1, 1), a.plain(2).is_null() || a.flag(2));
  return several({found.values, found.indices});
}
Values in_top_k(const OpCall& a) { return ops::in_top_k(a.as_given(0), a.tensor(1), a.integer(2, 1)); }

// The order of x along an axis: that of the largest, of it or of what is turned round.
Tensor order(const Tensor& x, std::int64_t axis, bool descending) {
  const auto last = rank_of(x) - 1, at = axis_of(x, axis);
  auto rows = at == last ? x : moved(x, {at}, {last});
  const auto n = rows.shape().back();
  if (n == None) throw NotImplementedError("sorting along a dim of unknown size is not yet supported");
  if (!descending) rows = is_integer(rows.dtype()) ? call_op1("Invert", {rows}) : -rows;
  const auto indices = ops::top_k(rows, n).indices;
  return at == last ? indices : moved(indices, {last}, {at});
}
Tensor sorted(const Tensor& x, std::int64_t axis, bool descending) {
  const auto last = rank_of(x) - 1, at = axis_of(x, axis);
  const auto rows = at == last ? x : moved(x, {at}, {last});
  const auto n = rows.shape().back();
  if (n == None) throw NotImplementedError("sorting along a dim of unknown size is not yet supported");
  auto values = ops::top_k(rows, n).values;
  if (!descending) values = ops::reverse(values, {last});
  return at == last ? values : moved(values, {last}, {at});
}
Values sort(const OpCall& a) { return sorted(a.tensor(0), a.integer(1, -1), a.text(2, "ASCENDING") == "DESCENDING"); }
Values argsort(const OpCall& a) { return order(a.tensor(0), a.integer(1, -1), a.text(2, "ASCENDING") == "DESCENDING"); }
Values sort_keras3(const OpCall& a) {
  const auto x = a.tensor(0);
  return a.plain(1).is_null() ? sorted(flat(x), 0, false) : sorted(x, a.integer(1, -1), false);
}
Values argsort_keras3(const OpCall& a) {
  const auto x = as_numbers(a.tensor(0));
  return a.plain(1).is_null() ? order(flat(x), 0, false) : order(x, a.integer(1, -1), false);
}

Values ptp(const OpCall& a) {
  const auto x = a.tensor(0);
  return ops::reduce_max(x, axes(a), a.flag(2)) - ops::reduce_min(x, axes(a), a.flag(2));
}
Values average(const OpCall& a) {
  const auto x = as_floats(a.tensor(0));
  if (!a.has(1)) return ops::reduce_mean(x, axes(a, 2));
  const auto weights = ops::cast(a.tensor(1), x.dtype());
  if (!a.plain(2).is_null() && rank_of(weights) != rank_of(x)) {
    Ints dims(x.shape().rank(), 1);
    dims[static_cast<std::size_t>(axis_of(x, a.integer(2, 0)))] = None;
    return ops::reduce_sum(x * ops::reshape(weights, Shape(dims)), axes(a, 2)) / ops::reduce_sum(weights);
  }
  return ops::reduce_sum(x * weights, axes(a, 2)) / ops::reduce_sum(weights, axes(a, 2));
}

constexpr std::array kReductions{
    special("math.reduce_sum", "input_tensor axis= keepdims=false", reduce<ops::reduce_sum>, "ops>Sum"),
    special("math.reduce_mean", "input_tensor axis= keepdims=false", reduce<ops::reduce_mean>, "ops>Mean"),
    special("math.reduce_max", "input_tensor axis= keepdims=false", reduce<ops::reduce_max>, "ops>Max"),
    special("math.reduce_min", "input_tensor axis= keepdims=false", reduce<ops::reduce_min>, "ops>Min"),
    special("math.reduce_prod", "input_tensor axis= keepdims=false", reduce<ops::reduce_prod>, "ops>Prod"),
    special("math.reduce_any", "input_tensor axis= keepdims=false", reduce<ops::reduce_any>, "ops>Any"),
    special("math.reduce_all", "input_tensor axis= keepdims=false", reduce<ops::reduce_all>, "ops>All"),
    special("ops>Sum", "x axis= keepdims=false", reduce<ops::reduce_sum>),
    special("ops>Mean", "x axis= keepdims=false", reduce_floats<ops::reduce_mean>),
    special("ops>Max", "x axis= keepdims=false initial==", reduce<ops::reduce_max>),
    special("ops>Min", "x axis= keepdims=false initial==", reduce<ops::reduce_min>),
    special("ops>Prod", "x axis= keepdims=false dtype==", reduce<ops::reduce_prod>),
    special("ops>Any", "x axis= keepdims=false", reduce_bools<ops::reduce_any>),
    special("ops>All", "x axis= keepdims=false", reduce_bools<ops::reduce_all>),
    special("math.reduce_variance", "input_tensor axis= keepdims=false", reduce<ops::reduce_variance>, "ops>Var"),
    special("math.reduce_std", "input_tensor axis= keepdims=false", reduce<ops::reduce_std>, "ops>Std"),
    special("math.reduce_euclidean_norm", "input_tensor axis= keepdims=false", reduce<ops::euclidean_norm>),
    special("math.argmax", "input axis= output_type=", search<ops::argmax>),
    special("math.argmin", "input axis= output_type=", search<ops::argmin>),
    special("math.count_nonzero", "input axis= keepdims=false dtype=", count_nonzero),
    special("math.zero_fraction", "value", zero_fraction),
    special("math.cumsum", "x axis=0 exclusive=false reverse=false", scan<ops::cumsum>),
    special("math.cumprod", "x axis=0 exclusive=false reverse=false", scan<ops::cumprod>),
    special("math.cumulative_logsumexp", "x axis=0 exclusive=false reverse=false", cumulative_logsumexp),
    special("sort", "values axis=-1 direction=", sort),
    special("argsort", "values axis=-1 direction= stable=", argsort),
    special("ops>Amax", "x axis= keepdims=false", reduce<ops::reduce_max>),
    special("ops>Amin", "x axis= keepdims=false", reduce<ops::reduce_min>),
    special("ops>Var", "x axis= keepdims=false", reduce_floats<ops::reduce_variance>),
    special("ops>Std", "x axis= keepdims=false", reduce_floats<ops::reduce_std>),
    special("ops>Argmax", "x axis= keepdims=false", search_keras3<ops::argmax>),
    special("ops>Argmin", "x axis= keepdims=false", search_keras3<ops::argmin>),
    special("ops>CountNonzero", "x axis=", count_nonzero_keras3),
    special("ops>Cumsum", "x axis= dtype=", scan_keras3<ops::cumsum>),
    special("ops>Cumprod", "x axis= dtype=", scan_keras3<ops::cumprod>),
    special("ops>Sort", "x axis=-1", sort_keras3),
    special("ops>Argsort", "x axis=-1", argsort_keras3),
    special("ops>Ptp", "x axis= keepdims=false", ptp),
    special("ops>Average", "x weights axis=", average),
};

constexpr std::array kReductionsMath{
    special("math.reduce_logsumexp", "input_tensor axis= keepdims=false", reduce<ops::reduce_logsumexp>,
            "ops>Logsumexp"),
    special("math.top_k", "input k=1 sorted=true index_type==", top_k, "ops>TopK"),
    special("math.in_top_k", "targets predictions k=", in_top_k, "ops>InTopK"),
    special("ops>Logsumexp", "x axis= keepdims=false", reduce_floats<ops::reduce_logsumexp>),
    special("ops>TopK", "x k= sorted=true", top_k),
    special("ops>InTopK", "targets predictions k=", in_top_k),
};

}  // namespace
}  // namespace hornbeam

HB_REGISTER(op_reductions) {
  hornbeam::add_op_functions("numpy", hornbeam::kReductions);
  hornbeam::add_op_functions("math", hornbeam::kReductionsMath);
}
