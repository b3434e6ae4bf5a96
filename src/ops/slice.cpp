// Slice: a block given by its first element and its size (-1: to the end).
#include "ops/gradient.h"
#include "ops/layout_dispatch.h"
#include "ops/shape_math.h"
#include "ops/strided_copy.h"

namespace hornbeam {
namespace {

void check_begin(std::int64_t begin, std::int64_t size, std::int64_t dim, std::size_t i) {
  const auto at = "[" + std::to_string(i) + "]";
  if (begin < 0 || begin > dim) {
    throw InvalidArgumentError("Expected begin" + at + " in [0, " + std::to_string(dim) + "], but got " +
                               std::to_string(begin));
  }
  if (size < 0 || size > dim - begin) {
    throw InvalidArgumentError("Expected size" + at + " in [0, " + std::to_string(dim - begin) + "], but got " +
                               std::to_string(size));
  }
}

std::vector<Shape> slice_shape(const ShapeContext& c) {
  const auto& in = c.shape(0);
  const auto begin = c.ints(1), size = c.ints(2);
  for (std::size_t i : {std::size_t{1}, std::size_t{2}}) {
    const auto& s = c.shape(i);
    require_rank(s, 1, "Slice", i == 1 ? "begin" : "size");
    if (in.has_rank() && s.has_rank() && s[0] >= 0 && static_cast<std::size_t>(s[0]) != in.rank()) {
      throw InvalidArgumentError("Expected begin and size arguments to be 1-D tensors of size " +
                                 std::to_string(in.rank()) + ", but got shape " + bracketed(s) + " instead.");
    }
  }
  Shape out = c.value_as_shape(2);
  if (!out.has_rank()) {
    return {in.has_rank() ? Shape(std::vector<std::int64_t>(in.rank(), None)) : Shape::unknown()};
  }
  for (std::size_t i = 0; i < out.rank(); ++i) {
    const auto dim = in.has_rank() ? in[i] : None;
    if (size && (*size)[i] < -1) {
      throw InvalidArgumentError("Expected size[" + std::to_string(i) + "] in [0, " +
                                 (dim < 0 ? "?" : std::to_string(dim)) + "], but got " + std::to_string((*size)[i]));
    }
    if (!begin) continue;
    const auto b = (*begin)[i];
    if (size && (*size)[i] == -1 && dim >= 0) {
      check_begin(b, 0, dim, i);
      out[i] = dim - b;
    } else if (dim >= 0 && out[i] >= 0) {
      check_begin(b, out[i], dim, i);
    }
  }
  return {out};
}

std::unique_ptr<Kernel> slice_kernel(const KernelSpec& spec) {
  const auto &in = spec.inputs[0].shape, &out = spec.outputs[0].shape;
  const auto strides = strides_of(in);
  const auto begin = spec.ints(1);
  std::int64_t offset = 0;
  for (std::size_t i = 0; i < begin.size(); ++i) {
    check_begin(begin[i], out[i], in[i], i);
    offset += begin[i] * strides[i];
  }
  const CopyPlan plan(out.dims(), strides, strides_of(out));
  return dispatch_layout(spec.inputs[0].dtype, "Slice", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([plan, offset](const KernelRun& io) { plan.run(io.input<T>(0) + offset, io.output<T>(0)); });
  });
}

// Zeros around it.
Tensors slice_gradient(const GradientContext& c) {
  const auto &x = c.input(0), &begin = c.input(1);
  const auto dtype = begin.dtype();
  const auto behind = shape_of(x, dtype) - shape_of(c.output(), dtype) - begin;
  return c.first(call_op1("Pad", {c.grad(), ops::stack({begin, behind}, 1)}));
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(slice) {
  using namespace hornbeam;
  add_op(OpDef("Slice")
             .input("input: T")
             .input("begin: Index")
             .input("size: Index")
             .output("output: T")
             .attr("T: type")
             .attr("Index: type")
             .shape(slice_shape)
             .kernel(slice_kernel)
             .gradient(slice_gradient));
}
