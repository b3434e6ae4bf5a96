// Relu, Relu6, LeakyRelu, Elu, Selu, Sigmoid, Softplus, Softsign.
#include <cmath>
#include <limits>

#include "ops/unary_op.h"

namespace hornbeam {
namespace {

struct ReluFn {
  static constexpr const char* kName = "Relu";
  static constexpr kernels::Unary kFast = kernels::Unary::kRelu;
  template <class C>
  static C apply(C x) {
    return x < C{} ? C{} : x;  // NaN stays
  }
  static Tensor gradient(const Tensor& dy, const Tensor&, const Tensor& y) { return call_op1("ReluGrad", {dy, y}); }
};
struct Relu6Fn {
  static constexpr const char* kName = "Relu6";
  static constexpr kernels::Unary kFast = kernels::Unary::kRelu6;
  template <class C>
  static C apply(C x) {
    const C y = x < C{} ? C{} : x;
    return y > C(6) ? C(6) : y;
  }
  static Tensor gradient(const Tensor& dy, const Tensor&, const Tensor& y) { return call_op1("Relu6Grad", {dy, y}); }
};
// TensorFlow rounds exp(x) to a 16-bit type before the 1 is taken off, and it shows.
template <class C, class T>
C exp_minus_1(C x) {
  if constexpr (std::is_same_v<C, T>) {
    return std::expm1(x);
  } else {
    return static_cast<C>(static_cast<T>(std::exp(x))) - C(1);
  }
}

struct EluFn {
  static constexpr const char* kName = "Elu";
  static constexpr kernels::Unary kFast = kernels::Unary::kElu;
  static constexpr float kAlpha = 1;
  template <class C, class T>
  static C apply_as(C x) {
    return x < C{} ? exp_minus_1<C, T>(x) : x;
  }
  static Tensor gradient(const Tensor& dy, const Tensor&, const Tensor& y) { return call_op1("EluGrad", {dy, y}); }
};
struct SeluFn {
  static constexpr const char* kName = "Selu";
  static constexpr kernels::Unary kFast = kernels::Unary::kSelu;
  template <class C, class T>
  static C apply_as(C x) {
    const C scale = C(1.0507009873554804934193349852946);
    const C scale_alpha = C(1.7580993408473768599402175208123);
    return x < C{} ? scale_alpha * exp_minus_1<C, T>(x) : scale * x;
  }
  static Tensor gradient(const Tensor& dy, const Tensor&, const Tensor& y) { return call_op1("SeluGrad", {dy, y}); }
};
struct SigmoidFn {
  static constexpr const char* kName = "Sigmoid";
  static constexpr kernels::Unary kFast = kernels::Unary::kSigmoid;
  template <class C>
  static C apply(C x) {
    return C(1) / (C(1) + std::exp(-x));
  }
  static Tensor gradient(const Tensor& dy, const Tensor&, const Tensor& y) { return call_op1("SigmoidGrad", {y, dy}); }
};
struct SoftplusFn {
  static constexpr const char* kName = "Softplus";
  static constexpr kernels::Unary kFast = kernels::Unary::kSoftplus;
  template <class C>
  static C apply(C x) {
    // Where exp(x) is lost beside 1, or 1 beside exp(x), the function is its asymptote.
    const C threshold = std::log(std::numeric_limits<C>::epsilon()) + C(2);
    if (x > -threshold) return x;
    const C e = std::exp(x);
    return x < threshold ? e : std::log1p(e);
  }
  static Tensor gradient(const Tensor& dy, const Tensor& x, const Tensor&) { return call_op1("SoftplusGrad", {dy, x}); }
};
struct SoftsignFn {
  static constexpr const char* kName = "Softsign";
  static constexpr kernels::Unary kFast = kernels::Unary::kSoftsign;
  template <class C>
  static C apply(C x) {
    return x / (C(1) + std::fabs(x));
  }
  static Tensor gradient(const Tensor& dy, const Tensor& x, const Tensor&) { return call_op1("SoftsignGrad", {dy, x}); }
};

std::unique_ptr<Kernel> leaky_relu_kernel(const KernelSpec& spec) {
  const auto n = spec.elements(0);
  const float alpha = spec.attrs.f("alpha");
  return dispatch<FloatTypes>(spec.inputs[0].dtype, "LeakyRelu", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([n, alpha](const KernelRun& io) {
      using C = compute_t<T>;
      const T* x = io.input<T>(0);
      T* y = io.output<T>(0);
      if constexpr (std::is_same_v<T, float>) return kernels::map(kernels::leaky_relu(alpha), n, x, y);
      const C slope = static_cast<C>(static_cast<T>(alpha));
      for (std::int64_t i = 0; i < n; ++i) {
        const C v = static_cast<C>(x[i]);
        y[i] = static_cast<T>(v < C{} ? v * slope : v);
      }
    });
  });
}

template <class Fn, class List = FloatTypes>
OpDef activation_op() {
  return unary_op<Fn, List>(Fn::kName, "features: T", "activations: T");
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(activations) {
  using namespace hornbeam;
  add_op(activation_op<ReluFn, NumberTypes>());
  add_op(activation_op<Relu6Fn, NumberTypes>());
  add_op(activation_op<EluFn>());
  add_op(activation_op<SeluFn>());
  add_op(activation_op<SoftplusFn>());
  add_op(activation_op<SoftsignFn>());
  add_op(unary_op<SigmoidFn, FloatTypes>());
  add_op(OpDef("LeakyRelu")
             .input("features: T")
             .output("activations: T")
             .attr("alpha: float = 0.2")
             .attr("T: type = float32")
             .shape(same_shape)
             .kernel(leaky_relu_kernel)
             .elementwise()
             .gradient([](const GradientContext& c) -> Tensors {
               return {call_op1("LeakyReluGrad", {c.grad(), c.input(0)}, pick(c.attrs(), {"alpha"}))};
             }));
}
