// Einsum of one or two inputs: matrix products, in place where strides can say it. Else both are laid out as [batch,
// rows, inner] and [batch, inner, columns], multiplied, and the product is laid out as the output says. Diagonals
// (repeated labels) and "..." included.
#include "ops/dispatch.h"
#include "ops/einsum_products.h"
#include "ops/gradient.h"
#include "ops/matmul.h"
#include "ops/strided_copy.h"

namespace hornbeam {

Tensors einsum_gradient(const GradientContext& c);  // einsum_gradient.cpp

namespace {

std::vector<Shape> einsum_shape(const ShapeContext& c) {
  const auto equation = EinsumEquation::parse(c.attrs().s("equation"));
  std::vector<Shape> shapes;
  for (std::size_t i = 0; i < c.num_inputs(); ++i) shapes.push_back(c.shape(i));
  ResolvedEinsum resolved;
  if (!resolve_einsum(equation, shapes, resolved)) return {Shape::unknown()};
  return {resolved.output_shape()};
}

// An operand seen along a list of labels: their sizes and its strides.
struct View {
  std::vector<std::int64_t> sizes, strides;
  std::int64_t total = 1;

  void add(std::int64_t size, std::int64_t stride) {
    sizes.push_back(size);
    strides.push_back(stride);
    total *= size;
  }
  bool is_contiguous() const {
    std::int64_t expected = 1;
    for (std::size_t i = sizes.size(); i-- > 0;) {
      if (sizes[i] != 1 && strides[i] != expected) return false;
      expected *= sizes[i];
    }
    return true;
  }
  std::vector<std::int64_t> packed() const {
    std::vector<std::int64_t> result(sizes.size());
    std::int64_t stride = 1;
    for (std::size_t i = sizes.size(); i-- > 0; stride *= sizes[i]) result[i] = stride;
    return result;
  }
  // Elements in the order of the labels: from here to there, or back.
  template <class T>
  void gather(const T* from, T* to) const {
    if (total > 0) CopyPlan(sizes, strides, packed()).run(from, to);
  }
  template <class T>
  void scatter(const T* from, T* to) const {
    if (total > 0) CopyPlan(sizes, packed(), strides).run(from, to);
  }
};

struct EinsumPlan {
  View a, b, out;
  std::int64_t batch = 1;
  MatrixProduct product{1, 1, 1, false, false};
  bool out_has_gaps = false;  // a repeated output label fills a diagonal of zeros
  bool two = false;

  EinsumPlan(const ResolvedEinsum& e, const std::vector<Shape>& shapes, const Shape& out_shape) {
    two = shapes.size() == 2;
    const auto [batch_labels, rows, columns, inner] = EinsumRoles(e, two);
    const auto fill = [&](View& view, const Labels& labels, const Shape& shape,
                          std::initializer_list<const Labels*> groups) {
      for (const auto* group : groups) {
        for (const auto label : *group) view.add(e.size(label), ResolvedEinsum::stride(labels, shape, label));
      }
    };
    fill(a, e.inputs[0], shapes[0], {&batch_labels, &rows, &inner});
    if (two) fill(b, e.inputs[1], shapes[1], {&batch_labels, &inner, &columns});
    fill(out, e.output, out_shape, {&batch_labels, &rows, &columns});
    const auto count = [&](const Labels& labels) {
      std::int64_t n = 1;
      for (const auto label : labels) n *= e.size(label);
      return n;
    };
    batch = count(batch_labels);
    product.m = count(rows);
    product.n = count(columns);
    product.k = count(inner);
    out_has_gaps = out.total != out_shape.num_elements();
  }
};

template <class T>
const T* laid_out(const View& view, const T* data, std::vector<T>& copy) {
  if (view.is_contiguous()) return data;
  copy.resize(static_cast<std::size_t>(view.total));
  view.gather(data, copy.data());
  return copy.data();
}

template <class T>
void run_einsum(const EinsumPlan& p, const KernelRun& io, std::int64_t out_elements) {
  std::vector<T> copy_a, copy_b, product;
  const T* a = laid_out(p.a, io.input<T>(0), copy_a);
  T* y = io.output<T>(0);
  const bool direct = p.out.is_contiguous() && !p.out_has_gaps;
  if (!direct) product.resize(static_cast<std::size_t>(p.out.total));
  T* to = direct ? y : product.data();
  const auto& m = p.product;
  if (p.two) {
    const T* b = laid_out(p.b, io.input<T>(1), copy_b);
    m.run_batch(p.batch, a, 1, b, 1, to);
  } else {
    using C = compute_t<T>;
    for (std::int64_t i = 0; i < m.m; ++i) {
      C sum{};
      for (std::int64_t k = 0; k < m.k; ++k) sum = wrap_add(sum, static_cast<C>(a[i * m.k + k]));
      to[i] = static_cast<T>(sum);
    }
  }
  if (direct) return;
  if (p.out_has_gaps) std::fill(y, y + out_elements, T{});
  p.out.scatter(product.data(), y);
}

std::unique_ptr<Kernel> einsum_kernel(const KernelSpec& spec) {
  std::vector<Shape> shapes;
  for (const auto& in : spec.inputs) shapes.push_back(in.shape);
  ResolvedEinsum resolved;
  resolve_einsum(EinsumEquation::parse(spec.attrs.s("equation")), shapes, resolved);
  const auto dtype = spec.inputs[0].dtype;
  if (dtype == DType::float32 || dtype == DType::float64) {
    if (const auto products = einsum_products(resolved, shapes, spec.outputs[0].shape)) {
      return dispatch<Types<float, double>>(dtype, "Einsum", [&]<class T>() -> std::unique_ptr<Kernel> {
        return make_part_kernel(products->flops(), [p = *products](const KernelRun& io, kernels::Part part) {
          p.run(io.input<T>(0), io.input<T>(1), io.output<T>(0), part);
        });
      });
    }
  }
  const EinsumPlan plan(resolved, shapes, spec.outputs[0].shape);
  const auto n = spec.elements(0);
  return dispatch<NumberTypes>(spec.inputs[0].dtype, "Einsum", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([plan, n](const KernelRun& io) { run_einsum<T>(plan, io, n); });
  });
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(einsum) {
  using namespace hornbeam;
  add_op(OpDef("Einsum")
             .input("inputs: N * T")
             .output("output: T")
             .attr("equation: string")
             .attr("N: int")
             .attr("T: type")
             .shape(einsum_shape)
             .kernel(einsum_kernel)
             .gradient(einsum_gradient));
}
