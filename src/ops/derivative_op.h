// Element-wise ops of two inputs of one shape, a gradient and what the derivative follows from, each given as a functor
// of ops/binary_op.h:
//
//   HB_DERIVATIVE(Relu6Grad, g, x, x > C{} && x < C(6) ? g : C{});   // struct Relu6GradFn
#pragma once

#include "ops/binary_op.h"
#include "ops/shape_math.h"

namespace hornbeam {

#define HB_DERIVATIVE(Name, first, second, expression)                 \
  struct Name##Fn {                                                    \
    static constexpr const char* kName = #Name;                        \
    static constexpr kernels::Binary kFast = kernels::Binary::k##Name; \
    template <class C>                                                 \
    static C apply(C first, C second) {                                \
      return static_cast<C>(expression);                               \
    }                                                                  \
  }

inline std::vector<Shape> derivative_shape(const ShapeContext& c) {
  return {merge_shapes(c.shape(0), c.shape(1), "the gradient")};
}

// An op of the inputs and the output that OpDef::input and output understand.
template <class Fn, class List = FloatTypes>
OpDef derivative_op(const char* name, const char* first, const char* second, const char* output, GradientFn gradient) {
  return OpDef(name)
      .input(first)
      .input(second)
      .output(output)
      .attr("T: type")
      .shape(derivative_shape)
      .kernel(binary_kernel<Fn, List, false>)
      .elementwise()
      .gradient(gradient);
}

}  // namespace hornbeam
