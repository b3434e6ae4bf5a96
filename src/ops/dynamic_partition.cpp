// DynamicPartition and DynamicStitch: rows dealt out by number, and put together again.
#include "ops/gradient.h"
#include "ops/int_values.h"
#include "ops/layout_dispatch.h"
#include "ops/shape_math.h"
#include "ops/text/rows.h"

namespace hornbeam {
namespace {

// The shape of what an index picks: of `data` without the dims that `index` has, which must be its first ones.
std::optional<Shape> picked_shape(const Shape& data, const Shape& index, const char* op) {
  if (!data.has_rank() || !index.has_rank()) return std::nullopt;
  bool fits = index.rank() <= data.rank();
  for (std::size_t i = 0; fits && i < index.rank(); ++i) fits = data[i] < 0 || index[i] < 0 || data[i] == index[i];
  if (!fits) {
    throw InvalidArgumentError(std::string(op) + ": data.shape " + data.to_string() +
                               " must start with the shape of the indices, " + index.to_string());
  }
  Shape rest;
  for (auto i = index.rank(); i < data.rank(); ++i) rest.push_back(data[i]);
  return rest;
}

Shape with_rows(std::int64_t rows, const Shape& rest) {
  Shape shape{rows};
  for (const auto d : rest.dims()) shape.push_back(d);
  return shape;
}

// Each is an output of its own.
std::int64_t parts_of(const Attrs& attrs) {
  constexpr std::int64_t kMost = 65536;
  const auto parts = attrs.i("num_partitions");
  if (parts >= 1 && parts <= kMost) return parts;
  throw InvalidArgumentError(parts < 1 ? "num_partitions must be at least 1"
                                       : "num_partitions of more than 65536 are not supported");
}

std::vector<Shape> partition_shape(const ShapeContext& c) {
  const auto parts = parts_of(c.attrs());
  const auto rest = picked_shape(c.shape(0), c.shape(1), "DynamicPartition");
  const auto one = rest ? with_rows(None, *rest) : Shape::unknown();
  return std::vector<Shape>(static_cast<std::size_t>(parts), one);
}

std::vector<Tensor> dynamic_partition(const Attrs& attrs, std::span<const Tensor> inputs) {
  const auto& data = inputs[0];
  const auto parts = parts_of(attrs);
  const auto rest = *picked_shape(data.shape(), inputs[1].shape(), "DynamicPartition");
  const auto numbers = int_values(inputs[1]);
  std::vector<std::int64_t> counts(static_cast<std::size_t>(parts), 0);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] < 0 || numbers[i] >= parts) {
      throw InvalidArgumentError("partitions[" + std::to_string(i) + "] = " + std::to_string(numbers[i]) +
                                 " is not in [0, " + std::to_string(parts) + ")");
    }
    ++counts[static_cast<std::size_t>(numbers[i])];
  }
  std::vector<Tensor> outputs;
  for (const auto count : counts) outputs.push_back(Tensor::empty(data.dtype(), with_rows(count, rest)));
  const auto inner = rest.num_elements();
  dispatch_layout(data.dtype(), "DynamicPartition", [&]<class T>() {
    std::vector<T*> to;
    for (auto& output : outputs) to.push_back(reinterpret_cast<T*>(output.mutable_raw()));
    const auto* x = reinterpret_cast<const T*>(data.raw());
    for (const auto number : numbers) {
      auto& y = to[static_cast<std::size_t>(number)];
      y = std::copy_n(x, inner, y);
      x += inner;
    }
  });
  return outputs;
}

// Where each row went: the row numbers are dealt out as the rows were, and the gradients put together by them.
Tensors partition_gradient(const GradientContext& c) {
  const auto& numbers = c.input(1);
  const auto parts = c.attrs().i("num_partitions");
  const auto count = ops::reduce_prod(ops::shape(numbers));
  const auto rows = ops::reshape(ops::range(ops::constant(std::int32_t{0}), count, ops::constant(std::int32_t{1})),
                                 ops::shape(numbers));
  auto stitched = call_op("DynamicPartition", {rows, numbers}, {{"num_partitions", parts}});
  for (std::int64_t i = 0; i < parts; ++i) stitched.push_back(c.grad(static_cast<std::size_t>(i)));
  const auto merged = call_op("DynamicStitch", stitched, {{"N", parts}}).at(0);
  return c.first(ops::reshape(merged, shape_of(c.input(0))));
}

