// _FusedGRUGrad: back through _FusedGRU, to what was added to x W + b (dz) and to h U + c (recur; empty without
// reset_after) in every step, in x's order, and to the initial state.
#include "ops/dispatch.h"
#include "ops/recurrent/fast_gru.h"
#include "ops/recurrent/plain_gru.h"
#include "ops/shape_math.h"

namespace hornbeam {
namespace {

constexpr const char* kGruGrad = "_FusedGRUGrad";
struct GruGradInputs {
  enum At : std::size_t { kGates, kInner, kPrevious, kRecurrent, kDh, kFirstOptional };
};

std::vector<Shape> gru_grad_shape(const ShapeContext& c) {
  using enum GruGradInputs::At;
  check_activations(c.attrs(), {"activation", "recurrent_activation"});
  return {c.shape(kGates), c.attrs().b("reset_after") ? c.shape(kGates) : Shape{0}, c.shape(kDh)};
}

std::unique_ptr<Kernel> gru_grad_kernel(const KernelSpec& spec) {
  using enum GruGradInputs::At;
  const auto q = sequence_of(spec.attrs, spec.inputs[kInner].shape, spec.inputs[kInner].shape[2]);
  const GruCell cell(spec.attrs);
  const std::size_t masks = spec.attrs.i("num_masks") > 0, dys = spec.attrs.i("num_dy") > 0;
  const auto dtype = spec.inputs[0].dtype;
  if (dtype == DType::float16 || dtype == DType::bfloat16) return widened_kernel(spec, gru_grad_kernel);
  if (dtype == DType::float32) return fast::gru_grad(spec, q);
  return dispatch<Types<double>>(dtype, kGruGrad, [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([=](const KernelRun& io) {
      const GruGradArrays<T> arrays{io.input<T>(kGates),
                                    io.input<T>(kInner),
                                    io.input<T>(kPrevious),
                                    io.input<T>(kRecurrent),
                                    masks ? io.input<bool>(kFirstOptional) : nullptr,
                                    dys ? io.input<T>(kFirstOptional + masks) : nullptr,
                                    io.input<T>(kDh),
                                    io.output<T>(0),
                                    cell.reset_after ? io.output<T>(1) : nullptr,
                                    io.output<T>(2)};
      plain::gru_grad(q, cell, arrays);
    });
  });
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(fused_gru_grad) {
  using namespace hornbeam;
  add_op(OpDef(kGruGrad)
             .input("gates: T")
             .input("inner: T")
             .input("previous: T")
             .input("recurrent_kernel: T")
             .input("dh: T")
             .input("mask: num_masks * bool")
             .input("dy: num_dy * T")
             .output("dz: T")
             .output("recur: T")
             .output("by_initial_h: T")
             .attr("T: type")
             .attr("num_masks: int")
             .attr("num_dy: int")
             .attr("activation: string = 'tanh'")
             .attr("recurrent_activation: string = 'sigmoid'")
             .attr("reset_after: bool = true")
             .attr("go_backwards: bool = false")
             .attr("time_major: bool = false")
             .attr("zero_output_for_mask: bool = false")
             .shape(gru_grad_shape)
             .kernel(gru_grad_kernel));
}
