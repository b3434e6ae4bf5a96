// StridedSliceGrad: a gradient put where StridedSlice took its slice from, among zeros.
#include "ops/gradient.h"
#include "ops/layout_dispatch.h"
#include "ops/shape_math.h"
#include "ops/strided_copy.h"
#include "ops/strided_slice_spec.h"

namespace hornbeam {
namespace {

std::vector<Shape> strided_slice_grad_shape(const ShapeContext& c) { return {dims_input(c, 0)}; }

std::unique_ptr<Kernel> strided_slice_grad_kernel(const KernelSpec& spec) {
  const auto& out = spec.outputs[0].shape;
  const auto read = [&](std::size_t i) {
    const auto v = spec.ints(i);
    return MaybeInts(v.begin(), v.end());
  };
  const auto slice = resolve_strided_slice(out, read(1), read(2), read(3), spec.attrs);
  if (slice.shape != spec.inputs[4].shape) {
    throw InvalidArgumentError("shape of dy was " + bracketed(spec.inputs[4].shape) + " instead of " +
                               bracketed(slice.shape));
  }
  const auto src = strides_of(Shape(slice.size));
  auto dst = strides_of(out);
  std::int64_t offset = 0;
  for (std::size_t i = 0; i < out.rank(); ++i) {
    offset += slice.begin[i] * dst[i];
    dst[i] *= slice.stride[i];
  }
  const CopyPlan plan(slice.size, src, dst);
  const auto n = out.num_elements();
  return dispatch_layout(spec.outputs[0].dtype, "StridedSliceGrad", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([plan, offset, n](const KernelRun& io) {
      T* y = io.output<T>(0);
      std::fill_n(y, n, T{});
      plan.run(io.input<T>(4), y + offset);
    });
  });
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(strided_slice_grad) {
  using namespace hornbeam;
  add_op(with_slice(OpDef("StridedSliceGrad").input("shape: Index"))
             .input("dy: T")
             .output("output: T")
             .shape(strided_slice_grad_shape)
             .kernel(strided_slice_grad_kernel)
             .gradient([](const GradientContext& c) -> Tensors {
               const auto back = call_op1("StridedSlice", {c.grad(), c.input(1), c.input(2), c.input(3)},
                                          strided_slice_masks(c.attrs()));
               return {{}, {}, {}, {}, back};
             }));
}
