// OneHot: `on` where the new dim's index is the input's value, `off` elsewhere.
#include "ops/dispatch.h"
#include "ops/layout_dispatch.h"
#include "ops/shape_math.h"

namespace hornbeam {
namespace {

std::size_t one_hot_axis(std::int64_t axis, std::size_t indices_rank) {
  const auto rank = static_cast<std::int64_t>(indices_rank);
  if (axis < -1 || axis > rank) {
    throw InvalidArgumentError("Expected axis to be -1 or between [0, " + std::to_string(rank + 1) +
                               ").  But received: " + std::to_string(axis));
  }
  return axis == -1 ? indices_rank : static_cast<std::size_t>(axis);
}

std::vector<Shape> one_hot_shape(const ShapeContext& c) {
  const auto& indices = c.shape(0);
  for (std::size_t i = 1; i < 4; ++i) require_rank(c.shape(i), 0, "OneHot", i == 1 ? "depth" : "on_value, off_value");
  const auto depth = known_scalar(c, 1, "depth");
  if (depth && *depth < 0) {
    throw InvalidArgumentError("depth must be non-negative, got: " + std::to_string(*depth));
  }
  if (!indices.has_rank()) return {Shape::unknown()};
  auto dims = indices.dims();
  const auto axis = one_hot_axis(c.attrs().i("axis"), indices.rank());
  dims.insert(dims.begin() + static_cast<std::ptrdiff_t>(axis), depth.value_or(None));
  return {Shape(std::move(dims))};
}

std::unique_ptr<Kernel> one_hot_kernel(const KernelSpec& spec) {
  const auto& indices = spec.inputs[0].shape;
  const auto axis = one_hot_axis(spec.attrs.i("axis"), indices.rank());
  const auto depth = spec.outputs[0].shape[axis];
  const auto outer = product(indices, 0, axis), inner = product(indices, axis, indices.rank());
  using IndexTypes = Types<std::uint8_t, std::int8_t, std::int32_t, std::int64_t>;
  return dispatch_layout(spec.outputs[0].dtype, "OneHot", [&]<class T>() {
    return dispatch<IndexTypes>(spec.inputs[0].dtype, "OneHot", [&]<class I>() -> std::unique_ptr<Kernel> {
      return make_kernel([=](const KernelRun& io) {
        const I* index = io.input<I>(0);
        const T on = *io.input<T>(2);
        T* y = io.output<T>(0);
        std::fill_n(y, outer * depth * inner, *io.input<T>(3));
        for (std::int64_t o = 0; o < outer; ++o, y += depth * inner) {
          for (std::int64_t i = 0; i < inner; ++i) {
            const auto at = static_cast<std::int64_t>(*index++);
            if (at >= 0 && at < depth) y[at * inner + i] = on;
          }
        }
      });
    });
  });
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(one_hot) {
  using namespace hornbeam;
  add_op(OpDef("OneHot")
             .input("indices: TI")
             .input("depth: int32")
             .input("on_value: T")
             .input("off_value: T")
             .output("output: T")
             .attr("axis: int = -1")
             .attr("T: type")
             .attr("TI: type = int64")
             .shape(one_hot_shape)
             .kernel(one_hot_kernel)
             .no_gradient());
}
