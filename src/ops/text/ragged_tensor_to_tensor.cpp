// RaggedTensorToTensor: rows of different lengths, filled up or cut to a box.
#include <algorithm>

#include "base/checked_math.h"
#include "base/memory_limit.h"
#include "ops/gradient.h"
#include "ops/layout_dispatch.h"
#include "ops/shape_math.h"
#include "ops/text/rows.h"

namespace hornbeam {
namespace {

std::vector<Shape> to_tensor_shape(const ShapeContext& c) {
  auto shape = c.value_as_shape(0);
  if (!shape.has_rank()) return {Shape::unknown()};
  const auto& values = c.shape(1);
  const auto& types = c.attrs().strings("row_partition_types");
  if (types.empty()) return {Shape::unknown()};
  const auto ragged = types.size() - (types[0] == "FIRST_DIM_SIZE" ? 1 : 0);
  // The inner dims are those of the values, where the shape does not say them.
  for (std::size_t d = ragged + 1; d < shape.rank() && values.has_rank() && d - ragged < values.rank(); ++d) {
    if (shape[d] < 0) shape[d] = values[d - ragged];
  }
  return {shape};
}

// Row splits of each ragged dim, outermost first.
using AllSplits = std::vector<std::vector<std::int64_t>>;

std::vector<std::int64_t> splits_of_row_ids(const std::vector<std::int64_t>& ids, std::int64_t rows) {
  if (rows < 0 || static_cast<std::size_t>(rows) > base::physical_memory() / sizeof(std::int64_t)) {
    throw InvalidArgumentError("RaggedTensorToTensor: " + std::to_string(rows) + " rows are more than there can be");
  }
  std::vector<std::int64_t> splits(static_cast<std::size_t>(rows) + 1);
  std::int64_t last = 0;
  for (const auto id : ids) {
    if (id < last || id >= rows) throw InvalidArgumentError("Invalid value_rowids: they must rise, below the rows");
    last = id;
    ++splits[static_cast<std::size_t>(id) + 1];
  }
  for (std::size_t i = 1; i < splits.size(); ++i) splits[i] += splits[i - 1];
  return splits;
}

AllSplits read_partitions(const Attrs& attrs, std::span<const Tensor> partitions, std::int64_t values) {
  const auto& types = attrs.strings("row_partition_types");
  if (types.size() != partitions.size() || types.empty()) {
    throw InvalidArgumentError("RaggedTensorToTensor: one row partition type for each partition");
  }
  AllSplits all;
  std::int64_t rows = -1;  // of the dim that follows
  for (std::size_t i = 0; i < types.size(); ++i) {
    const auto numbers = as_int64s(partitions[i], "RaggedTensorToTensor");
    if (types[i] == "FIRST_DIM_SIZE" && i == 0) {
      if (numbers.size() != 1) throw InvalidArgumentError("FIRST_DIM_SIZE must be one number");
      rows = numbers[0];
      continue;
    }
    if (types[i] == "VALUE_ROWIDS" && rows >= 0) {
      all.push_back(splits_of_row_ids(numbers, rows));
    } else if (types[i] == "ROW_SPLITS") {
      if (numbers.empty()) throw InvalidArgumentError("row_splits must not be empty");
      if (rows >= 0 && static_cast<std::int64_t>(numbers.size()) != rows + 1) {
        throw InvalidArgumentError("RaggedTensorToTensor: the partitions do not fit each other");
      }
      all.push_back(numbers);
    } else {
      throw InvalidArgumentError("Unsupported row partition type: " + types[i]);
    }
    rows = all.back().back();
    const bool last = i + 1 == types.size();
    check_splits(all.back(), last ? values : rows);
  }
  if (all.empty()) throw InvalidArgumentError("RaggedTensorToTensor: no row is said");
  return all;
}

struct Box {
  std::vector<std::int64_t> dims, strides;
  std::int64_t inner = 1;
};

template <class T>
void copy_rows(const AllSplits& splits, std::size_t level, std::int64_t from, std::int64_t to, const Box& box,
               const T* values, T* out) {
  const auto fits = std::min(to - from, box.dims[level]);
  for (std::int64_t i = 0; i < fits; ++i) {
    T* at = out + i * box.strides[level];
    if (level == splits.size()) {
      std::copy_n(values + (from + i) * box.inner, box.inner, at);
    } else {
      const auto& inside = splits[level];
      const auto row = static_cast<std::size_t>(from + i);
      copy_rows(splits, level + 1, inside[row], inside[row + 1], box, values, at);
    }
  }
}

std::vector<Tensor> to_tensor(const Attrs& attrs, std::span<const Tensor> inputs) {
  const auto &values = inputs[1], &fallback = inputs[2];
  if (values.rank() == 0) throw InvalidArgumentError("values must not be a scalar");
  const auto wanted = as_int64s(inputs[0], "RaggedTensorToTensor");
  const auto splits = read_partitions(attrs, inputs.subspan(3), values.shape()[0]);
  std::vector<std::int64_t> dims{static_cast<std::int64_t>(splits[0].size()) - 1};
  for (const auto& level : splits) {
    std::int64_t longest = 0;
    for (std::size_t r = 0; r + 1 < level.size(); ++r) longest = std::max(longest, level[r + 1] - level[r]);
    dims.push_back(longest);
  }
  for (std::size_t d = 1; d < values.rank(); ++d) dims.push_back(values.shape()[d]);
  if (inputs[0].rank() == 1 && wanted.size() != dims.size()) {
    throw InvalidArgumentError("shape.shape[0]=" + std::to_string(wanted.size()) +
                               " and rt_input.shape.rank=" + std::to_string(dims.size()) + " must be equal");
  }
  std::size_t bytes = size_of(values.dtype());
  for (std::size_t d = 0; d < dims.size(); ++d) {
    if (inputs[0].rank() == 1 && wanted[d] >= 0) {
      if (d > splits.size() && wanted[d] != dims[d]) {
        throw InvalidArgumentError("RaggedTensorToTensor: the shape of the values does not fit");
      }
      dims[d] = wanted[d];
    }
    const auto more = base::checked_mul(bytes, static_cast<std::size_t>(std::max<std::int64_t>(1, dims[d])));
    if (!more || *more > base::physical_memory()) {
      throw InvalidArgumentError("RaggedTensorToTensor: the output is bigger than this machine's memory");
    }
    bytes = *more;
  }
  Box box{dims, strides_of(Shape(dims)), 1};
  for (std::size_t d = 1; d < values.rank(); ++d) box.inner *= values.shape()[d];
  const auto filled = fallback.num_elements();
  if (filled != 1 && filled != box.inner) {
    throw InvalidArgumentError("default_value.shape=" + fallback.shape().to_string() +
                               " and rt_input.flat_values.shape=" + values.shape().to_string() + " are incompatible");
  }
  return dispatch_layout(values.dtype(), "RaggedTensorToTensor", [&]<class T>() -> std::vector<Tensor> {
    auto out = Tensor::empty(values.dtype(), Shape(dims));
    auto* y = reinterpret_cast<T*>(out.mutable_raw());
    const auto* v = reinterpret_cast<const T*>(fallback.raw());
    const auto n = out.num_elements();
    for (std::int64_t i = 0; i < n; ++i) y[i] = v[filled == 1 ? 0 : i % box.inner];
    copy_rows(splits, 0, 0, static_cast<std::int64_t>(splits[0].size()) - 1, box,
              reinterpret_cast<const T*>(values.raw()), y);
    return {out};
  });
}

// Where each value went is found by bringing their numbers into the same box.
Tensors to_tensor_gradient(const GradientContext& c) {
  const auto& values = c.input(1);
  const auto count = ops::gather(shape_of(values, DType::int64), Tensor::scalar(std::int32_t{0}));
  const auto zero = Tensor::scalar(std::int64_t{0}), one = Tensor::scalar(std::int64_t{1});
  const auto inner = static_cast<std::int64_t>(values.rank()) - 1;
  const auto rank = static_cast<std::int64_t>(c.output().rank());
  std::vector<Tensor> inputs{c.input(0), ops::range(zero, count, one), zero - one};
  if (c.input(0).rank() == 1) inputs[0] = ops::slice(c.input(0), {0}, {rank - inner});
  for (std::size_t i = 3; i < c.num_inputs(); ++i) inputs.push_back(c.input(i));
  const auto places = ops::reshape(call_op("RaggedTensorToTensor", std::span<const Tensor>(inputs),
                                           pick(c.attrs(), {"num_row_partition_tensors", "row_partition_types"}))
                                       .at(0),
                                   Shape{-1});
  auto shape = shape_of(values, DType::int64);
  const auto rows = ops::concat({Tensor::from<std::int64_t>({1}, {-1}), ops::slice(shape, {1}, {inner})}, 0);
  const auto grads = ops::reshape(c.grad(), rows);
  const auto of_values = c.if_wanted(1, [&] { return call_op1("UnsortedSegmentSum", {grads, places, count}); });
  const auto of_fallback = c.if_wanted(2, [&] {
    const auto empty = ops::cast(ops::equal(places, zero - one), grads.dtype());
    auto spread = empty;
    for (std::int64_t i = 0; i < inner; ++i) spread = ops::expand_dims(spread, -1);
    const auto left = grads * spread;
    return c.input(2).rank() == 0 ? ops::reduce_sum(left) : ops::reduce_sum(left, {0});
  });
  Tensors result(c.num_inputs());
  result[1] = of_values;
  result[2] = of_fallback;
  return result;
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(ragged_tensor_to_tensor) {
  using namespace hornbeam;
  add_op(OpDef("RaggedTensorToTensor")
             .input("shape: Tshape")
             .input("values: T")
             .input("default_value: T")
             .input("row_partition_tensors: num_row_partition_tensors * Tindex")
             .output("result: T")
             .attr("T: type")
             .attr("Tindex: type")
             .attr("Tshape: type")
             .attr("num_row_partition_tensors: int")
             .attr("row_partition_types: list(string)")
             .shape(to_tensor_shape)
             .dynamic(to_tensor)
             .gradient(to_tensor_gradient));
}
