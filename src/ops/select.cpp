// SelectV2 (broadcasting) and Select (a condition per element, per row, or one for all).
#include "ops/dim_index.h"
#include "ops/gradient.h"
#include "ops/layout_dispatch.h"
#include "ops/shape_math.h"

namespace hornbeam {
namespace {

std::vector<Shape> select_v2_shape(const ShapeContext& c) {
  return {broadcast_shapes(c.shape(0), broadcast_shapes(c.shape(1), c.shape(2)))};
}

std::vector<Shape> select_shape(const ShapeContext& c) {
  const auto& condition = c.shape(0);
  const auto out = merge_shapes(c.shape(1), c.shape(2), "Select");
  if (!condition.has_rank() || !out.has_rank() || condition.rank() == 0) return {out};
  const bool row = condition.rank() == 1 && out.rank() > 1;
  if (row ? !condition.is_compatible_with(Shape{out[0]}) : !condition.is_compatible_with(out)) {
    throw InvalidArgumentError(
        "Inputs to operation Select of type Select must have the same size and shape. Input 0: " +
        bracketed(condition) + " != input 1: " + bracketed(out));
  }
  return {out};
}

// The output's dims joined where all three inputs allow; strides are 0 where an input repeats.
struct SelectPlan {
  SelectPlan(const Shape (&inputs)[3], const Shape& out) {
    std::vector<std::int64_t> in_strides[3];
    for (std::size_t k = 0; k < 3; ++k) in_strides[k] = strides_of(inputs[k]);
    for (std::size_t i = 0; i < out.rank(); ++i) {
      if (out[i] == 1) continue;
      std::int64_t s[3];
      bool joins = !dims.empty();
      for (std::size_t k = 0; k < 3; ++k) {
        const auto lead = out.rank() - inputs[k].rank();
        s[k] = i < lead || inputs[k][i - lead] == 1 ? 0 : in_strides[k][i - lead];
        joins = joins && strides[k].back() == s[k] * out[i];
      }
      if (joins) {
        dims.back() *= out[i];
      } else {
        dims.push_back(out[i]);
      }
      for (std::size_t k = 0; k < 3; ++k) {
        if (joins) {
          strides[k].back() = s[k];
        } else {
          strides[k].push_back(s[k]);
        }
      }
    }
    total = out.num_elements();
  }
  std::vector<std::int64_t> dims, strides[3];
  std::int64_t total = 0;

  template <class T>
  void run(const bool* c, const T* t, const T* e, T* y) const {
    if (total == 0) return;
    if (dims.empty()) {
      *y = *c ? *t : *e;
      return;
    }
    const auto last = dims.size() - 1;
    const auto n = dims[last], sc = strides[0][last], st = strides[1][last], se = strides[2][last];
    DimIndex index(last);
    for (std::int64_t done = 0; done < total; done += n, y += n) {
      if (sc == 0 && (*c ? st : se) == 1) {
        std::copy_n(*c ? t : e, n, y);
      } else {
        for (std::int64_t i = 0; i < n; ++i) y[i] = c[i * sc] ? t[i * st] : e[i * se];
      }
      for (std::size_t d = last; d-- > 0;) {
        const auto back = ++index[d] < dims[d] ? 0 : dims[d];
        c += strides[0][d] * (1 - back);
        t += strides[1][d] * (1 - back);
        e += strides[2][d] * (1 - back);
        if (back == 0) break;
        index[d] = 0;
      }
    }
  }
};

std::unique_ptr<Kernel> select_between(const Shape& condition, const KernelSpec& spec) {
  const Shape inputs[3] = {condition, spec.inputs[1].shape, spec.inputs[2].shape};
  const SelectPlan plan(inputs, spec.outputs[0].shape);
  return dispatch_layout(spec.outputs[0].dtype, "Select", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel(
        [plan](const KernelRun& io) { plan.run(io.input<bool>(0), io.input<T>(1), io.input<T>(2), io.output<T>(0)); });
  });
}

std::unique_ptr<Kernel> select_v2_kernel(const KernelSpec& spec) { return select_between(spec.inputs[0].shape, spec); }

std::unique_ptr<Kernel> select_kernel(const KernelSpec& spec) {
  Shape condition = spec.inputs[0].shape;
  if (condition.rank() == 1) {
    while (condition.rank() < spec.outputs[0].shape.rank()) condition.push_back(1);
  }
  return select_between(condition, spec);
}

Tensors select_v2_gradient(const GradientContext& c) {
  const auto& condition = c.input(0);
  const auto grad = c.grad(), zero = ops::scalar(grad.dtype(), 0.0);
  return {{},
          c.if_wanted(1, [&] { return BroadcastSums::sum(ops::where(condition, grad, zero), c.input(1), grad); }),
          c.if_wanted(2, [&] { return BroadcastSums::sum(ops::where(condition, zero, grad), c.input(2), grad); })};
}

Tensors select_gradient(const GradientContext& c) {
  const auto& condition = c.input(0);
  const auto grad = c.grad(), zeros = ops::zeros_like(grad);
  return {{}, call_op1("Select", {condition, grad, zeros}), call_op1("Select", {condition, zeros, grad})};
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(select) {
  using namespace hornbeam;
  add_op(OpDef("SelectV2")
             .input("condition: bool")
             .input("t: T")
             .input("e: T")
             .output("output: T")
             .attr("T: type")
             .shape(select_v2_shape)
             .kernel(select_v2_kernel)
             .gradient(select_v2_gradient));
  add_op(OpDef("Select")
             .input("condition: bool")
             .input("t: T")
             .input("e: T")
             .output("output: T")
             .attr("T: type")
             .shape(select_shape)
             .kernel(select_kernel)
             .gradient(select_gradient));
}
