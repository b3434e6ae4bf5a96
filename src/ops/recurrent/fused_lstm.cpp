// _FusedLSTM: a whole sequence through an LSTM cell; sequence.h says what the recurrent ops share.
#include "ops/dispatch.h"
#include "ops/recurrent/fast_lstm.h"
#include "ops/recurrent/plain_lstm.h"

namespace hornbeam {
namespace {

constexpr const char* kLstm = "_FusedLSTM";

std::vector<Shape> lstm_shape(const ShapeContext& c) {
  check_activations(c.attrs(), {"activation", "recurrent_activation"});
  const RecurrentDims dims(c, kLstm, 2, 4, 0);
  const bool keep = c.attrs().b("keep");
  const auto four = dims.units < 0 ? None : 4 * dims.units;
  return {dims.steps(dims.units, c.attrs().b("sequences")),
          dims.state(),
          dims.state(),
          dims.steps(four, keep),
          dims.steps(dims.units, keep),
          dims.steps(dims.units, keep)};
}

std::unique_ptr<Kernel> lstm_kernel(const KernelSpec& spec) {
  const auto q = sequence_of(spec.attrs, spec.inputs[0].shape, spec.inputs[1].shape[1]);
  const LstmCell cell(spec.attrs);
  const RecurrentInputs in(spec.attrs, 2);
  const bool sequences = spec.attrs.b("sequences"), keep = spec.attrs.b("keep");
  const auto dtype = spec.inputs[1].dtype;
  if (dtype == DType::float16 || dtype == DType::bfloat16) return widened_kernel(spec, lstm_kernel);
  if (dtype == DType::float32) return fast::lstm(spec, q);
  return dispatch<Types<double>>(dtype, kLstm, [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([=](const KernelRun& io) {
      const LstmArrays<T> arrays{io.input<T>(0),
                                 io.input<T>(1),
                                 io.input<T>(2),
                                 io.input<T>(in.kernel),
                                 io.input<T>(in.recurrent),
                                 in.bias ? io.input<T>(in.bias) : nullptr,
                                 in.mask ? io.input<bool>(in.mask) : nullptr,
                                 sequences ? io.output<T>(0) : nullptr,
                                 io.output<T>(1),
                                 io.output<T>(2),
                                 keep ? io.output<T>(3) : nullptr,
                                 keep ? io.output<T>(4) : nullptr,
                                 keep ? io.output<T>(5) : nullptr};
      plain::lstm(q, cell, arrays);
    });
  });
}

Tensors lstm_gradient(const GradientContext& c) {
  const RecurrentInputs in(c.attrs(), 2);
  std::vector<Tensor> inputs{c.output(3), c.output(4), c.input(2), c.input(in.recurrent), c.grad(1), c.grad(2)};
  if (in.mask) inputs.push_back(c.input(in.mask));
  if (c.has_grad(0)) inputs.push_back(c.grad(0));
  Attrs attrs = pick(c.attrs(), {"activation", "recurrent_activation", "go_backwards", "time_major",
                                 "zero_output_for_mask", "num_masks"});
  attrs.set("num_dy", static_cast<std::int64_t>(c.has_grad(0) ? 1 : 0));
  const auto back = call_op("_FusedLSTMGrad", inputs, attrs);
  const auto& dz = back[0];
  Tensors result(c.num_inputs());
  result[0] = c.if_wanted(0, [&] { return step_gradient(dz, c.input(in.kernel), c.input(0)); });
  result[1] = back[1];
  result[2] = back[2];
  result[in.kernel] = c.if_wanted(in.kernel, [&] { return weight_gradient(c.input(0), dz); });
  result[in.recurrent] = c.if_wanted(in.recurrent, [&] { return weight_gradient(c.output(5), dz); });
  if (in.bias) result[in.bias] = c.if_wanted(in.bias, [&] { return call_op1("BiasAddGrad", {as_rows(dz)}); });
  return result;
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(fused_lstm) {
  using namespace hornbeam;
  add_op(with_sequence_attrs(OpDef(kLstm)
                                 .input("x: Tx")
                                 .input("initial_h: T")
                                 .input("initial_c: T")
                                 .input("kernel: T")
                                 .input("recurrent_kernel: T")
                                 .input("bias: num_bias * T")
                                 .input("mask: num_masks * bool")
                                 .output("y: T")
                                 .output("h: T")
                                 .output("c: T")
                                 .output("gates: T")      // activated
                                 .output("cells: T")      // c of each step
                                 .output("previous: T"))  // h before each step
             .attr("recurrent_activation: string = 'sigmoid'")
             .shape(lstm_shape)
             .kernel(lstm_kernel)
             .gradient(lstm_gradient));
}
