// Functions that move, join and cut, but compute nothing.
#include <algorithm>
#include <array>
#include <cctype>

#include "hornbeam/errors.hpp"
#include "hornbeam/model.hpp"
#include "keras/engine/op_function_calls.h"
#include "keras/engine/op_function_rows.h"
#include "keras/engine/op_function_values.h"

namespace hornbeam {
namespace {

using namespace op_calls;  // NOLINT

Ints sizes_of(const OpCall& a, std::size_t i) { return a.plain(i).as_list().empty() ? Ints{} : a.integers(i); }

Values split(const OpCall& a) {
  const auto x = a.tensor(0);
  const auto axis = a.integer(2, 0);
  if (!a.plain(1).is_list()) return several(ops::split(x, a.integer(1, 1), axis));
  auto sizes = sizes_of(a, 1);
  const auto known = x.shape().dim(axis);
  for (auto& s : sizes) {
    if (s >= 0) continue;
    if (known == None) throw NotImplementedError("a split into -1 of a dim of unknown size is not yet supported");
    auto rest = known;
    for (const auto other : sizes) rest -= std::max<std::int64_t>(other, 0);
    s = rest;
  }
  return several(ops::split(x, sizes, axis));
}
// numpy.split: so many parts, or the places between them. `uneven`: the first parts may be greater by one.
Values parts(const Tensor& x, const Config& where, std::int64_t axis, bool uneven) {
  const auto known = x.shape().dim(axis);
  if (!where.is_list() && !uneven) return several(ops::split(x, where.as_int(), axis));
  if (known == None) throw NotImplementedError("a split at indices of a dim of unknown size is not yet supported");
  Ints sizes;
  if (!where.is_list()) {
    const auto n = where.as_int();
    if (n <= 0) throw ValueError("`indices_or_sections` must be positive; received " + std::to_string(n));
    for (std::int64_t i = 0; i < n; ++i) sizes.push_back(known / n + (i < known % n));
  } else {
    std::int64_t last = 0;
    for (auto at : where.as_ints()) {
      at = std::clamp<std::int64_t>(at < 0 ? at + known : at, last, known);
      sizes.push_back(at - last);
      last = at;
    }
    sizes.push_back(known - last);
  }
  return several(ops::split(x, sizes, axis));
}
Values split_keras3(const OpCall& a) { return parts(a.tensor(0), a.plain(1), a.integer(2, 0), false); }
Values array_split(const OpCall& a) { return parts(a.tensor(0), a.plain(1), a.integer(2, 0), true); }
template <int kAxis>
Values split_axis(const OpCall& a) {
  const auto x = a.tensor(0);
  return parts(x, a.plain(1), kAxis == 1 && rank_of(x) == 1 ? 0 : kAxis, false);
}
Values unstack(const OpCall& a) { return several(ops::unstack(a.tensor(0), a.integer(2, 0))); }

template <int kAxis>
Values joined(const OpCall& a) {
  auto xs = a.tensors(0);
  constexpr std::int64_t kRank = kAxis + 1;
  auto axis = static_cast<std::int64_t>(kAxis);
  for (auto& x : xs) {
    // vstack and dstack make matrices, or stacks of them; hstack joins vectors along their one dim.
    if (kAxis == 1) {
      if (rank_of(x) == 0) x = ops::reshape(x, Shape{1});
      if (rank_of(x) == 1) axis = 0;
      continue;
    }
    if (rank_of(x) == 0) x = ops::reshape(x, Shape{1});
    if (rank_of(x) == 1) x = ops::expand_dims(x, 0);
    if (rank_of(x) == 2 && kRank == 3) x = ops::expand_dims(x, 2);
  }
  return ops::concat(xs, axis);
}
Values append(const OpCall& a) {
  const auto [x, y] = promoted(a.tensor(0), a.tensor(1));
  if (a.plain(2).is_null()) return ops::concat({flat(x), flat(y)}, 0);
  return ops::concat({x, y}, a.integer(2, 0));
}

Values swapaxes(const OpCall& a) {
  const auto x = a.tensor(0);
  return moved(x, {a.integer(1, 0), a.integer(2, 0)}, {a.integer(2, 0), a.integer(1, 0)});
}
Values moveaxis(const OpCall& a) { return moved(a.tensor(0), a.integers(1), a.integers(2)); }

Values reverse(const OpCall& a) { return ops::reverse(a.tensor(0), axes_of(a.tensor(0), a.plain(1))); }
Values fliplr(const OpCall& a) { return ops::reverse(a.tensor(0), {1}); }
Values flipud(const OpCall& a) { return ops::reverse(a.tensor(0), {0}); }

Tensor rolled(const Tensor& x, std::int64_t shift, std::int64_t axis) {
  const auto at = axis_of(x, axis);
  const auto known = x.shape().dim(at);
  const auto n = size_along(x, at);
  // Row i is taken from i - shift, counted round.
  const auto count = ops::range(Tensor::scalar<std::int32_t>(0), n, Tensor::scalar<std::int32_t>(1));
  if (known == 0) return x;
  return ops::gather(x, ops::mod(count - shift, n), at);
}
Values roll(const OpCall& a) {
  auto x = a.tensor(0);
  const auto shifts = a.integers(1);
  if (a.plain(2).is_null()) {
    const auto y = rolled(flat(x), shifts.at(0), 0);
    return ops::reshape(y, ops::shape(x));
  }
  const auto at = each(a.plain(2), shifts.size() == 1 ? a.integers(2).size() : shifts.size());
  for (std::size_t i = 0; i < at.size(); ++i) x = rolled(x, shifts.size() == 1 ? shifts[0] : shifts[i], at[i]);
  return x;
}
Values rot90(const OpCall& a) {
  const auto x = a.tensor(0);
  const auto k = ((a.integer(1, 1) % 4) + 4) % 4;
  const auto at = a.plain(2).is_null() ? Ints{0, 1} : axes_of(x, a.plain(2));
  if (at.size() != 2 || at[0] == at[1]) throw ValueError("Invalid axes: " + a.plain(2).dump());
  if (k == 0) return x;
  if (k == 2) return ops::reverse(x, at);
  const auto turn = [&](const Tensor& t) { return moved(t, {at[0], at[1]}, {at[1], at[0]}); };
  return k == 1 ? turn(ops::reverse(x, {at[1]})) : ops::reverse(turn(x), {at[1]});
}

Tensor repeated(const Tensor& x, const Ints& counts, std::int64_t axis) {
  const auto at = axis_of(x, axis);
  const auto known = x.shape().dim(at);
  if (counts.size() == 1) {
    const auto index =
        ops::range(Tensor::scalar<std::int32_t>(0), size_along(x, at) * counts[0], Tensor::scalar<std::int32_t>(1));
    if (known == 0 || counts[0] == 0) return ops::gather(x, ops::zeros(Shape{0}, DType::int32), at);
    return ops::gather(x, ops::floor_div(index, counts[0]), at);
  }
  std::vector<std::int32_t> rows;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    rows.insert(rows.end(), static_cast<std::size_t>(std::max<std::int64_t>(counts[i], 0)),
                static_cast<std::int32_t>(i));
  }
  const auto n = static_cast<std::int64_t>(rows.size());
  return ops::gather(x, Tensor::from<std::int32_t>(Shape{n}, rows), at);
}
Values repeat(const OpCall& a) {
  const auto x = a.tensor(0);
  if (a.plain(1).is_null()) a.missing(1);
  const auto counts = array_of(a.plain(1)) ? array_of(a.plain(1))->at("value").as_ints() : a.integers(1);
  return a.plain(2).is_null() ? repeated(flat(x), counts, 0) : repeated(x, counts, a.integer(2, 0));
}

std::vector<Ints> widths(const Config& config, std::size_t rank) {
  std::vector<Ints> out;
  const auto& given = array_of(config) ? array_of(config)->at("value") : config;
  if (given.is_int()) return std::vector<Ints>(rank, {given.as_int(), given.as_int()});
  for (const auto& item : given.as_list()) {
    if (item.is_int()) return std::vector<Ints>(rank, each(given, 2));
    out.push_back(each(item, 2));
  }
  if (out.size() == 1) out.resize(rank, out[0]);
  return out;
}
Values pad(const OpCall& a) {
  const auto x = a.tensor(0);
  if (a.plain(1).is_null()) a.missing(1);
  const auto paddings = widths(a.plain(1), x.shape().rank());
  auto mode = a.text(2, "CONSTANT");
  for (auto& c : mode) c = static_cast<char>(std::toupper(c));
  if (mode != "CONSTANT") return ops::pad(x, paddings, mode);
  return a.has(3) ? ops::pad(x, paddings, ops::cast(a.tensor(3), x.dtype())) : ops::pad(x, paddings);
}

Values broadcast_to(const OpCall& a) {
  if (!a.plain(1).is_list()) return ops::broadcast_to(a.tensor(0), a.as_given(1));
  return ops::broadcast_to(a.tensor(0), Shape(sizes_of(a, 1)));
}
Values slice(const OpCall& a) {
  if (a.plain(1).is_list() && a.plain(2).is_list()) return ops::slice(a.tensor(0), sizes_of(a, 1), sizes_of(a, 2));
  const auto begin = ops::cast(a.as_given(1), DType::int32), size = ops::cast(a.as_given(2), DType::int32);
  return call_op1("Slice", {a.tensor(0), begin, size});
}
Values ravel(const OpCall& a) { return flat(a.tensor(0)); }
Values batch_flatten(const OpCall& a) {
  const auto x = a.tensor(0);
  std::int64_t n = 1;
  for (std::size_t i = 1; i < x.shape().rank(); ++i) n = n == None || x.shape()[i] == None ? None : n * x.shape()[i];
  if (n != None) return ops::reshape(x, Shape{None, n});
  return ops::reshape(x, ops::stack({size_along(x, 0), ops::floor_div(ops::size(x), size_along(x, 0))}));
}
Values shape(const OpCall& a) { return ops::cast(ops::shape(a.tensor(0)), dtype_from_name(a.text(1, "int32"))); }
Values fill(const OpCall& a) {
  const auto value = a.as_given(1);
  // Python's floats are float32 here.
  return ops::fill(ops::cast(a.as_given(0), DType::int32),
                   value.dtype() == DType::float64 ? ops::cast(value, DType::float32) : value);
}
Values size(const OpCall& a) { return ops::size(a.tensor(0)); }
Values ndim(const OpCall& a) { return ops::rank(a.tensor(0)); }
Values full_like(const OpCall& a) {
  const auto x = a.tensor(0);
  const auto dtype = a.plain(2).is_string() ? dtype_from_name(a.plain(2).as_string()) : x.dtype();
  return ops::broadcast_to(ops::cast(a.as_given(1), dtype), ops::shape(x));
}

constexpr std::array kShapes{
    special("concat", "values axis=", concat, "ops>Concatenate"),
    special("stack", "values axis=0", stack, "ops>Stack"),
    special("expand_dims", "input axis=", expand_dims, "ops>ExpandDims"),
    special("compat.v1.squeeze", "input axis=", squeeze, "ops>Squeeze", kNamed),
    special("squeeze", "input axis=", squeeze, "ops>Squeeze"),
    special("compat.v1.transpose", "a perm=", transpose, "ops>Transpose",
            R"({"name": "transpose", "conjugate": false})"),
    special("transpose", "a perm=", transpose, "ops>Transpose"),
    special("reshape", "tensor shape=", reshape, "ops>Reshape"),
    special("linalg.matmul", "a b transpose_a=false transpose_b=false", matmul, "ops>Matmul"),
    special("where", "condition x y", where, "ops>Where"),
    special("clip_by_value", "t clip_value_min clip_value_max", clip, "ops>Clip"),
    special("tile", "input multiples=", tile, "ops>Tile", kNamed),
    special("zeros_like", "input dtype=", like<ops::zeros_like>, "ops>ZerosLike"),
    special("ones_like", "input dtype=", like<ops::ones_like>, "ops>OnesLike"),
    special("__operators__.getitem", "tensor slice_spec=", getitem, "ops>GetItem"),
    special("ops>Concatenate", "xs axis=-1", concat),
    special("ops>Stack", "x axis=0", stack),
    special("ops>ExpandDims", "x axis=", expand_dims),
    special("ops>Squeeze", "x axis=", squeeze),
    special("ops>Transpose", "x axes=", transpose),
    special("ops>Reshape", "x newshape=", reshape),
    special("ops>Matmul", "x1 x2", matmul),
    special("ops>Where", "condition x1 x2", where),
    special("ops>Clip", "x x_min= x_max=", clip),
    special("ops>Tile", "x repeats=", tile),
    special("ops>ZerosLike", "x dtype=", like<ops::zeros_like>),
    special("ops>OnesLike", "x dtype=", like<ops::ones_like>),
    special("ops>GetItem", "x key", getitem),
    special("split", "value num_or_size_splits= axis=0 num==", split),
    special("unstack", "value num= axis=0", unstack, "ops>Unstack"),
    special("reverse", "tensor axis=", reverse, "ops>Flip", kNamed),
    special("roll", "input shift= axis=", roll, "ops>Roll"),
    special("repeat", "input repeats= axis=", repeat, "ops>Repeat"),
    special("compat.v1.pad", "tensor paddings= mode= constant_values", pad),
    special("pad", "tensor paddings= mode= constant_values", pad),
    special("broadcast_to", "input shape=", broadcast_to, "ops>BroadcastTo", kNamed),
    special("slice", "input_ begin= size=", slice),
    special("keras.backend.batch_flatten", "x", batch_flatten),
    special("compat.v1.shape", "input out_type=", shape),
    special("shape", "input out_type=", shape),
    special("fill", "dims value layout==", fill),
    special("ops>Split", "x indices_or_sections= axis=0", split_keras3),
    special("ops>ArraySplit", "x indices_or_sections= axis=0", array_split),
    special("ops>Hsplit", "x indices_or_sections=", split_axis<1>),
    special("ops>Vsplit", "x indices_or_sections=", split_axis<0>),
    special("ops>Dsplit", "x indices_or_sections=", split_axis<2>),
    special("ops>Hstack", "xs", joined<1>),
    special("ops>Vstack", "xs", joined<0>),
    special("ops>Dstack", "xs", joined<2>),
    special("ops>Append", "x1 x2 axis=", append),
    special("ops>Swapaxes", "x axis1= axis2=", swapaxes),
    special("ops>Moveaxis", "x source= destination=", moveaxis),
    special("ops>Flip", "x axis=", reverse),
    special("ops>Fliplr", "x", fliplr),
    special("ops>Flipud", "x", flipud),
    special("ops>Roll", "x shift= axis=", roll),
    special("ops>Rot90", "array k=1 axes=", rot90),
    special("ops>Repeat", "x repeats= axis=", repeat),
    special("ops>Pad", "x pad_width= mode= constant_values", pad),
    special("ops>BroadcastTo", "x shape=", broadcast_to),
    special("ops>Ravel", "x", ravel),
    special("ops>Size", "x", size),
    special("ops>Ndim", "x", ndim),
    special("ops>FullLike", "x fill_value dtype=", full_like),
    special("ops>EmptyLike", "x dtype=", like<ops::zeros_like>),
    special("ops>Array", "x dtype=", like<ops::identity>),
    special("ops>Copy", "x", unary<ops::identity>),
};

constexpr std::array kShapesCore{
    elementwise("identity", "input", "Identity"),
    elementwise("stop_gradient", "input", "StopGradient"),
    special("cast", "x dtype=", cast, "ops>Cast"),
    special("convert_to_tensor", "value dtype= dtype_hint==", like<ops::identity>, "ops>ConvertToTensor"),
    special("ops>Cast", "x dtype=", cast),
    special("ops>ConvertToTensor", "x dtype= sparse== ragged==", like<ops::identity>),
    special("ops>Unstack", "x num= axis=0", unstack),
    special("ops>Slice", "inputs start_indices= shape=", slice),
    special("ops>StopGradient", "variable", unary<ops::stop_gradient>),
};

}  // namespace
}  // namespace hornbeam

HB_REGISTER(op_shapes) {
  hornbeam::add_op_functions("numpy", hornbeam::kShapes);
  hornbeam::add_op_functions("core", hornbeam::kShapesCore);
}
