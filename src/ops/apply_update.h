// What the ops that apply an optimizer's step share: one pass over a variable, its slots and its gradient.
#pragma once

#include <initializer_list>
#include <string>

#include "ops/dispatch.h"
#include "ops/resource.h"

namespace hornbeam {

// An op on `resources` (the variable first, then its slots), scalars of dtype T and, last, the gradient.
inline OpDef update_op(const std::string& name, std::initializer_list<const char*> resources,
                       std::initializer_list<const char*> scalars, const char* gradient = "grad") {
  OpDef op(name);  // its methods change it in place
  for (const auto* resource : resources) std::move(op).input(std::string(resource) + ": resource");
  for (const auto* scalar : scalars) std::move(op).input(std::string(scalar) + ": T");
  return std::move(op)
      .input(std::string(gradient) + ": T")
      .attr("T: type")
      .attr("use_locking: bool = false")
      .shape([](const ShapeContext&) { return std::vector<Shape>(); })
      .stateful()
      .no_gradient();
}

template <class C, class T>
C scalar_input(const KernelRun& io, std::size_t i) {
  return static_cast<C>(*io.input<T>(i));
}

// For an op on `resources` whose input `gradient` is the gradient. f.operator()<T>(io, begin, end) updates a range of
// elements, which threads share out. `work` of one element: as many floating-point operations as take as long (an
// update waits for memory: about 16 for each array that it touches).
template <class F>
std::unique_ptr<Kernel> update_kernel(const KernelSpec& spec, std::size_t resources, std::size_t gradient, double work,
                                      F f) {
  for (std::size_t i = 0; i < resources; ++i) check_variable_shape(spec, i, gradient);
  const auto n = spec.inputs[gradient].shape.num_elements();
  return dispatch<FloatTypes>(spec.inputs[0].dtype, "an optimizer's update", [&]<class T>() {
    return make_part_kernel(work * static_cast<double>(n), [=](const KernelRun& io, kernels::Part part) {
      const auto range = kernels::slice(n, part, 64);
      if (range.begin < range.end) f.template operator()<T>(io, range.begin, range.end);
    });
  });
}

}  // namespace hornbeam
