// Real, Imag, Conj, ComplexAbs, Complex: complex numbers and their parts.
#include <complex>

#include "ops/broadcast.h"
#include "ops/gradient.h"

namespace hornbeam {
namespace {

std::vector<Shape> same_as_first(const ShapeContext& c) { return {c.shape(0)}; }

[[noreturn]] void no_kernel(const char* op, DType dtype) {
  throw TypeError(std::string(op) + " has no kernel for dtype " + std::string(name_of(dtype)));
}

// y[i] = f(x[i]) of complex x.
template <class F>
std::unique_ptr<Kernel> complex_kernel(const KernelSpec& spec, const char* op, F f) {
  const auto n = spec.elements(0);
  const auto each = [&]<class T>(T) -> std::unique_ptr<Kernel> {
    using Out = decltype(f(std::complex<T>()));
    return make_kernel([n, f](const KernelRun& io) {
      const auto* x = reinterpret_cast<const std::complex<T>*>(io.in[0]);
      auto* y = reinterpret_cast<Out*>(io.out[0]);
      for (std::int64_t i = 0; i < n; ++i) y[i] = f(x[i]);
    });
  };
  const auto from = spec.inputs[0].dtype, to = spec.outputs[0].dtype;
  const bool real = to == DType::float32 || to == DType::float64;
  if (from == DType::complex64 && to == (real ? DType::float32 : from)) return each(float{});
  if (from == DType::complex128 && to == (real ? DType::float64 : from)) return each(double{});
  no_kernel(op, from);
}

std::unique_ptr<Kernel> real_kernel(const KernelSpec& spec) {
  return complex_kernel(spec, "Real", [](const auto& z) { return z.real(); });
}
std::unique_ptr<Kernel> imag_kernel(const KernelSpec& spec) {
  return complex_kernel(spec, "Imag", [](const auto& z) { return z.imag(); });
}
std::unique_ptr<Kernel> abs_kernel(const KernelSpec& spec) {
  return complex_kernel(spec, "ComplexAbs", [](const auto& z) { return std::abs(z); });
}
std::unique_ptr<Kernel> conj_kernel(const KernelSpec& spec) {
  return complex_kernel(spec, "Conj", [](const auto& z) { return std::conj(z); });
}

std::unique_ptr<Kernel> join_kernel(const KernelSpec& spec) {
  const auto& shape = spec.outputs[0].shape;
  const auto n = shape.num_elements();
  // The same shapes, or one number for all.
  std::int64_t step[2];
  for (std::size_t i = 0; i < 2; ++i) step[i] = spec.inputs[i].shape.num_elements() == n ? 1 : 0;
  for (std::size_t i = 0; i < 2; ++i) {
    if (step[i] == 0 && spec.inputs[i].shape.num_elements() != 1) {
      throw InvalidArgumentError("Complex takes parts of one shape, or a single number. Received: " +
                                 spec.inputs[0].shape.to_string() + " and " + spec.inputs[1].shape.to_string());
    }
  }
  const auto each = [&]<class T>(T) -> std::unique_ptr<Kernel> {
    return make_kernel([n, a = step[0], b = step[1]](const KernelRun& io) {
      auto* y = reinterpret_cast<std::complex<T>*>(io.out[0]);
      for (std::int64_t i = 0; i < n; ++i) y[i] = {io.input<T>(0)[i * a], io.input<T>(1)[i * b]};
    });
  };
  const auto from = spec.inputs[0].dtype, to = spec.outputs[0].dtype;
  if (from == DType::float32 && to == DType::complex64) return each(float{});
  if (from == DType::float64 && to == DType::complex128) return each(double{});
  no_kernel("Complex", from);
}

Tensor part(const char* op, const Tensor& z) {
  return call_op1(op, {z}, {{"Tout", z.dtype() == DType::complex128 ? DType::float64 : DType::float32}});
}
Tensor joined(const Tensor& real, const Tensor& imag) {
  return call_op1("Complex", {real, imag},
                  {{"Tout", real.dtype() == DType::float64 ? DType::complex128 : DType::complex64}});
}

Tensors real_gradient(const GradientContext& c) { return {joined(c.grad(), ops::zeros_like(c.grad()))}; }
Tensors imag_gradient(const GradientContext& c) { return {joined(ops::zeros_like(c.grad()), c.grad())}; }
Tensors conj_gradient(const GradientContext& c) { return {call_op1("Conj", {c.grad()})}; }
Tensors abs_gradient(const GradientContext& c) {
  const auto& z = c.input(0);
  const auto by = ops::divide_no_nan(c.grad(), c.output());
  return {joined(by * part("Real", z), by * part("Imag", z))};
}
Tensors join_gradient(const GradientContext& c) {
  const BroadcastSums sums(c.input(0), c.input(1));
  return {sums.to_x(part("Real", c.grad())), sums.to_y(part("Imag", c.grad()))};
}

OpDef part_op(const char* name, const char* input, const char* output) {
  return OpDef(name)
      .input(input)
      .output(output)
      .attr("T: type = complex64")
      .attr("Tout: type = float32")
      .shape(same_as_first);
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(complex_numbers) {
  using namespace hornbeam;
  add_op(part_op("Real", "input: T", "output: Tout").kernel(real_kernel).gradient(real_gradient));
  add_op(part_op("Imag", "input: T", "output: Tout").kernel(imag_kernel).gradient(imag_gradient));
  add_op(part_op("ComplexAbs", "x: T", "y: Tout").kernel(abs_kernel).gradient(abs_gradient));
  add_op(OpDef("Conj")
             .input("input: T")
             .output("output: T")
             .attr("T: type = complex64")
             .shape(same_as_first)
             .kernel(conj_kernel)
             .gradient(conj_gradient));
  add_op(OpDef("Complex")
             .input("real: T")
             .input("imag: T")
             .output("out: Tout")
             .attr("T: type = float32")
             .attr("Tout: type = complex64")
             .shape(broadcast_shape)
             .kernel(join_kernel)
             .gradient(join_gradient));
}
