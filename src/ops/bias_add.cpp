// BiasAdd: a bias per channel, which is the last dim (NHWC) or dim 1 (NCHW).
#include "ops/bias_add.h"

#include "ops/binary_op.h"
#include "ops/integer_math.h"

namespace hornbeam {

bool channels_first(const Attrs& attrs) {
  const auto* format = attrs.find("data_format");
  if (!format) return false;
  const auto& name = attrs.s("data_format");
  if (name != "NHWC" && name != "NCHW") throw InvalidArgumentError("Invalid data format: " + name);
  return name == "NCHW";
}

namespace {

std::vector<Shape> bias_add_shape(const ShapeContext& c) {
  Shape value = c.shape(0);
  const auto& bias = c.shape(1);
  const bool first = channels_first(c.attrs());
  if (value.has_rank() && value.rank() < 2) {
    throw InvalidArgumentError("Shape must be at least rank 2 but is rank " + std::to_string(value.rank()) +
                               " for op 'BiasAdd' with input shape " + value.to_string());
  }
  if (bias.has_rank() && bias.rank() != 1) {
    throw InvalidArgumentError("Biases must be 1D: " + bias.to_string());
  }
  if (!value.has_rank() || !bias.has_rank()) return {value};
  const auto channel = first ? 1 : value.rank() - 1;
  if (value[channel] >= 0 && bias[0] >= 0 && value[channel] != bias[0]) {
    throw InvalidArgumentError("Must provide as many biases as the last dimension of the input tensor: " +
                               bias.to_string() + " vs. " + value.to_string());
  }
  if (value[channel] < 0) value[channel] = bias[0];
  return {value};
}

struct BiasFn {
  static constexpr const char* kName = "BiasAdd";
  static constexpr kernels::Binary kFast = kernels::Binary::kAdd;
  template <class C>
  static C apply(C x, C y) {
    return wrap_add(x, y);
  }
};

std::unique_ptr<Kernel> bias_add_kernel(const KernelSpec& spec) {
  const auto& value = spec.inputs[0].shape;
  Shape bias = spec.inputs[1].shape;
  if (channels_first(spec.attrs)) {
    for (std::size_t i = 2; i < value.rank(); ++i) bias.push_back(1);
  }
  const TensorSpec inputs[] = {spec.inputs[0], {spec.inputs[1].dtype, bias}};
  return binary_kernel<BiasFn, NumberTypes, false>({spec.attrs, inputs, spec.outputs, spec.values, spec.compiled});
}

Tensors bias_add_gradient(const GradientContext& c) {
  const auto grad = c.grad();
  return {grad, c.if_wanted(1, [&] { return call_op1("BiasAddGrad", {grad}, pick(c.attrs(), {"data_format"})); })};
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(bias_add) {
  using namespace hornbeam;
  add_op(OpDef("BiasAdd")
             .input("value: T")
             .input("bias: T")
             .output("output: T")
             .attr("T: type")
             .attr("data_format: string = 'NHWC'")
             .shape(bias_add_shape)
             .kernel(bias_add_kernel)
             .elementwise()
             .gradient(bias_add_gradient));
  add_op(OpDef("BiasAddV1")
             .input("value: T")
             .input("bias: T")
             .output("output: T")
             .attr("T: type")
             .shape(bias_add_shape)
             .kernel(bias_add_kernel)
             .elementwise()
             .gradient(bias_add_gradient));
}
