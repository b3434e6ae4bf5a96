// Functions that take by index, and those that make masks and diagonals.
#include <array>

#include "hornbeam/errors.hpp"
#include "hornbeam/operators.hpp"
#include "keras/engine/op_function_calls.h"
#include "keras/engine/op_function_rows.h"
#include "keras/engine/op_function_values.h"

namespace hornbeam {
namespace {

using namespace op_calls;  // NOLINT

// Indices of constants are int64 unless they say otherwise; Keras counts negative ones from the end.
Tensor indices_of(const OpCall& a, std::size_t i) {
  const auto t = a.as_given(i);
  return t.is_concrete() && t.dtype() == DType::int64 ? ops::cast(t, DType::int32) : t;
}
Tensor from_the_end(const Tensor& indices, const Tensor& x, std::int64_t axis) {
  return ops::where(ops::less(indices, 0), indices + ops::cast(size_along(x, axis), indices.dtype()), indices);
}

// tf.gather(params, indices, axis, batch_dims): by default along the first dim that is no batch.
Values gather(const OpCall& a) {
  const auto batch_dims = a.integer(3, 0);
  return ops::gather(a.tensor(0), indices_of(a, 1), a.integer(2, batch_dims), batch_dims);
}
Values gather_nd(const OpCall& a) {
  const auto x = a.tensor(0), indices = indices_of(a, 1);
  const auto batch_dims = a.integer(2, 0);
  if (batch_dims == 0) return ops::gather_nd(x, indices);
  if (batch_dims != 1) throw NotImplementedError("gather_nd with batch_dims > 1 is not yet supported");
  // The number of the batch goes before each index.
  const auto zero = Tensor::scalar<std::int32_t>(0), one = Tensor::scalar<std::int32_t>(1);
  auto number = ops::cast(ops::range(zero, size_along(x, 0), one), indices.dtype());
  Ints dims(indices.shape().rank(), 1);
  dims[0] = None;
  const auto rest = ops::slice(indices, Ints(indices.shape().rank(), 0), [&] {
    Ints size(indices.shape().rank(), -1);
    size.back() = 1;
    return size;
  }());
  return ops::gather_nd(x, ops::concat({ops::reshape(number, Shape(dims)) + ops::zeros_like(rest), indices}, -1));
}
Values embedding_lookup(const OpCall& a) {
  const auto table = a.as_given(0);
  return ops::gather(table.dtype() == DType::float64 ? ops::cast(table, DType::float32) : table, indices_of(a, 1), 0);
}
Values take(const OpCall& a) {
  const auto whole = a.plain(2).is_null();
  const auto x = whole ? flat(a.tensor(0)) : a.tensor(0);
  const auto axis = whole ? 0 : a.integer(2, 0);
  return ops::gather(x, from_the_end(indices_of(a, 1), x, axis), axis_of(x, axis));
}
Values take_along_axis(const OpCall& a) {
  const auto whole = a.plain(2).is_null();
  auto x = whole ? flat(a.tensor(0)) : a.tensor(0), indices = indices_of(a, 1);
  if (whole) indices = flat(indices);
  const auto axis = whole ? 0 : axis_of(x, a.integer(2, 0)), last = rank_of(x) - 1;
  if (rank_of(indices) != rank_of(x)) {
    throw ValueError("`x` and `indices` must have the same number of dimensions, received: x.ndim=" +
                     std::to_string(rank_of(x)) + ", indices.ndim=" + std::to_string(rank_of(indices)));
  }
  indices = from_the_end(indices, x, axis);
  const auto turn = [&](const Tensor& t, std::int64_t from, std::int64_t to) {
    return from == to ? t : moved(t, {from}, {to});
  };
  return turn(ops::gather(turn(x, axis, last), turn(indices, axis, last), last, last), last, axis);
}

Values one_hot(const OpCall& a) {
  const auto name = a.text(5, "");
  // Python's ints make int32.
  const bool of_ints =
      (a.has(2) && is_integer(a.as_given(2).dtype())) || (a.has(3) && is_integer(a.as_given(3).dtype()));
  const auto dtype = !name.empty() ? dtype_from_name(name) : of_ints ? DType::int32 : DType::float32;
  if (!a.has(2) && !a.has(3)) return ops::one_hot(indices_of(a, 0), a.integer(1, 0), dtype, a.integer(4, -1));
  const auto on = a.has(2) ? ops::cast(a.as_given(2), dtype) : ops::constant(1, dtype);
  const auto off = a.has(3) ? ops::cast(a.as_given(3), dtype) : ops::constant(0, dtype);
  const auto depth = Tensor::scalar(static_cast<std::int32_t>(a.integer(1, 0)));
  return call_op1("OneHot", {indices_of(a, 0), depth, on, off}, {{"axis", a.integer(4, -1)}});
}
Tensor hot(const OpCall& a) {
  if (a.plain(1).is_null()) a.missing(1);
  if (a.flag(4)) throw NotImplementedError("sparse tensors are not yet supported");
  const auto dtype = dtype_from_name(a.text(3, "float32"));
  return ops::one_hot(ops::cast(a.as_given(0), DType::int64), a.integer(1, 0), dtype, a.integer(2, -1));
}
Values one_hot_keras3(const OpCall& a) { return hot(a); }
Values multi_hot(const OpCall& a) { return ops::reduce_max(hot(a), a.as_given(0).shape().rank() > 1 ? 1 : 0); }

Values sequence_mask(const OpCall& a) {
  const auto lengths = indices_of(a, 0);
  const auto zero = Tensor::scalar<std::int32_t>(0), one = Tensor::scalar<std::int32_t>(1);
  const auto limit =
      a.has(1) ? ops::cast(a.as_given(1), DType::int32) : ops::cast(ops::reduce_max(lengths), DType::int32);
  const auto places = ops::cast(ops::range(zero, limit, one), lengths.dtype());
  const auto mask = ops::less(places, ops::expand_dims(lengths, -1));
  const auto dtype = dtype_from_name(a.text(2, "bool"));
  return dtype == DType::boolean ? mask : ops::cast(mask, dtype);
}
Values reverse_sequence(const OpCall& a) {
  return ops::reverse_sequence(a.tensor(0), indices_of(a, 1), a.integer(2, 0), a.integer(3, 0));
}
Values range(const OpCall& a) {
  const auto start = a.as_given(0);
  const auto other = [&](std::size_t i, int otherwise) {
    return a.has(i) ? ops::cast(a.as_given(i), start.dtype()) : ops::constant(otherwise, start.dtype());
  };
  const auto made =
      a.has(1) ? ops::range(start, other(1, 0), other(2, 1)) : ops::range(ops::zeros_like(start), start, other(2, 1));
  return a.plain(3).is_string() ? ops::cast(made, dtype_from_name(a.plain(3).as_string())) : made;
}
Values tensor_scatter(const OpCall& a) {
  const auto x = a.tensor(0);
  return call_op1("TensorScatterUpdate", {x, indices_of(a, 1), ops::cast(a.as_given(2), x.dtype())});
}
// inputs with the updates from `start` on. A dim whose size is not known is taken whole.
Values slice_update(const OpCall& a) {
  const auto x = a.tensor(0);
  const auto updates = ops::cast(a.tensor(2), x.dtype());
  const auto start = a.integers(1);
  std::vector<Ints> around;
  for (std::size_t i = 0; i < x.shape().rank(); ++i) {
    const auto n = x.shape()[i], m = updates.shape()[i];
    if ((n == None || m == None) && start.at(i) != 0) {
      throw NotImplementedError("slice_update along a dim of unknown size is not yet supported");
    }
    around.push_back({start.at(i), n == None || m == None ? 0 : n - m - start[i]});
  }
  const auto inside = ops::pad(ops::ones_like(ops::cast(updates, DType::int32)), around);
  return ops::where(ops::cast(inside, DType::boolean), ops::pad(updates, around), x);
}

// What band_part keeps when the band does not reach the diagonal is what it drops of the other side.
Tensor triangle(const Tensor& x, std::int64_t k, bool lower) {
  if (lower && k >= 0) return ops::band_part(x, -1, k);
  if (!lower && k <= 0) return ops::band_part(x, -k, -1);
  const auto ones = ops::cast(ops::ones_like(x), DType::int32);
  const auto dropped = lower ? ops::band_part(ones, -k - 1, -1) : ops::band_part(ones, -1, k - 1);
  return ops::where(ops::equal(dropped, 0), x, ops::zeros_like(x));
}
Values tril(const OpCall& a) { return triangle(a.tensor(0), a.integer(1, 0), true); }
Values triu(const OpCall& a) { return triangle(a.tensor(0), a.integer(1, 0), false); }
Values band_part(const OpCall& a) { return ops::band_part(a.tensor(0), a.integer(1, -1), a.integer(2, -1)); }

Tensor diagonal_of(const Tensor& x, std::int64_t k) {
  return call_op1("MatrixDiagPartV3", {x, Tensor::scalar(static_cast<std::int32_t>(k)), ops::constant(0, x.dtype())});
}
Tensor diagonal_matrix(const Tensor& x, std::int64_t k) {
  const auto number = [](std::int64_t n) { return Tensor::scalar(static_cast<std::int32_t>(n)); };
  return call_op1("MatrixDiagV3", {x, number(k), number(-1), number(-1), ops::constant(0, x.dtype())});
}
Values diag_part(const OpCall& a) { return diagonal_of(a.tensor(0), 0); }
Values diag(const OpCall& a) { return diagonal_matrix(a.tensor(0), 0); }
Values tensor_trace(const OpCall& a) { return ops::reduce_sum(diagonal_of(a.tensor(0), 0), -1); }
Tensor diagonal_between(const OpCall& a, const Tensor& x) {
  return diagonal_of(moved(x, {a.integer(2, 0), a.integer(3, 1)}, {-2, -1}), a.integer(1, 0));
}
Values diagonal(const OpCall& a) { return diagonal_between(a, a.tensor(0)); }
Values trace(const OpCall& a) { return ops::reduce_sum(diagonal_between(a, as_numbers(a.tensor(0))), -1); }
Values diag_keras3(const OpCall& a) {
  const auto x = a.tensor(0);
  return rank_of(x) == 1 ? diagonal_matrix(x, a.integer(1, 0)) : diagonal_of(x, a.integer(1, 0));
}
Values diagflat(const OpCall& a) { return diagonal_matrix(flat(a.tensor(0)), a.integer(1, 0)); }
Values nonzero(const OpCall& a) {
  const auto x = a.tensor(0);
  std::vector<Tensor> out;
  const auto found = ops::cast(ops::where(as_bools(x)), DType::int32);
  for (auto& part : ops::split(found, rank_of(x), 1)) out.push_back(ops::reshape(part, Shape{None}));
  return several(out);
}

constexpr std::array kIndexing{
    special("compat.v1.gather", "params indices axis= batch_dims= validate_indices=", gather),
    special("gather", "params indices axis= batch_dims= validate_indices=", gather),
    special("compat.v1.gather_nd", "params indices batch_dims=", gather_nd),
    special("gather_nd", "params indices batch_dims=", gather_nd),
    special("compat.v1.nn.embedding_lookup", "params ids partition_strategy= max_norm==", embedding_lookup),
    special("nn.embedding_lookup", "params ids max_norm==", embedding_lookup),
    special("one_hot", "indices depth= on_value off_value axis= dtype=", one_hot),
    special("sequence_mask", "lengths maxlen dtype=", sequence_mask),
    special("reverse_sequence", "input seq_lengths seq_axis= batch_axis=", reverse_sequence),
    special("range", "start limit delta dtype=", range),
    special("tensor_scatter_nd_update", "tensor indices updates", tensor_scatter),
    special("linalg.band_part", "input num_lower= num_upper=", band_part),
    special("linalg.diag_part", "input k==0 padding_value==0 align=", diag_part),
    special("linalg.diag", "diagonal k==0 num_rows==-1 num_cols==-1 padding_value==0 align=", diag),
    special("linalg.trace", "x", tensor_trace),
    special("ops>Take", "x indices axis=", take),
    special("ops>TakeAlongAxis", "x indices axis=", take_along_axis),
    special("ops>Tril", "x k=0", tril),
    special("ops>Triu", "x k=0", triu),
    special("ops>Diag", "x k=0", diag_keras3),
    special("ops>Diagflat", "x k=0", diagflat),
    special("ops>Diagonal", "x offset=0 axis1=0 axis2=1", diagonal),
    special("ops>Trace", "x offset=0 axis1=0 axis2=1", trace),
    special("ops>Nonzero", "x", nonzero),
};

constexpr std::array kIndexingCore{
    special("ops>SliceUpdate", "inputs start_indices= updates", slice_update),
};

constexpr std::array kHot{
    special("ops>OneHot", "x num_classes= axis=-1 dtype= sparse=false", one_hot_keras3),
    special("ops>MultiHot", "inputs num_classes= axis=-1 dtype= sparse=false", multi_hot),
};

}  // namespace
}  // namespace hornbeam

HB_REGISTER(op_indexing) {
  hornbeam::add_op_functions("numpy", hornbeam::kIndexing);
  hornbeam::add_op_functions("core", hornbeam::kIndexingCore);
  hornbeam::add_op_functions("nn", hornbeam::kHot);
}
