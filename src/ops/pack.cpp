// Pack and Unpack (tf.stack, tf.unstack).
#include "ops/gradient.h"
#include "ops/layout_dispatch.h"
#include "ops/shape_math.h"
#include "ops/strided_copy.h"

namespace hornbeam {
namespace {

std::size_t pack_axis(std::int64_t axis, std::int64_t rank) {
  if (axis < -rank || axis >= rank) {
    throw InvalidArgumentError("axis = " + std::to_string(axis) + " not in [" + std::to_string(-rank) + ", " +
                               std::to_string(rank) + ")");
  }
  return static_cast<std::size_t>(axis < 0 ? axis + rank : axis);
}

std::vector<Shape> pack_shape(const ShapeContext& c) {
  if (c.num_inputs() == 0) throw InvalidArgumentError("Pack needs at least one input");
  Shape in = c.shape(0);
  for (std::size_t i = 1; i < c.num_inputs(); ++i) {
    if (!in.is_compatible_with(c.shape(i))) {
      throw InvalidArgumentError("Shapes of all inputs must match: values[0].shape = " + bracketed(c.shape(0)) +
                                 " != values[" + std::to_string(i) + "].shape = " + bracketed(c.shape(i)));
    }
    in = merge_shapes(in, c.shape(i), "Pack");
  }
  if (!in.has_rank()) return {in};
  const auto axis = pack_axis(c.attrs().i("axis"), static_cast<std::int64_t>(in.rank()) + 1);
  auto dims = in.dims();
  dims.insert(dims.begin() + static_cast<std::ptrdiff_t>(axis), static_cast<std::int64_t>(c.num_inputs()));
  return {Shape(std::move(dims))};
}

std::unique_ptr<Kernel> pack_kernel(const KernelSpec& spec) {
  const auto& out = spec.outputs[0].shape;
  const auto axis = pack_axis(spec.attrs.i("axis"), static_cast<std::int64_t>(out.rank()));
  const auto outer = product(out, 0, axis), inner = product(out, axis + 1, out.rank());
  const auto n = out[axis];
  const CopyPlan plan({outer, inner}, {inner, 1}, {inner * n, 1});
  return dispatch_layout(spec.outputs[0].dtype, "Pack", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([plan, n, inner](const KernelRun& io) {
      for (std::int64_t i = 0; i < n; ++i) {
        plan.run(io.input<T>(static_cast<std::size_t>(i)), io.output<T>(0) + i * inner);
      }
    });
  });
}

std::vector<Shape> unpack_shape(const ShapeContext& c) {
  const auto num = c.attrs().i("num");
  if (num < 0) throw InvalidArgumentError("num must be non-negative, got " + std::to_string(num));
  const auto& in = c.shape(0);
  Shape out = Shape::unknown();
  if (in.has_rank()) {
    const auto axis = pack_axis(c.attrs().i("axis"), static_cast<std::int64_t>(in.rank()));
    if (in[axis] >= 0 && in[axis] != num) {
      throw InvalidArgumentError("Input shape axis " + std::to_string(axis) + " must equal " + std::to_string(num) +
                                 ", got shape " + bracketed(in));
    }
    auto dims = in.dims();
    dims.erase(dims.begin() + static_cast<std::ptrdiff_t>(axis));
    out = Shape(std::move(dims));
  }
  return std::vector<Shape>(static_cast<std::size_t>(num), out);
}

std::unique_ptr<Kernel> unpack_kernel(const KernelSpec& spec) {
  const auto& in = spec.inputs[0].shape;
  const auto axis = pack_axis(spec.attrs.i("axis"), static_cast<std::int64_t>(in.rank()));
  const auto outer = product(in, 0, axis), inner = product(in, axis + 1, in.rank());
  const auto n = in[axis];
  const CopyPlan plan({outer, inner}, {inner * n, 1}, {inner, 1});
  return dispatch_layout(spec.inputs[0].dtype, "Unpack", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([plan, n, inner](const KernelRun& io) {
      for (std::int64_t i = 0; i < n; ++i) {
        plan.run(io.input<T>(0) + i * inner, io.output<T>(static_cast<std::size_t>(i)));
      }
    });
  });
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(pack) {
  using namespace hornbeam;
  add_op(OpDef("Pack")
             .input("values: N * T")
             .output("output: T")
             .attr("N: int")
             .attr("T: type")
             .attr("axis: int = 0")
             .shape(pack_shape)
             .kernel(pack_kernel)
             .gradient([](const GradientContext& c) {
               return call_op("Unpack", {c.grad()},
                              {{"num", static_cast<std::int64_t>(c.num_inputs())}, {"axis", c.attrs().i("axis")}});
             }));
  add_op(OpDef("Unpack")
             .input("value: T")
             .output("output: num * T")
             .attr("num: int")
             .attr("T: type")
             .attr("axis: int = 0")
             .shape(unpack_shape)
             .kernel(unpack_kernel)
             .gradient([](const GradientContext& c) -> Tensors {
               Tensors grads;
               for (std::size_t i = 0; i < c.num_outputs(); ++i) grads.push_back(c.grad(i));
               return {call_op("Pack", grads, pick(c.attrs(), {"axis"}))[0]};
             }));
}
