// _FusedLSTMGrad: back through _FusedLSTM, to the pre-activations of every step (in x's order) and to the initial
// states. The gradients of x and of the weights are matrix products of what this gives.
#include "ops/dispatch.h"
#include "ops/recurrent/fast_lstm.h"
#include "ops/recurrent/plain_lstm.h"
#include "ops/shape_math.h"

namespace hornbeam {
namespace {

constexpr const char* kLstmGrad = "_FusedLSTMGrad";
struct LstmGradInputs {
  enum At : std::size_t { kGates, kCells, kInitialC, kRecurrent, kDh, kDc, kFirstOptional };
};

std::vector<Shape> lstm_grad_shape(const ShapeContext& c) {
  using enum LstmGradInputs::At;
  check_activations(c.attrs(), {"activation", "recurrent_activation"});
  const auto state = merge_shapes(merge_shapes(c.shape(kInitialC), c.shape(kDh), kLstmGrad), c.shape(kDc), kLstmGrad);
  return {c.shape(kGates), state, state};
}

std::unique_ptr<Kernel> lstm_grad_kernel(const KernelSpec& spec) {
  using enum LstmGradInputs::At;
  const auto q = sequence_of(spec.attrs, spec.inputs[kCells].shape, spec.inputs[kCells].shape[2]);
  const LstmCell cell(spec.attrs);
  const std::size_t masks = spec.attrs.i("num_masks") > 0, dys = spec.attrs.i("num_dy") > 0;
  const auto dtype = spec.inputs[0].dtype;
  if (dtype == DType::float16 || dtype == DType::bfloat16) return widened_kernel(spec, lstm_grad_kernel);
  if (dtype == DType::float32) return fast::lstm_grad(spec, q);
  return dispatch<Types<double>>(dtype, kLstmGrad, [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([=](const KernelRun& io) {
      const LstmGradArrays<T> arrays{io.input<T>(kGates),
                                     io.input<T>(kCells),
                                     io.input<T>(kInitialC),
                                     io.input<T>(kRecurrent),
                                     masks ? io.input<bool>(kFirstOptional) : nullptr,
                                     dys ? io.input<T>(kFirstOptional + masks) : nullptr,
                                     io.input<T>(kDh),
                                     io.input<T>(kDc),
                                     io.output<T>(0),
                                     io.output<T>(1),
                                     io.output<T>(2)};
      plain::lstm_grad(q, cell, arrays);
    });
  });
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(fused_lstm_grad) {
  using namespace hornbeam;
  add_op(OpDef(kLstmGrad)
             .input("gates: T")
             .input("cells: T")
             .input("initial_c: T")
             .input("recurrent_kernel: T")
             .input("dh: T")
             .input("dc: T")
             .input("mask: num_masks * bool")
             .input("dy: num_dy * T")
             .output("dz: T")
             .output("by_initial_h: T")
             .output("by_initial_c: T")
             .attr("T: type")
             .attr("num_masks: int")
             .attr("num_dy: int")
             .attr("activation: string = 'tanh'")
             .attr("recurrent_activation: string = 'sigmoid'")
             .attr("go_backwards: bool = false")
             .attr("time_major: bool = false")
             .attr("zero_output_for_mask: bool = false")
             .shape(lstm_grad_shape)
             .kernel(lstm_grad_kernel));
}
