// BiasAddGrad: the sum of a gradient over all dims but the channels.
#include "ops/bias_add.h"
#include "ops/dispatch.h"
#include "ops/kernels/columns.h"
#include "ops/shape_math.h"

namespace hornbeam {
namespace {

std::vector<Shape> bias_add_grad_shape(const ShapeContext& c) {
  const auto& in = c.shape(0);
  const bool first = channels_first(c.attrs());
  if (!in.has_rank()) return {Shape{None}};
  if (in.rank() < 2) {
    throw InvalidArgumentError("Shape must be at least rank 2 but is rank " + std::to_string(in.rank()) +
                               " for op 'BiasAddGrad' with input shape " + in.to_string());
  }
  return {Shape{in[first ? 1 : in.rank() - 1]}};
}

std::unique_ptr<Kernel> bias_add_grad_kernel(const KernelSpec& spec) {
  const auto& in = spec.inputs[0].shape;
  const auto channel = channels_first(spec.attrs) ? 1 : in.rank() - 1;
  const auto outer = product(in, 0, channel), channels = in[channel], inner = product(in, channel + 1, in.rank());
  if (spec.inputs[0].dtype == DType::float32 && inner == 1) {
    return make_part_kernel(2.0 * static_cast<double>(in.num_elements()), [=](const KernelRun& io, kernels::Part part) {
      kernels::column_sums_part(outer, channels, io.input<float>(0), io.output<float>(0), part);
    });
  }
  return dispatch<NumberTypes>(spec.inputs[0].dtype, "BiasAddGrad", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([=](const KernelRun& io) {
      using C = std::conditional_t<std::is_floating_point_v<compute_t<T>>, double, T>;
      std::vector<C> sums(static_cast<std::size_t>(channels));
      const T* x = io.input<T>(0);
      for (std::int64_t o = 0; o < outer; ++o) {
        for (auto& sum : sums) {
          for (std::int64_t i = 0; i < inner; ++i)
            sum = static_cast<C>(sum + static_cast<C>(static_cast<compute_t<T>>(*x++)));
        }
      }
      T* y = io.output<T>(0);
      for (std::size_t i = 0; i < sums.size(); ++i) y[i] = static_cast<T>(static_cast<compute_t<T>>(sums[i]));
    });
  });
}

// The same number for all that were summed.
Tensors bias_add_grad_gradient(const GradientContext& c) {
  auto bias = c.grad();
  const auto& x = c.input(0);
  if (channels_first(c.attrs())) {
    if (!x.shape().has_rank()) throw NotImplementedError("the gradient of BiasAddGrad needs the rank of its input");
    for (std::size_t i = 2; i < x.rank(); ++i) bias = ops::expand_dims(bias, -1);
  }
  return {call_op1("BroadcastTo", {bias, shape_of(x)})};
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(bias_add_grad) {
  using namespace hornbeam;
  add_op(OpDef("BiasAddGrad")
             .input("out_backprop: T")
             .output("output: T")
             .attr("T: type")
             .attr("data_format: string = 'NHWC'")
             .shape(bias_add_grad_shape)
             .kernel(bias_add_grad_kernel)
             .gradient(bias_add_grad_gradient));
}
