// _FusedConv2D and _FusedDepthwiseConv2dNative: a convolution, a bias, a residual, an activation, a pooling in one
// pass. The executor makes them of Conv2D and what follows it.
#include "ops/conv.h"
#include "ops/packed_conv.h"

namespace hornbeam {
namespace {

template <bool kDepthwise>
const OpDef& base() {
  static const OpDef& op = get_op(kDepthwise ? "DepthwiseConv2dNative" : "Conv2D");
  return op;
}

template <bool kDepthwise>
std::vector<Shape> fused_shape(const ShapeContext& c) {
  const TensorSpec inputs[] = {{c.dtype(0), c.shape(0)}, {c.dtype(1), c.shape(1)}};
  auto out = base<kDepthwise>().shape_fn(ShapeContext(c.attrs(), inputs, {}))[0];
  const auto fused = fused_args(c.attrs());
  if (fused.residual) out = broadcast_shapes(out, c.shape(fused.residual));
  if (fused.max_pool) {
    for (std::size_t i = 1; i < 3; ++i) out[i] = out[i] < 0 ? out[i] : out[i] / 2;
  }
  return {out};
}

template <bool kDepthwise>
std::unique_ptr<Kernel> fused_kernel(const KernelSpec& spec) {
  const auto fused = fused_args(spec.attrs);
  if (auto fast = packed_conv2d(spec, fused, kDepthwise)) return fast;
  return unfused_kernel(spec, base<kDepthwise>(), fused);
}

OpDef fused_op(const char* name) {
  return conv_op(name, 4)
      .input("input: T")
      .input("filter: T")
      .input("args: num_args * T")
      .attr("num_args: int")
      .attr("fused_ops: list(string) = []")
      .attr("leakyrelu_alpha: float = 0.2")
      .attr("activation_alpha: float = 0")
      .attr("activation_beta: float = 0")
      .elementwise(2);
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(fused_conv) {
  using namespace hornbeam;
  add_op(fused_op("_FusedConv2D").shape(fused_shape<false>).kernel(fused_kernel<false>));
  add_op(fused_op("_FusedDepthwiseConv2dNative").shape(fused_shape<true>).kernel(fused_kernel<true>));
}
