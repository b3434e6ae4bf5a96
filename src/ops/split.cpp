// Split (equal parts) and SplitV (given sizes).
#include <algorithm>

#include "ops/gradient.h"
#include "ops/layout_dispatch.h"
#include "ops/shape_math.h"
#include "ops/strided_copy.h"

namespace hornbeam {
namespace {

std::size_t split_axis(std::int64_t axis, std::size_t rank) {
  if (const auto found = axis_from_front(axis, rank)) return *found;
  throw InvalidArgumentError("-input rank(-" + std::to_string(rank) + ") <= split_dim < input rank (" +
                             std::to_string(rank) + "), but got " + std::to_string(axis));
}

std::size_t parts_of(const Attrs& attrs) {
  const auto n = attrs.i("num_split");
  if (n <= 0) {
    throw InvalidArgumentError("Number of ways to split should be > 0, but got " + std::to_string(n));
  }
  return static_cast<std::size_t>(n);
}

std::vector<Shape> unknown_parts(const Shape& in, std::size_t n) {
  const auto part = in.has_rank() ? Shape(std::vector<std::int64_t>(in.rank(), None)) : Shape::unknown();
  return std::vector<Shape>(n, part);
}

std::vector<Shape> split_shape(const ShapeContext& c) {
  const auto n = parts_of(c.attrs());
  const auto axis_value = known_scalar(c, 0, "split_dim");
  Shape part = c.shape(1);
  if (!part.has_rank() || !axis_value) return unknown_parts(part, n);
  const auto axis = split_axis(*axis_value, part.rank());
  const auto count = static_cast<std::int64_t>(n);
  if (part[axis] >= 0) {
    if (part[axis] % count != 0) {
      throw InvalidArgumentError(
          "Number of ways to split should evenly divide the split dimension, but got split_dim " +
          std::to_string(axis) + " (size = " + std::to_string(part[axis]) + ") and num_split " + std::to_string(n));
    }
    part[axis] /= count;
  }
  return std::vector<Shape>(n, part);
}

std::vector<Shape> split_v_shape(const ShapeContext& c) {
  const auto n = parts_of(c.attrs());
  const auto& in = c.shape(0);
  require_rank(c.shape(1), 1, "SplitV", "size_splits");
  const auto axis_value = known_scalar(c, 2, "split_dim");
  auto parts = unknown_parts(in, n);
  if (!in.has_rank() || !axis_value) return parts;
  const auto axis = split_axis(*axis_value, in.rank());
  const auto sizes = c.ints(1);
  if (sizes && sizes->size() != n) {
    throw InvalidArgumentError("size of the split_tensor must be num_split, got " + std::to_string(sizes->size()) +
                               " sizes for " + std::to_string(n));
  }
  std::int64_t sum = 0;
  std::optional<std::size_t> open;
  for (std::size_t i = 0; i < n; ++i) {
    parts[i] = in;
    parts[i][axis] = sizes ? (*sizes)[i] : None;
    if (!sizes) continue;
    if ((*sizes)[i] == -1) {
      if (open) {
        throw InvalidArgumentError("There can only be one -1 in size_splits, but got several");
      }
      open = i;
    } else if ((*sizes)[i] < 0) {
      throw InvalidArgumentError("Split size at index " + std::to_string(i) +
                                 " must be >= 0. Got: " + std::to_string((*sizes)[i]));
    } else {
      sum = add_dims(sum, (*sizes)[i]);
    }
  }
  if (!sizes || in[axis] < 0) return parts;
  if (open ? sum > in[axis] : sum != in[axis]) {
    throw InvalidArgumentError(
        "Determined shape must either match input shape along split_dim exactly if fully specified, or be less than "
        "the size of the input along split_dim if not fully specified.  Got: " +
        std::to_string(sum));
  }
  if (open) parts[*open][axis] = in[axis] - sum;
  return parts;
}

std::unique_ptr<Kernel> split_into_parts(const KernelSpec& spec, std::size_t input, std::size_t axis) {
  const auto& in = spec.inputs[input].shape;
  const auto outer = product(in, 0, axis), row = product(in, axis, in.rank());
  struct Piece {
    std::int64_t offset;
    CopyPlan plan;
  };
  std::vector<Piece> pieces;
  std::int64_t offset = 0;
  for (const auto& out : spec.outputs) {
    const auto width = product(out.shape, axis, in.rank());
    pieces.push_back({offset, CopyPlan({outer, width}, {row, 1}, {width, 1})});
    offset += width;
  }
  return dispatch_layout(spec.inputs[input].dtype, "Split", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([pieces, input](const KernelRun& io) {
      for (std::size_t i = 0; i < pieces.size(); ++i) {
        pieces[i].plan.run(io.input<T>(input) + pieces[i].offset, io.output<T>(i));
      }
    });
  });
}

std::unique_ptr<Kernel> split_kernel(const KernelSpec& spec) {
  return split_into_parts(spec, 1, split_axis(scalar_value(spec, 0), spec.inputs[1].shape.rank()));
}
std::unique_ptr<Kernel> split_v_kernel(const KernelSpec& spec) {
  return split_into_parts(spec, 0, split_axis(scalar_value(spec, 2), spec.inputs[0].shape.rank()));
}

// The gradients of all parts, zeros for those that nothing depends on, as one.
Tensor joined(const GradientContext& c, const Tensor& axis) {
  Tensors parts;
  for (std::size_t i = 0; i < c.num_outputs(); ++i) parts.push_back(c.grad(i));
  parts.push_back(axis);
  return call_op("ConcatV2", parts, {{"N", static_cast<std::int64_t>(c.num_outputs())}})[0];
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(split) {
  using namespace hornbeam;
  add_op(OpDef("Split")
             .input("split_dim: int32")
             .input("value: T")
             .output("output: num_split * T")
             .attr("num_split: int")
             .attr("T: type")
             .shape(split_shape)
             .kernel(split_kernel)
             .gradient([](const GradientContext& c) -> Tensors {
               return {{}, joined(c, c.input(0))};
             }));
  add_op(OpDef("SplitV")
             .input("value: T")
             .input("size_splits: Tlen")
             .input("split_dim: int32")
             .output("output: num_split * T")
             .attr("num_split: int")
             .attr("T: type")
             .attr("Tlen: type = int64")
             .shape(split_v_shape)
             .kernel(split_v_kernel)
             .gradient([](const GradientContext& c) -> Tensors {
               return {joined(c, c.input(2)), {}, {}};
             }));
}
