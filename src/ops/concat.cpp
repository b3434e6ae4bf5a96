// ConcatV2 (values, then axis) and the older Concat (axis, then values).
#include "ops/gradient.h"
#include "ops/layout_dispatch.h"
#include "ops/shape_math.h"
#include "ops/strided_copy.h"

namespace hornbeam {
namespace {

std::size_t concat_axis(std::int64_t axis, std::size_t rank) {
  if (const auto found = axis_from_front(axis, rank)) return *found;
  const auto r = static_cast<std::int64_t>(rank);
  throw InvalidArgumentError("ConcatOp : Expected concatenating dimensions in the range [" + std::to_string(-r) + ", " +
                             std::to_string(r) + "), but got " + std::to_string(axis));
}

// Of values that start at input `first`.
Shape concat_values(const ShapeContext& c, std::size_t first, std::size_t count, std::size_t axis_input) {
  const auto axis_value = known_scalar(c, axis_input, "Concat axis");
  Shape out = Shape::unknown();
  for (std::size_t i = first; i < first + count; ++i) {
    const auto& s = c.shape(i);
    if (!s.has_rank()) continue;
    if (!out.has_rank()) {
      out = Shape(std::vector<std::int64_t>(s.rank(), None));
    } else if (out.rank() != s.rank()) {
      throw InvalidArgumentError(
          "ConcatOp : Ranks of all input tensors should match: shape[0] = " + bracketed(c.shape(first)) +
          " vs. shape[" + std::to_string(i - first) + "] = " + bracketed(s));
    }
  }
  if (!out.has_rank()) return out;
  if (out.rank() == 0) {
    throw InvalidArgumentError("ConcatOp : Expected concatenating dimensions in the range [0, 0), but got scalars");
  }
  if (!axis_value) return out;
  const auto axis = concat_axis(*axis_value, out.rank());
  std::int64_t total = 0;
  for (std::size_t i = first; i < first + count; ++i) {
    const auto& s = c.shape(i);
    total = s.has_rank() ? add_dims(total, s[axis]) : None;
    for (std::size_t d = 0; s.has_rank() && d < out.rank(); ++d) {
      if (d == axis || s[d] < 0) continue;
      if (out[d] >= 0 && out[d] != s[d]) {
        throw InvalidArgumentError("ConcatOp : Dimension " + std::to_string(d) +
                                   " in both shapes must be equal: " + "shape[0] = " + bracketed(c.shape(first)) +
                                   " vs. shape[" + std::to_string(i - first) + "] = " + bracketed(s));
      }
      out[d] = s[d];
    }
  }
  out[axis] = total;
  return out;
}

std::unique_ptr<Kernel> concat_kernel(const KernelSpec& spec, std::size_t first, std::size_t count,
                                      std::size_t axis_input) {
  const auto& out = spec.outputs[0].shape;
  const auto axis = concat_axis(scalar_value(spec, axis_input), out.rank());
  const auto outer = product(out, 0, axis), row = product(out, axis, out.rank());
  struct Piece {
    std::size_t input;
    std::int64_t offset;
    CopyPlan plan;
  };
  std::vector<Piece> pieces;
  std::int64_t offset = 0;
  for (std::size_t i = first; i < first + count; ++i) {
    const auto width = product(spec.inputs[i].shape, axis, out.rank());
    pieces.push_back({i, offset, CopyPlan({outer, width}, {width, 1}, {row, 1})});
    offset += width;
  }
  return dispatch_layout(spec.outputs[0].dtype, "Concat", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([pieces](const KernelRun& io) {
      for (const auto& p : pieces) p.plan.run(io.input<T>(p.input), io.output<T>(0) + p.offset);
    });
  });
}

std::vector<Shape> concat_v2_shape(const ShapeContext& c) {
  return {concat_values(c, 0, c.num_inputs() - 1, c.num_inputs() - 1)};
}
std::vector<Shape> concat_v1_shape(const ShapeContext& c) { return {concat_values(c, 1, c.num_inputs() - 1, 0)}; }
std::unique_ptr<Kernel> concat_v2_kernel(const KernelSpec& spec) {
  return concat_kernel(spec, 0, spec.inputs.size() - 1, spec.inputs.size() - 1);
}
std::unique_ptr<Kernel> concat_v1_kernel(const KernelSpec& spec) {
  return concat_kernel(spec, 1, spec.inputs.size() - 1, 0);
}

// The gradient cut where the inputs, which begin at `first`, were joined.
Tensors concat_gradient(const GradientContext& c, std::size_t first, std::size_t count, const Tensor& axis) {
  Tensors result(c.num_inputs());
  if (count == 1) {
    result[first] = c.grad();
    return result;
  }
  std::vector<Tensor> sizes;
  const auto known = known_ints(axis);
  for (std::size_t i = first; i < first + count; ++i) {
    const auto& shape = c.input(i).shape();
    if (known && shape.has_rank() && shape.dim(known->at(0)) >= 0) {
      sizes.push_back(Tensor::scalar(static_cast<std::int32_t>(shape.dim(known->at(0)))));
    } else {
      const auto dims = shape_of(c.input(i));
      sizes.push_back(ops::gather(dims, ops::mod(ops::cast(axis, DType::int32), ops::size(dims))));
    }
  }
  const auto parts = call_op("SplitV", {c.grad(), ops::stack(sizes), ops::cast(axis, DType::int32)},
                             {{"num_split", static_cast<std::int64_t>(count)}});
  std::copy(parts.begin(), parts.end(), result.begin() + static_cast<std::ptrdiff_t>(first));
  return result;
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(concat) {
  using namespace hornbeam;
  add_op(OpDef("ConcatV2")
             .input("values: N * T")
             .input("axis: Tidx")
             .output("output: T")
             .attr("N: int")
             .attr("T: type")
             .attr("Tidx: type = int32")
             .shape(concat_v2_shape)
             .kernel(concat_v2_kernel)
             .gradient([](const GradientContext& c) {
               const auto last = c.num_inputs() - 1;
               return concat_gradient(c, 0, last, c.input(last));
             }));
  add_op(OpDef("Concat")
             .input("concat_dim: int32")
             .input("values: N * T")
             .output("output: T")
             .attr("N: int")
             .attr("T: type")
             .shape(concat_v1_shape)
             .kernel(concat_v1_kernel)
             .gradient([](const GradientContext& c) { return concat_gradient(c, 1, c.num_inputs() - 1, c.input(0)); }));
}
