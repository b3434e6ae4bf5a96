// StridedSlice: NumPy's basic indexing.
#include "ops/int_values.h"
#include "ops/layout_dispatch.h"
#include "ops/shape_math.h"
#include "ops/strided_copy.h"
#include "ops/strided_slice_spec.h"

namespace hornbeam {
namespace {

// The input's elements as far as they are known; empty when not even their number is.
std::optional<MaybeInts> maybe_ints(const ShapeContext& c, std::size_t input) {
  if (const auto known = c.ints(input)) return MaybeInts(known->begin(), known->end());
  const auto& shape = c.shape(input);
  if (!shape.is_fully_known() || shape.rank() != 1) return std::nullopt;
  MaybeInts values(static_cast<std::size_t>(shape[0]));
  const auto partial = c.value_as_shape(input);
  for (std::size_t i = 0; i < values.size() && i < partial.rank(); ++i) {
    if (partial[i] >= 0) values[i] = partial[i];
  }
  return values;
}

std::vector<Shape> strided_slice_shape(const ShapeContext& c) {
  for (std::size_t i = 1; i < 4; ++i) require_rank(c.shape(i), 1, "StridedSlice", "begin, end, strides");
  const auto begin = maybe_ints(c, 1), end = maybe_ints(c, 2), strides = maybe_ints(c, 3);
  if (!c.shape(0).has_rank() || !begin || !end || !strides) return {Shape::unknown()};
  return {resolve_strided_slice(c.shape(0), *begin, *end, *strides, c.attrs()).shape};
}

struct Slicing {
  CopyPlan plan;
  std::int64_t offset = 0;
};

Slicing make_slicing(const Shape& in, const MaybeInts& begin, const MaybeInts& end, const MaybeInts& strides,
                     const Attrs& masks) {
  const auto spec = resolve_strided_slice(in, begin, end, strides, masks);
  auto src = strides_of(in);
  const auto dst = strides_of(Shape(spec.size));
  Slicing s;
  for (std::size_t i = 0; i < in.rank(); ++i) {
    s.offset += spec.begin[i] * src[i];
    src[i] *= spec.stride[i];
  }
  s.plan = CopyPlan(spec.size, src, dst);
  return s;
}

MaybeInts read_ints(const std::byte* p, DType dtype, std::int64_t n) {
  const auto values = int_values(Tensor::borrow(dtype, Shape{n}, p));
  return MaybeInts(values.begin(), values.end());
}

std::unique_ptr<Kernel> strided_slice_kernel(const KernelSpec& spec) {
  const Shape in = spec.inputs[0].shape;
  const bool known = spec.value(1) && spec.value(2) && spec.value(3);
  return dispatch_layout(spec.inputs[0].dtype, "StridedSlice", [&]<class T>() -> std::unique_ptr<Kernel> {
    if (known) {
      const auto read = [&](std::size_t i) {
        const auto v = spec.ints(i);
        return MaybeInts(v.begin(), v.end());
      };
      const auto s = make_slicing(in, read(1), read(2), read(3), spec.attrs);
      return make_kernel([s](const KernelRun& io) { s.plan.run(io.input<T>(0) + s.offset, io.output<T>(0)); });
    }
    // A begin computed by the graph that does not decide the shape: x[i].
    const auto dtype = spec.inputs[1].dtype;
    const auto n = spec.inputs[1].shape.num_elements();
    const auto out = spec.outputs[0].shape;
    return make_kernel([in, out, dtype, n, attrs = spec.attrs](const KernelRun& io) {
      const auto begin = read_ints(io.in[1], dtype, n), end = read_ints(io.in[2], dtype, n);
      const auto strides = read_ints(io.in[3], dtype, n);
      if (resolve_strided_slice(in, begin, end, strides, attrs).shape != out) {
        throw InvalidArgumentError("StridedSlice: the slice's shape is not " + bracketed(out));
      }
      const auto s = make_slicing(in, begin, end, strides, attrs);
      s.plan.run(io.input<T>(0) + s.offset, io.output<T>(0));
    });
  });
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(strided_slice) {
  using namespace hornbeam;
  add_op(OpDef("StridedSlice")
             .input("input: T")
             .input("begin: Index")
             .input("end: Index")
             .input("strides: Index")
             .output("output: T")
             .attr("T: type")
             .attr("Index: type")
             .attr("begin_mask: int = 0")
             .attr("end_mask: int = 0")
             .attr("ellipsis_mask: int = 0")
             .attr("new_axis_mask: int = 0")
             .attr("shrink_axis_mask: int = 0")
             .shape(strided_slice_shape)
             .kernel(strided_slice_kernel));
}
