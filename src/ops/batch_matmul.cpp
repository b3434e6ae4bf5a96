// BatchMatMul, V2 and V3: products of the matrices in the last two dims; V2 and V3 broadcast the others.
#include "ops/axes.h"
#include "ops/broadcast.h"
#include "ops/dispatch.h"
#include "ops/gradient.h"
#include "ops/integer_math.h"
#include "ops/matmul.h"
#include "ops/strided_products.h"

namespace hornbeam {
namespace {

Shape batch_dims(const Shape& s) { return Shape(std::vector<std::int64_t>(s.begin(), s.end() - 2)); }

StridedProducts strided_products(const MatrixProduct& product, const Shape& x, const Shape& y, const Shape& out) {
  const auto [m, n, k, transpose_a, transpose_b] = product;
  StridedProducts p;
  p.m = m;
  p.n = n;
  p.k = k;
  p.a_row = transpose_a ? 1 : k;
  p.a_column = transpose_a ? m : 1;
  p.b_row = transpose_b ? 1 : n;
  p.b_column = transpose_b ? k : 1;
  p.c_row = n;
  std::int64_t a = m * k, b = k * n, c = m * n;
  for (std::size_t i = 1; i <= out.rank(); ++i) {  // from the last dim on
    const auto of = [&](const Shape& shape, std::int64_t& step) {
      const auto size = i <= shape.rank() ? shape[shape.rank() - i] : 1;
      const auto stride = size == 1 ? 0 : step;
      step *= size;
      return stride;
    };
    const auto size = out[out.rank() - i];
    p.batch.insert(p.batch.begin(), {size, of(x, a), of(y, b), c});
    c *= size;
    p.count *= size;
  }
  return p;
}

template <bool kBroadcast>
std::vector<Shape> batch_matmul_shape(const ShapeContext& c) {
  const auto &x = c.shape(0), &y = c.shape(1);
  for (std::size_t i = 0; i < 2; ++i) {
    if (c.shape(i).has_rank() && c.shape(i).rank() < 2) {
      throw InvalidArgumentError("In[" + std::to_string(i) +
                                 "] ndims must be >= 2: " + std::to_string(c.shape(i).rank()));
    }
  }
  if (!x.has_rank() || !y.has_rank()) return {Shape::unknown()};
  const bool adj_x = c.attrs().b("adj_x"), adj_y = c.attrs().b("adj_y");
  const auto kx = x.dim(adj_x ? -2 : -1), ky = y.dim(adj_y ? -1 : -2);
  if (kx >= 0 && ky >= 0 && kx != ky) {
    throw InvalidArgumentError("Matrix size-incompatible: In[0]: " + bracketed(x) + ", In[1]: " + bracketed(y));
  }
  const Shape bx = batch_dims(x), by = batch_dims(y);
  if (!kBroadcast && !bx.is_compatible_with(by)) {
    throw InvalidArgumentError("In[0] and In[1] must have compatible batch dimensions: " + bracketed(x) + " vs. " +
                               bracketed(y));
  }
  Shape out = broadcast_shapes(bx, by);
  out.push_back(x.dim(adj_x ? -1 : -2));
  out.push_back(y.dim(adj_y ? -2 : -1));
  return {out};
}

std::unique_ptr<Kernel> batch_matmul_kernel(const KernelSpec& spec) {
  const auto &x = spec.inputs[0].shape, &y = spec.inputs[1].shape, &out = spec.outputs[0].shape;
  const bool adj_x = spec.attrs.b("adj_x"), adj_y = spec.attrs.b("adj_y");
  if (spec.inputs[0].dtype != spec.inputs[1].dtype || spec.inputs[0].dtype != spec.outputs[0].dtype) {
    throw TypeError("Op 'BatchMatMulV3' has no kernel for " + std::string(name_of(spec.inputs[0].dtype)) + " times " +
                    std::string(name_of(spec.inputs[1].dtype)));
  }
  const MatrixProduct product{out.dim(-2), out.dim(-1), x.dim(adj_x ? -2 : -1), adj_x, adj_y};
  if (product.m * product.n * product.k * batch_dims(out).num_elements() > 0 &&
      (spec.inputs[0].dtype == DType::float32 || spec.inputs[0].dtype == DType::float64)) {
    return dispatch<Types<float, double>>(spec.inputs[0].dtype, "BatchMatMulV2", [&]<class T>() {
      const auto products = strided_products(product, batch_dims(x), batch_dims(y), batch_dims(out));
      return make_part_kernel(products.flops(), [products](const KernelRun& io, kernels::Part part) {
        products.run(io.input<T>(0), io.input<T>(1), io.output<T>(0), part);
      });
    });
  }
  const BroadcastPlan plan(batch_dims(x), batch_dims(y), batch_dims(out));
  const auto batch = batch_dims(out).num_elements();
  return dispatch<NumberTypes>(spec.inputs[0].dtype, "BatchMatMulV2", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([=](const KernelRun& io) {
      const T *a = io.input<T>(0), *b = io.input<T>(1);
      T* c = io.output<T>(0);
      plan.walk(0, batch, [&](std::int64_t ia, std::int64_t ib, std::int64_t ic, std::int64_t count) {
        product.run_batch(count, a + ia * product.m * product.k, plan.step_a, b + ib * product.k * product.n,
                          plan.step_b, c + ic * product.m * product.n);
      });
    });
  });
}

Tensor product(const Tensor& a, bool ta, const Tensor& b, bool tb) {
  return call_op1("BatchMatMulV2", {a, b}, {{"adj_x", ta}, {"adj_y", tb}});
}

Tensor sum_batches(const Tensor& grad, const Tensor& x, const Tensor& other) {
  const auto &a = x.shape(), &b = other.shape();
  if (a.has_rank() && b.has_rank()) {
    if (a.rank() == 2 && b.rank() == 2) return grad;
    const Shape batch = batch_dims(a), other_batch = batch_dims(b);
    if (batch == other_batch && batch.is_fully_known()) return grad;
  }
  const auto batch_of = [](const Tensor& t) { return ops::strided_slice(shape_of(t), {0}, {-2}, {1}); };
  const auto args = call_op("BroadcastGradientArgs", {batch_of(x), batch_of(other)});
  return reshape_like(call_op1("Sum", {grad, args[0]}, {{"keep_dims", true}}), x);
}

Tensors batch_matmul_gradient(const GradientContext& c) {
  const bool ta = c.attrs().b("adj_x"), tb = c.attrs().b("adj_y");
  const auto &x = c.input(0), &y = c.input(1);
  const auto grad = c.grad();
  return {
      c.if_wanted(0, [&] { return sum_batches(ta ? product(y, tb, grad, true) : product(grad, false, y, !tb), x, y); }),
      c.if_wanted(1,
                  [&] { return sum_batches(tb ? product(grad, true, x, ta) : product(x, !ta, grad, false), y, x); })};
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(batch_matmul) {
  using namespace hornbeam;
  add_op(OpDef("BatchMatMul")
             .input("x: T")
             .input("y: T")
             .output("output: T")
             .attr("T: type")
             .attr("adj_x: bool = false")
             .attr("adj_y: bool = false")
             .shape(batch_matmul_shape<false>)
             .kernel(batch_matmul_kernel)
             .gradient(batch_matmul_gradient));
  add_op(OpDef("BatchMatMulV2")
             .input("x: T")
             .input("y: T")
             .output("output: T")
             .attr("T: type")
             .attr("adj_x: bool = false")
             .attr("adj_y: bool = false")
             .shape(batch_matmul_shape<true>)
             .kernel(batch_matmul_kernel)
             .gradient(batch_matmul_gradient));
  add_op(OpDef("BatchMatMulV3")
             .input("x: Ta")
             .input("y: Tb")
             .output("output: Tout")
             .attr("Ta: type")
             .attr("Tb: type")
             .attr("Tout: type")
             .attr("adj_x: bool = false")
             .attr("adj_y: bool = false")
             .shape(batch_matmul_shape<true>)
             .kernel(batch_matmul_kernel)
             .gradient(batch_matmul_gradient));
}
