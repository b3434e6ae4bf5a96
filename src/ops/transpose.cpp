// Transpose, InvertPermutation.
#include "ops/gradient.h"
#include "ops/int_values.h"
#include "ops/layout_dispatch.h"
#include "ops/shape_math.h"
#include "ops/strided_copy.h"

namespace hornbeam {
namespace {

void check_permutation(const std::vector<std::int64_t>& perm, std::size_t rank) {
  if (perm.size() != rank) {
    throw InvalidArgumentError("transpose expects a vector of size " + std::to_string(rank) +
                               ". But input(1) is a vector of size " + std::to_string(perm.size()));
  }
  std::vector<bool> seen(rank, false);
  const auto r = static_cast<std::int64_t>(rank);
  for (const auto p : perm) {
    if (p < -r || p >= r) {
      throw InvalidArgumentError(std::to_string(p) + " is out of range [0 .. " + std::to_string(rank) + ")");
    }
    seen[static_cast<std::size_t>(p < 0 ? p + r : p)] = true;
  }
  for (std::size_t i = 0; i < rank; ++i) {
    if (!seen[i]) {
      std::string text;
      for (const auto p : perm) text += (text.empty() ? "" : ",") + std::to_string(p);
      throw InvalidArgumentError(std::to_string(i) + " is missing from {" + text + "}.");
    }
  }
}

std::vector<Shape> transpose_shape(const ShapeContext& c) {
  const auto& in = c.shape(0);
  require_rank(c.shape(1), 1, "Transpose", "perm");
  const auto perm = c.ints(1);
  if (!in.has_rank()) {
    return {perm ? Shape(std::vector<std::int64_t>(perm->size(), None)) : Shape::unknown()};
  }
  if (!perm) return {Shape(std::vector<std::int64_t>(in.rank(), None))};
  check_permutation(*perm, in.rank());
  Shape out;
  for (const auto p : *perm) out.push_back(in.dim(p));
  return {out};
}

std::unique_ptr<Kernel> transpose_kernel(const KernelSpec& spec) {
  const auto &in = spec.inputs[0].shape, &out = spec.outputs[0].shape;
  const auto strides = strides_of(in);
  std::vector<std::int64_t> src;
  for (const auto p : spec.ints(1)) {
    src.push_back(strides[static_cast<std::size_t>(p < 0 ? p + static_cast<std::int64_t>(in.rank()) : p)]);
  }
  const CopyPlan plan(out.dims(), src, strides_of(out));
  return dispatch_layout(spec.inputs[0].dtype, "Transpose", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([plan](const KernelRun& io) { plan.run(io.input<T>(0), io.output<T>(0)); });
  });
}

std::vector<Shape> invert_shape(const ShapeContext& c) {
  require_rank(c.shape(0), 1, "InvertPermutation", "x");
  return {c.shape(0).has_rank() ? c.shape(0) : Shape{None}};
}

template <class T>
void invert(const T* x, T* y, std::int64_t n) {
  std::fill_n(y, n, T{-1});
  for (std::int64_t i = 0; i < n; ++i) {
    const auto d = static_cast<std::int64_t>(x[i]);
    if (d < 0 || d >= n) {
      throw InvalidArgumentError(std::to_string(d) + " is not between 0 and " + std::to_string(n));
    }
    if (y[d] != T{-1}) throw InvalidArgumentError(std::to_string(d) + " is duplicated in the input.");
    y[d] = static_cast<T>(i);
  }
}

std::unique_ptr<Kernel> invert_kernel(const KernelSpec& spec) {
  const auto n = spec.elements(0);
  const bool wide = spec.inputs[0].dtype == DType::int64;
  return make_kernel([=](const KernelRun& io) {
    if (wide) {
      invert(io.input<std::int64_t>(0), io.output<std::int64_t>(0), n);
    } else {
      invert(io.input<std::int32_t>(0), io.output<std::int32_t>(0), n);
    }
  });
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(transpose) {
  using namespace hornbeam;
  add_op(OpDef("Transpose")
             .input("x: T")
             .input("perm: Tperm")
             .output("y: T")
             .attr("T: type")
             .attr("Tperm: type = int32")
             .shape(transpose_shape)
             .kernel(transpose_kernel)
             .gradient([](const GradientContext& c) {
               return c.first(call_op1("Transpose", {c.grad(), call_op1("InvertPermutation", {c.input(1)})}));
             }));
  add_op(OpDef("InvertPermutation")
             .input("x: T")
             .output("y: T")
             .attr("T: type = int32")
             .shape(invert_shape)
             .kernel(invert_kernel)
             .no_gradient());
}
