#include "hornbeam/ops_array.hpp"
#include "ops/int_values.h"
#include "ops/op_def.h"

namespace hornbeam::ops {
namespace {

Tensor axis_tensor(std::int64_t axis) { return Tensor::scalar(checked_int32(axis)); }

Tensor number(DType dtype, double value) { return cast(Tensor::scalar(value), dtype); }

Tensor random(const char* op, const Tensor& dims, DType dtype, std::int64_t seed) {
  return call_op1(op, {dims}, {{"dtype", dtype}, {"seed", seed}});
}
Tensor stateless(const char* op, const Tensor& dims, const Tensor& seed, DType dtype) {
  return call_op1(op, {dims, seed}, {{"dtype", dtype}});
}

Tensor paddings_tensor(const std::vector<std::vector<std::int64_t>>& paddings) {
  std::vector<std::int32_t> flat;
  for (const auto& p : paddings) {
    flat.push_back(checked_int32(p.at(0)));
    flat.push_back(checked_int32(p.at(1)));
  }
  return Tensor::from<std::int32_t>({static_cast<std::int64_t>(paddings.size()), 2}, flat);
}

}  // namespace

Tensor fill(const Shape& dims, const Tensor& value) { return call_op1("Fill", {int32_vector(dims.dims()), value}); }
Tensor fill(const Tensor& dims, const Tensor& value) { return call_op1("Fill", {dims, value}); }
Tensor zeros(const Shape& dims, DType dtype) { return Tensor::zeros(dtype, dims); }
Tensor ones(const Shape& dims, DType dtype) { return fill(dims, number(dtype, 1)); }
Tensor zeros_like(const Tensor& x) { return call_op1("ZerosLike", {x}); }
Tensor ones_like(const Tensor& x) { return call_op1("OnesLike", {x}); }

Tensor range(std::int64_t start, std::int64_t limit, std::int64_t delta, DType dtype) {
  const auto as = [&](std::int64_t v) { return cast(Tensor::scalar(v), dtype); };
  return call_op1("Range", {as(start), as(limit), as(delta)});
}

Tensor range(const Tensor& start, const Tensor& limit, const Tensor& delta) {
  return call_op1("Range", {start, limit, delta});
}
Tensor linspace(const Tensor& start, const Tensor& stop, std::int64_t num) {
  return call_op1("LinSpace", {start, stop, axis_tensor(num)});
}

Tensor random_uniform(const Tensor& dims, DType dtype, std::int64_t seed) {
  return random("RandomUniform", dims, dtype, seed);
}
Tensor random_normal(const Tensor& dims, DType dtype, std::int64_t seed) {
  return random("RandomStandardNormal", dims, dtype, seed);
}
Tensor random_truncated_normal(const Tensor& dims, DType dtype, std::int64_t seed) {
  return random("TruncatedNormal", dims, dtype, seed);
}
Tensor random_shuffle(const Tensor& x, std::int64_t seed) { return call_op1("RandomShuffle", {x}, {{"seed", seed}}); }
Tensor stateless_uniform(const Tensor& dims, const Tensor& seed, DType dtype) {
  return stateless("StatelessRandomUniform", dims, seed, dtype);
}
Tensor stateless_uniform_int(const Tensor& dims, const Tensor& seed, const Tensor& minval, const Tensor& maxval) {
  return call_op1("StatelessRandomUniformInt", {dims, seed, minval, maxval});
}
Tensor stateless_normal(const Tensor& dims, const Tensor& seed, DType dtype) {
  return stateless("StatelessRandomNormal", dims, seed, dtype);
}
Tensor stateless_truncated_normal(const Tensor& dims, const Tensor& seed, DType dtype) {
  return stateless("StatelessTruncatedNormal", dims, seed, dtype);
}

Tensor cast(const Tensor& x, DType dtype) {
  if (x.dtype() == dtype) return x;
  return call_op1("Cast", {x}, {{"DstT", dtype}});
}
Tensor identity(const Tensor& x) { return call_op1("Identity", {x}); }
Tensor stop_gradient(const Tensor& x) { return call_op1("StopGradient", {x}); }
Tensor shape(const Tensor& x) { return call_op1("Shape", {x}, {{"out_type", DType::int32}}); }
Tensor reshape(const Tensor& x, const Shape& dims) { return reshape(x, int32_vector(dims.dims())); }
Tensor reshape(const Tensor& x, const Tensor& dims) { return call_op1("Reshape", {x, dims}); }
Tensor expand_dims(const Tensor& x, std::int64_t axis) { return call_op1("ExpandDims", {x, axis_tensor(axis)}); }
Tensor squeeze(const Tensor& x, const std::vector<std::int64_t>& axes) {
  return call_op1("Squeeze", {x}, {{"squeeze_dims", axes}});
}

Tensor transpose(const Tensor& x, const std::vector<std::int64_t>& perm) {
  auto p = perm;
  if (p.empty()) {
    for (std::size_t i = x.rank(); i > 0; --i) p.push_back(static_cast<std::int64_t>(i) - 1);
  }
  return call_op1("Transpose", {x, int32_vector(p)});
}

Tensor broadcast_to(const Tensor& x, const Shape& dims) {
  if (x.shape() == dims) return x;
  return call_op1("BroadcastTo", {x, int32_vector(dims.dims())});
}

Tensor broadcast_to(const Tensor& x, const Tensor& dims) { return call_op1("BroadcastTo", {x, dims}); }
Tensor size(const Tensor& x) { return call_op1("Size", {x}, {{"out_type", DType::int32}}); }
Tensor rank(const Tensor& x) { return call_op1("Rank", {x}); }
Tensor ensure_shape(const Tensor& x, const Shape& dims) { return call_op1("EnsureShape", {x}, {{"shape", dims}}); }

Tensor concat(const std::vector<Tensor>& values, std::int64_t axis) {
  if (values.size() == 1) return values[0];
  auto inputs = values;
  inputs.push_back(axis_tensor(axis));
  return call_op("ConcatV2", inputs).at(0);
}

Tensor stack(const std::vector<Tensor>& values, std::int64_t axis) {
  return call_op("Pack", values, {{"axis", axis}}).at(0);
}

std::vector<Tensor> unstack(const Tensor& value, std::int64_t axis) {
  return call_op("Unpack", {value}, {{"num", value.shape().dim(axis)}, {"axis", axis}});
}

std::vector<Tensor> split(const Tensor& value, std::int64_t count, std::int64_t axis) {
  return call_op("Split", {axis_tensor(axis), value}, {{"num_split", count}});
}

std::vector<Tensor> split(const Tensor& value, const std::vector<std::int64_t>& sizes, std::int64_t axis) {
  return call_op("SplitV", {value, int32_vector(sizes), axis_tensor(axis)},
                 {{"num_split", static_cast<std::int64_t>(sizes.size())}});
}

Tensor slice(const Tensor& x, const std::vector<std::int64_t>& begin, const std::vector<std::int64_t>& size) {
  // A slice of a vector by constants is written as StridedSlice: shape rules see through that one.
  if (x.rank() == 1 && begin.size() == 1 && begin[0] >= 0 && size[0] >= 0) {
    return strided_slice(x, begin, {begin[0] + size[0]}, {1});
  }
  return call_op1("Slice", {x, int32_vector(begin), int32_vector(size)});
}

Tensor strided_slice(const Tensor& x, const std::vector<std::int64_t>& begin, const std::vector<std::int64_t>& end,
                     const std::vector<std::int64_t>& strides, const StridedSliceMasks& masks) {
  return call_op1("StridedSlice", {x, int32_vector(begin), int32_vector(end), int32_vector(strides)},
                  {{"begin_mask", masks.begin_mask},
                   {"end_mask", masks.end_mask},
                   {"ellipsis_mask", masks.ellipsis_mask},
                   {"new_axis_mask", masks.new_axis_mask},
                   {"shrink_axis_mask", masks.shrink_axis_mask}});
}

Tensor pad(const Tensor& x, const std::vector<std::vector<std::int64_t>>& paddings, std::string_view mode) {
  if (mode == "CONSTANT") return call_op1("Pad", {x, paddings_tensor(paddings)});
  if (mode != "REFLECT" && mode != "SYMMETRIC") throw ValueError("Unknown padding mode: " + std::string(mode));
  return call_op1("MirrorPad", {x, paddings_tensor(paddings)}, {{"mode", std::string(mode)}});
}
Tensor pad(const Tensor& x, const std::vector<std::vector<std::int64_t>>& paddings, const Tensor& constant_value) {
  return call_op1("PadV2", {x, paddings_tensor(paddings), constant_value});
}

Tensor tile(const Tensor& x, const std::vector<std::int64_t>& multiples) { return tile(x, int32_vector(multiples)); }
Tensor tile(const Tensor& x, const Tensor& multiples) { return call_op1("Tile", {x, multiples}); }
Tensor reverse(const Tensor& x, const std::vector<std::int64_t>& axes) {
  return call_op1("ReverseV2", {x, int32_vector(axes)});
}

Tensor gather(const Tensor& params, const Tensor& indices, std::int64_t axis, std::int64_t batch_dims) {
  return call_op1("GatherV2", {params, indices, axis_tensor(axis)}, {{"batch_dims", batch_dims}});
}
Tensor gather_nd(const Tensor& params, const Tensor& indices) { return call_op1("GatherNd", {params, indices}); }
Tensor scatter_nd(const Tensor& indices, const Tensor& updates, const Shape& dims) {
  return call_op1("ScatterNd", {indices, updates, cast(int32_vector(dims.dims()), indices.dtype())});
}
Tensor where(const Tensor& condition) { return call_op1("Where", {condition}); }
Tensor reverse_sequence(const Tensor& x, const Tensor& lengths, std::int64_t seq_axis, std::int64_t batch_axis) {
  return call_op1("ReverseSequence", {x, lengths}, {{"seq_dim", seq_axis}, {"batch_dim", batch_axis}});
}
Tensor band_part(const Tensor& x, std::int64_t lower, std::int64_t upper) {
  return call_op1("MatrixBandPart", {x, Tensor::scalar(lower), Tensor::scalar(upper)});
}
Tensor where(const Tensor& condition, const Tensor& x, const Tensor& y) {
  return call_op1("SelectV2", {condition, x, y});
}
Tensor one_hot(const Tensor& indices, std::int64_t depth, DType dtype, std::int64_t axis) {
  return call_op1("OneHot", {indices, axis_tensor(depth), number(dtype, 1), number(dtype, 0)}, {{"axis", axis}});
}

}  // namespace hornbeam::ops
