// Ops that hand their input on: Identity and its kin, EnsureShape, CheckNumerics.
#include <cmath>

#include "ops/broadcast.h"
#include "ops/dispatch.h"
#include "ops/gradient.h"
#include "ops/layout_dispatch.h"
#include "ops/shape_math.h"

namespace hornbeam {
namespace {

std::vector<Shape> same_shapes(const ShapeContext& c) {
  std::vector<Shape> shapes;
  for (std::size_t i = 0; i < c.num_inputs(); ++i) shapes.push_back(c.shape(i));
  return shapes;
}

std::unique_ptr<Kernel> identity_n_kernel(const KernelSpec& spec) {
  struct Copy {
    DType dtype;
    std::int64_t elements;
  };
  std::vector<Copy> copies;
  for (const auto& s : spec.inputs) copies.push_back({s.dtype, s.shape.num_elements()});
  return make_kernel([copies](const KernelRun& io) {
    for (std::size_t i = 0; i < copies.size(); ++i) {
      dispatch_layout(copies[i].dtype, "IdentityN",
                      [&]<class T>() { std::copy_n(io.input<T>(i), copies[i].elements, io.output<T>(i)); });
    }
  });
}

std::vector<Shape> ensure_shape_shape(const ShapeContext& c) {
  const auto& wanted = c.attrs().shape("shape");
  const auto& shape = c.shape(0);
  if (!wanted.is_compatible_with(shape)) {
    throw InvalidArgumentError("Shape of tensor input " + bracketed(shape) + " is not compatible with expected shape " +
                               bracketed(wanted) + ".");
  }
  return {merge_shapes(shape, wanted, "EnsureShape")};
}

std::unique_ptr<Kernel> check_numerics_kernel(const KernelSpec& spec) {
  const auto message = spec.attrs.s("message");
  const auto n = spec.elements(0);
  return dispatch<FloatTypes>(spec.inputs[0].dtype, "CheckNumerics", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([message, n](const KernelRun& io) {
      const T* x = io.input<T>(0);
      bool nan = false, inf = false;
      for (std::int64_t i = 0; i < n; ++i) {
        nan |= std::isnan(static_cast<compute_t<T>>(x[i]));
        inf |= std::isinf(static_cast<compute_t<T>>(x[i]));
      }
      if (nan || inf) {
        throw InvalidArgumentError(message + " : Tensor had " +
                                   (nan && inf ? "Inf and NaN"
                                    : nan      ? "NaN"
                                               : "Inf") +
                                   " values");
      }
      if (io.output<T>(0) != x) std::copy_n(x, n, io.output<T>(0));
    });
  });
}

Tensors handed_back(const GradientContext& c) { return {c.grad()}; }

}  // namespace
}  // namespace hornbeam

HB_REGISTER(identity) {
  using namespace hornbeam;
  for (const char* name : {"Identity", "StopGradient", "Snapshot", "PlaceholderWithDefault"}) {
    const bool placeholder = std::string_view(name) == "PlaceholderWithDefault";
    const char* type = placeholder ? "input: dtype" : "input: T";
    auto def = OpDef(name).input(type).output(placeholder ? "output: dtype" : "output: T").shape(same_shape).alias();
    if (std::string_view(name) == "StopGradient") {
      std::move(def).no_gradient();
    } else {
      std::move(def).gradient(handed_back);
    }
    if (placeholder) {
      add_op(std::move(def).attr("dtype: type").attr("shape: shape = unknown"));
    } else {
      add_op(std::move(def).attr("T: type"));
    }
  }
  add_op(OpDef("PreventGradient")
             .input("input: T")
             .output("output: T")
             .attr("T: type")
             .attr("message: string = ''")
             .shape(same_shape)
             .alias()
             .gradient([](const GradientContext& c) -> Tensors {
               throw LookupError("Gradient explicitly disabled. Reason: " + c.attrs().s("message"));
             }));
  add_op(OpDef("EnsureShape")
             .input("input: T")
             .output("output: T")
             .attr("shape: shape")
             .attr("T: type")
             .shape(ensure_shape_shape)
             .alias()
             .gradient(handed_back));
  add_op(OpDef("IdentityN")
             .input("input: T")
             .output("output: T")
             .attr("T: list(type)")
             .shape(same_shapes)
             .kernel(identity_n_kernel)
             .gradient([](const GradientContext& c) {
               Tensors grads(c.num_inputs());
               for (std::size_t i = 0; i < grads.size(); ++i) {
                 if (c.has_grad(i)) grads[i] = c.grad(i);
               }
               return grads;
             }));
  add_op(OpDef("CheckNumerics")
             .input("tensor: T")
             .output("output: T")
             .attr("T: type")
             .attr("message: string")
             .shape(same_shape)
             .kernel(check_numerics_kernel)
             .elementwise()
             .gradient([](const GradientContext& c) -> Tensors {
               const auto message = "Not a number (NaN) or infinity (Inf) values detected in gradient. ";
               return {call_op1("CheckNumerics", {c.grad()}, {{"message", message + c.attrs().s("message")}})};
             }));
}
