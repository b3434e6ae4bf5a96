// StridedSlice: NumPy's basic indexing.
#include "ops/gradient.h"
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

std::unique_ptr<Kernel> strided_slice_kernel(const KernelSpec& spec) {
  const auto& in = spec.inputs[0].shape;
  const auto read = [&](std::size_t i) {
    const auto v = spec.ints(i);
    return MaybeInts(v.begin(), v.end());
  };
  const auto slice = resolve_strided_slice(in, read(1), read(2), read(3), spec.attrs);
  if (slice.shape != spec.outputs[0].shape) {
    throw InvalidArgumentError("StridedSlice: the slice's shape is " + bracketed(slice.shape) + ", expected " +
                               bracketed(spec.outputs[0].shape));
  }
  auto src = strides_of(in);
  const auto dst = strides_of(Shape(slice.size));
  std::int64_t offset = 0;
  for (std::size_t i = 0; i < in.rank(); ++i) {
    offset += slice.begin[i] * src[i];
    src[i] *= slice.stride[i];
  }
  const CopyPlan plan(slice.size, src, dst);
  return dispatch_layout(spec.inputs[0].dtype, "StridedSlice", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([plan, offset](const KernelRun& io) { plan.run(io.input<T>(0) + offset, io.output<T>(0)); });
  });
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(strided_slice) {
  using namespace hornbeam;
  add_op(with_slice(OpDef("StridedSlice").input("input: T"))
             .output("output: T")
             .shape(strided_slice_shape)
             .kernel(strided_slice_kernel)
             .gradient([](const GradientContext& c) {
               const auto shape = shape_of(c.input(0), c.input(1).dtype());
               return c.first(call_op1("StridedSliceGrad", {shape, c.input(1), c.input(2), c.input(3), c.grad()},
                                       strided_slice_masks(c.attrs())));
             }));
}
