// AssignVariableOp, AssignAddVariableOp, AssignSubVariableOp: in compiled functions; eagerly VariableNode::assign does
// it.
#include <cstring>

#include "ops/dispatch.h"
#include "ops/kernels/parallel.h"
#include "ops/resource.h"

namespace hornbeam {

void check_variable_shape(const KernelSpec& spec, std::size_t resource, std::size_t input) {
  const auto &expected = spec.inputs[resource], &received = spec.inputs[input];
  if (expected.dtype != received.dtype) {
    throw InvalidArgumentError("Trying to assign variable with wrong dtype. Expected " +
                               std::string(name_of(expected.dtype)) + " got " + std::string(name_of(received.dtype)));
  }
  if (expected.shape != received.shape) {
    throw InvalidArgumentError("Trying to assign to variable with tensor with wrong shape. Expected " +
                               expected.shape.to_string() + " got " + received.shape.to_string());
  }
}

namespace {

std::vector<Shape> nothing(const ShapeContext&) { return {}; }

std::unique_ptr<Kernel> assign_kernel(const KernelSpec& spec) {
  check_variable_shape(spec, 0, 1);
  const auto bytes = static_cast<std::size_t>(spec.inputs[0].shape.num_elements()) * size_of(spec.inputs[0].dtype);
  return make_kernel([bytes](const KernelRun& io) {
    auto* to = variable<std::byte>(io, 0);
    if (bytes != 0 && to != io.in[1]) std::memmove(to, io.in[1], bytes);
  });
}

template <bool kAdd>
std::unique_ptr<Kernel> accumulate_kernel(const KernelSpec& spec) {
  check_variable_shape(spec, 0, 1);
  const auto n = spec.inputs[0].shape.num_elements();
  return dispatch<NumberTypes>(spec.inputs[0].dtype, kAdd ? "AssignAddVariableOp" : "AssignSubVariableOp",
                               [&]<class T>() -> std::unique_ptr<Kernel> {
                                 using C = compute_t<T>;
                                 return make_part_kernel(static_cast<double>(n),
                                                         [n](const KernelRun& io, kernels::Part part) {
                                                           const auto [from, to] = kernels::slice(n, part, 64);
                                                           T* v = variable<T>(io, 0);
                                                           const T* x = io.input<T>(1);
                                                           for (auto i = from; i < to; ++i) {
                                                             const C a = static_cast<C>(v[i]), b = static_cast<C>(x[i]);
                                                             v[i] = static_cast<T>(kAdd ? a + b : a - b);
                                                           }
                                                         });
                               });
}

OpDef assignment(const char* name, KernelFactory kernel) {
  return OpDef(name)
      .input("resource: resource")
      .input("value: dtype")
      .attr("dtype: type")
      .shape(nothing)
      .kernel(kernel)
      .stateful()
      .no_gradient();
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(assign_variable) {
  using namespace hornbeam;
  add_op(assignment("AssignVariableOp", assign_kernel).attr("validate_shape: bool = false"));
  add_op(assignment("AssignAddVariableOp", accumulate_kernel<true>));
  add_op(assignment("AssignSubVariableOp", accumulate_kernel<false>));
}
