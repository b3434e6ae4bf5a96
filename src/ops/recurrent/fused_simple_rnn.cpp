// _FusedSimpleRNN and its gradient: a whole sequence through h' = activation(x W + b + h U); sequence.h says what the
// recurrent ops share. _FusedSimpleRNNGrad goes back to the pre-activations of every step, in x's order, and to the
// initial state.
#include "ops/dispatch.h"
#include "ops/recurrent/fast_simple_rnn.h"
#include "ops/recurrent/plain_simple_rnn.h"

namespace hornbeam {
namespace {

constexpr const char *kSimpleRnn = "_FusedSimpleRNN", *kSimpleRnnGrad = "_FusedSimpleRNNGrad";
struct SimpleRnnGradInputs {
  enum At : std::size_t { kPrevious, kLastH, kRecurrent, kDh, kFirstOptional };
};

std::vector<Shape> simple_rnn_shape(const ShapeContext& c) {
  check_activations(c.attrs(), {"activation"});
  const RecurrentDims dims(c, kSimpleRnn, 1, 1, 0);
  return {dims.steps(dims.units, c.attrs().b("sequences")), dims.state(), dims.steps(dims.units, c.attrs().b("keep"))};
}

std::unique_ptr<Kernel> simple_rnn_kernel(const KernelSpec& spec) {
  const auto q = sequence_of(spec.attrs, spec.inputs[0].shape, spec.inputs[1].shape[1]);
  const auto activation = activation_attr(spec.attrs, "activation");
  const RecurrentInputs in(spec.attrs, 1);
  const bool sequences = spec.attrs.b("sequences"), keep = spec.attrs.b("keep");
  const auto dtype = spec.inputs[1].dtype;
  if (dtype == DType::float16 || dtype == DType::bfloat16) return widened_kernel(spec, simple_rnn_kernel);
  if (dtype == DType::float32) return fast::simple_rnn(spec, q);
  return dispatch<Types<double>>(dtype, kSimpleRnn, [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([=](const KernelRun& io) {
      const SimpleRnnArrays<T> arrays{io.input<T>(0),
                                      io.input<T>(1),
                                      io.input<T>(in.kernel),
                                      io.input<T>(in.recurrent),
                                      in.bias ? io.input<T>(in.bias) : nullptr,
                                      in.mask ? io.input<bool>(in.mask) : nullptr,
                                      sequences ? io.output<T>(0) : nullptr,
                                      io.output<T>(1),
                                      keep ? io.output<T>(2) : nullptr};
      plain::simple_rnn(q, activation, arrays);
    });
  });
}

Tensors simple_rnn_gradient(const GradientContext& c) {
  const RecurrentInputs in(c.attrs(), 1);
  std::vector<Tensor> inputs{c.output(2), c.output(1), c.input(in.recurrent), c.grad(1)};
  if (in.mask) inputs.push_back(c.input(in.mask));
  if (c.has_grad(0)) inputs.push_back(c.grad(0));
  Attrs attrs = pick(c.attrs(), {"activation", "go_backwards", "time_major", "zero_output_for_mask", "num_masks"});
  attrs.set("num_dy", static_cast<std::int64_t>(c.has_grad(0) ? 1 : 0));
  const auto back = call_op(kSimpleRnnGrad, inputs, attrs);
  const auto& dz = back[0];
  Tensors result(c.num_inputs());
  result[0] = c.if_wanted(0, [&] { return step_gradient(dz, c.input(in.kernel), c.input(0)); });
  result[1] = back[1];
  result[in.kernel] = c.if_wanted(in.kernel, [&] { return weight_gradient(c.input(0), dz); });
  result[in.recurrent] = c.if_wanted(in.recurrent, [&] { return weight_gradient(c.output(2), dz); });
  if (in.bias) result[in.bias] = c.if_wanted(in.bias, [&] { return call_op1("BiasAddGrad", {as_rows(dz)}); });
  return result;
}

std::vector<Shape> simple_rnn_grad_shape(const ShapeContext& c) {
  using enum SimpleRnnGradInputs::At;
  check_activations(c.attrs(), {"activation"});
  return {c.shape(kPrevious), c.shape(kDh)};
}

std::unique_ptr<Kernel> simple_rnn_grad_kernel(const KernelSpec& spec) {
  using enum SimpleRnnGradInputs::At;
  const auto q = sequence_of(spec.attrs, spec.inputs[kPrevious].shape, spec.inputs[kPrevious].shape[2]);
  const auto activation = activation_attr(spec.attrs, "activation");
  const std::size_t masks = spec.attrs.i("num_masks") > 0, dys = spec.attrs.i("num_dy") > 0;
  const auto dtype = spec.inputs[0].dtype;
  if (dtype == DType::float16 || dtype == DType::bfloat16) return widened_kernel(spec, simple_rnn_grad_kernel);
  if (dtype == DType::float32) return fast::simple_rnn_grad(spec, q);
  return dispatch<Types<double>>(dtype, kSimpleRnnGrad, [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([=](const KernelRun& io) {
      const SimpleRnnGradArrays<T> arrays{io.input<T>(kPrevious),
                                          io.input<T>(kLastH),
                                          io.input<T>(kRecurrent),
                                          masks ? io.input<bool>(kFirstOptional) : nullptr,
                                          dys ? io.input<T>(kFirstOptional + masks) : nullptr,
                                          io.input<T>(kDh),
                                          io.output<T>(0),
                                          io.output<T>(1)};
      plain::simple_rnn_grad(q, activation, arrays);
    });
  });
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(fused_simple_rnn) {
  using namespace hornbeam;
  add_op(with_sequence_attrs(OpDef(kSimpleRnn)
                                 .input("x: Tx")
                                 .input("initial_h: T")
                                 .input("kernel: T")
                                 .input("recurrent_kernel: T")
                                 .input("bias: num_bias * T")
                                 .input("mask: num_masks * bool")
                                 .output("y: T")
                                 .output("h: T")
                                 .output("previous: T"))  // h before each step
             .shape(simple_rnn_shape)
             .kernel(simple_rnn_kernel)
             .gradient(simple_rnn_gradient));
  add_op(OpDef(kSimpleRnnGrad)
             .input("previous: T")
             .input("last_h: T")
             .input("recurrent_kernel: T")
             .input("dh: T")
             .input("mask: num_masks * bool")
             .input("dy: num_dy * T")
             .output("dz: T")
             .output("by_initial_h: T")
             .attr("T: type")
             .attr("num_masks: int")
             .attr("num_dy: int")
             .attr("activation: string = 'tanh'")
             .attr("go_backwards: bool = false")
             .attr("time_major: bool = false")
             .attr("zero_output_for_mask: bool = false")
             .shape(simple_rnn_grad_shape)
             .kernel(simple_rnn_grad_kernel));
}