// Of the indices, and of the data.
std::size_t pairs_of(std::size_t inputs) {
  if (inputs >= 2) return inputs / 2;
  throw InvalidArgumentError("DynamicStitch: Must have at least one input");
}

std::vector<Shape> stitch_shape(const ShapeContext& c) {
  const auto n = pairs_of(c.num_inputs());
  std::optional<Shape> rest;
  std::int64_t rows = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const auto one = picked_shape(c.shape(n + i), c.shape(i), "DynamicStitch");
    if (one) rest = rest ? merge_shapes(*rest, *one, "DynamicStitch") : *one;
    const auto* index = c.value(i);
    if (!index || rows < 0) {
      rows = None;
      continue;
    }
    for (const auto at : int_values(*index)) rows = std::max(rows, at + 1);
  }
  return {rest ? with_rows(rows, *rest) : Shape::unknown()};
}

std::vector<Tensor> dynamic_stitch(const Attrs&, std::span<const Tensor> inputs) {
  const auto n = pairs_of(inputs.size());
  std::optional<Shape> rest;
  std::vector<std::vector<std::int64_t>> indices;
  std::int64_t rows = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const auto one = *picked_shape(inputs[n + i].shape(), inputs[i].shape(), "DynamicStitch");
    if (rest && *rest != one) {
      throw InvalidArgumentError("Need data[0].shape[" + std::to_string(inputs[0].rank()) + ":] = data[" +
                                 std::to_string(i) + "].shape[" + std::to_string(inputs[i].rank()) + ":], got " +
                                 rest->to_string() + " and " + one.to_string());
    }
    rest = one;
    indices.push_back(int_values(inputs[i]));
    for (const auto at : indices.back()) {
      if (at < 0) throw InvalidArgumentError("indices must not be negative, got " + std::to_string(at));
      rows = std::max(rows, at + 1);
    }
  }
  const auto shape = with_rows(rows, *rest);
  const auto dtype = inputs[n].dtype();
  check_output_size(shape.dims(), dtype, "DynamicStitch");
  auto out = Tensor::empty(dtype, shape);
  const auto inner = rest->num_elements();
  dispatch_layout(dtype, "DynamicStitch", [&]<class T>() {
    auto* y = reinterpret_cast<T*>(out.mutable_raw());
    std::fill_n(y, rows * inner, T{});
    for (std::size_t i = 0; i < n; ++i) {
      const auto* x = reinterpret_cast<const T*>(inputs[n + i].raw());
      for (const auto at : indices[i]) {
        std::copy_n(x, inner, y + at * inner);
        x += inner;
      }
    }
  });
  return {out};
}

// What is overwritten gets the gradient of what is there in its place, too, as TensorFlow has it.
Tensors stitch_gradient(const GradientContext& c) {
  const auto n = c.num_inputs() / 2;
  Tensors gradients(c.num_inputs());
  for (std::size_t i = 0; i < n; ++i) gradients[n + i] = ops::gather(c.grad(), c.input(i));
  return gradients;
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(dynamic_partition) {
  using namespace hornbeam;
  add_op(OpDef("DynamicPartition")
             .input("data: T")
             .input("partitions: int32")
             .output("outputs: num_partitions * T")
             .attr("num_partitions: int")
             .attr("T: type")
             .shape(partition_shape)
             .dynamic(dynamic_partition)
             .gradient(partition_gradient));
  for (const auto* name : {"DynamicStitch", "ParallelDynamicStitch"}) {
    add_op(OpDef(name)
               .input("indices: N * int32")
               .input("data: N * T")
               .output("merged: T")
               .attr("N: int")
               .attr("T: type")
               .shape(stitch_shape)
               .dynamic(dynamic_stitch)
               .gradient(stitch_gradient));
  }
}
