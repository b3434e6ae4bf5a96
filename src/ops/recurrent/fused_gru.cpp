// _FusedGRU: a whole sequence through a GRU cell; sequence.h says what the recurrent ops share.
#include "ops/dispatch.h"
#include "ops/recurrent/fast_gru.h"
#include "ops/recurrent/plain_gru.h"

namespace hornbeam {
namespace {

constexpr const char* kGru = "_FusedGRU";

std::vector<Shape> gru_shape(const ShapeContext& c) {
  check_activations(c.attrs(), {"activation", "recurrent_activation"});
  const RecurrentDims dims(c, kGru, 1, 3, c.attrs().b("reset_after") ? 2 : 0);
  const bool keep = c.attrs().b("keep");
  const auto three = dims.units < 0 ? None : 3 * dims.units;
  return {dims.steps(dims.units, c.attrs().b("sequences")), dims.state(), dims.steps(three, keep),
          dims.steps(dims.units, keep), dims.steps(dims.units, keep)};
}

std::unique_ptr<Kernel> gru_kernel(const KernelSpec& spec) {
  const auto q = sequence_of(spec.attrs, spec.inputs[0].shape, spec.inputs[1].shape[1]);
  const GruCell cell(spec.attrs);
  const RecurrentInputs in(spec.attrs, 1);
  const bool sequences = spec.attrs.b("sequences"), keep = spec.attrs.b("keep");
  const auto dtype = spec.inputs[1].dtype;
  if (dtype == DType::float16 || dtype == DType::bfloat16) return widened_kernel(spec, gru_kernel);
  if (dtype == DType::float32) return fast::gru(spec, q);
  return dispatch<Types<double>>(dtype, kGru, [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([=](const KernelRun& io) {
      const GruArrays<T> arrays{io.input<T>(0),
                                io.input<T>(1),
                                io.input<T>(in.kernel),
                                io.input<T>(in.recurrent),
                                in.bias ? io.input<T>(in.bias) : nullptr,
                                in.mask ? io.input<bool>(in.mask) : nullptr,
                                sequences ? io.output<T>(0) : nullptr,
                                io.output<T>(1),
                                keep ? io.output<T>(2) : nullptr,
                                keep ? io.output<T>(3) : nullptr,
                                keep ? io.output<T>(4) : nullptr};
      plain::gru(q, cell, arrays);
    });
  });
}

// Columns [begin, end) of rows.
Tensor columns(const Tensor& rows, const Tensor& units, int begin, int count) {
  const auto zero = Tensor::from<std::int32_t>({1}, {0}), all = Tensor::from<std::int32_t>({1}, {-1});
  return call_op1("Slice", {rows, ops::concat({zero, units * begin}, 0), ops::concat({all, units * count}, 0)});
}

// Without reset_after the third gate's weights meet r h.
Tensor by_recurrent(const GradientContext& c, const RecurrentInputs& in, const Tensor& dz) {
  const auto units = ops::strided_slice(shape_of(c.input(in.recurrent)), {0}, {1}, {1});
  const auto d = as_rows(dz);
  const auto first = weight_gradient(c.output(4), columns(d, units, 0, 2)),
             last = weight_gradient(c.output(3), columns(d, units, 2, 1));
  return reshape_like(ops::concat({first, last}, 1), c.input(in.recurrent));
}

Tensors gru_gradient(const GradientContext& c) {
  const RecurrentInputs in(c.attrs(), 1);
  std::vector<Tensor> inputs{c.output(2), c.output(3), c.output(4), c.input(in.recurrent), c.grad(1)};
  if (in.mask) inputs.push_back(c.input(in.mask));
  if (c.has_grad(0)) inputs.push_back(c.grad(0));
  Attrs attrs = pick(c.attrs(), {"activation", "recurrent_activation", "reset_after", "go_backwards", "time_major",
                                 "zero_output_for_mask", "num_masks"});
  attrs.set("num_dy", static_cast<std::int64_t>(c.has_grad(0) ? 1 : 0));
  const bool reset_after = c.attrs().b("reset_after");
  const auto back = call_op("_FusedGRUGrad", inputs, attrs);
  const auto &dz = back[0], &recur = back[1];
  Tensors result(c.num_inputs());
  result[0] = c.if_wanted(0, [&] { return step_gradient(dz, c.input(in.kernel), c.input(0)); });
  result[1] = back[2];
  result[in.kernel] = c.if_wanted(in.kernel, [&] { return weight_gradient(c.input(0), dz); });
  result[in.recurrent] = c.if_wanted(
      in.recurrent, [&] { return reset_after ? weight_gradient(c.output(4), recur) : by_recurrent(c, in, dz); });
  if (!in.bias) return result;
  result[in.bias] = c.if_wanted(in.bias, [&] {
    const auto of_x = call_op1("BiasAddGrad", {as_rows(dz)});
    return reset_after ? ops::stack({of_x, call_op1("BiasAddGrad", {as_rows(recur)})}, 0) : of_x;
  });
  return result;
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(fused_gru) {
  using namespace hornbeam;
  add_op(with_sequence_attrs(OpDef(kGru)
                                 .input("x: Tx")
                                 .input("initial_h: T")
                                 .input("kernel: T")
                                 .input("recurrent_kernel: T")
                                 .input("bias: num_bias * T")
                                 .input("mask: num_masks * bool")
                                 .output("y: T")
                                 .output("h: T")
                                 .output("gates: T")      // activated
                                 .output("inner: T")      // the candidate's recurrent product (reset_after), else r h
                                 .output("previous: T"))  // h before each step
             .attr("recurrent_activation: string = 'sigmoid'")
             .attr("reset_after: bool = true")
             .shape(gru_shape)
             .kernel(gru_kernel)
             .gradient(gru_gradient));
}
