// Einsum of one or two inputs: both are laid out as [batch, rows, inner] and [batch, inner, columns], multiplied, and
// the product is laid out as the output says. Diagonals (repeated labels) and "..." included.
#include "ops/dispatch.h"
#include "ops/einsum_equation.h"
#include "ops/gradient.h"
#include "ops/matmul.h"

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
  // fn(position, offset) for each element in row-major order of the labels.
  template <class Fn>
  void walk(Fn&& fn) const {
    if (total == 0) return;
    std::vector<std::int64_t> index(sizes.size());
    std::int64_t offset = 0;
    for (std::int64_t i = 0; i < total; ++i) {
      fn(i, offset);
      for (std::size_t d = sizes.size(); d-- > 0;) {
        offset += strides[d];
        if (++index[d] < sizes[d]) break;
        offset -= strides[d] * sizes[d];
        index[d] = 0;
      }
    }
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
    const auto has = [](const Labels& labels, Label l) {
      return std::find(labels.begin(), labels.end(), l) != labels.end();
    };
    const Labels none;
    const Labels &first = e.inputs[0], &second = two ? e.inputs[1] : none;
    Labels batch_labels, rows, columns, inner;
    for (const auto label : e.output) {
      auto& group = has(first, label) && has(second, label) ? batch_labels : has(first, label) ? rows : columns;
      if (!has(group, label)) group.push_back(label);
    }
    for (const auto& [label, size] : e.sizes) {
      if (!has(e.output, label)) inner.push_back(label);
    }
    const auto fill = [&](View& view, const Labels& labels, const Shape& shape,
                          std::initializer_list<const Labels*> groups) {
      for (const auto* group : groups) {
        for (const auto label : *group) view.add(e.size(label), ResolvedEinsum::stride(labels, shape, label));
      }
    };
    fill(a, first, shapes[0], {&batch_labels, &rows, &inner});
    if (two) fill(b, second, shapes[1], {&batch_labels, &inner, &columns});
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
  view.walk([&](std::int64_t i, std::int64_t offset) { copy[static_cast<std::size_t>(i)] = data[offset]; });
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
  p.out.walk([&](std::int64_t i, std::int64_t offset) { y[offset] = product[static_cast<std::size_t>(i)]; });
}

std::unique_ptr<Kernel> einsum_kernel(const KernelSpec& spec) {
  std::vector<Shape> shapes;
  for (const auto& in : spec.inputs) shapes.push_back(in.shape);
  ResolvedEinsum resolved;
  resolve_einsum(EinsumEquation::parse(spec.attrs.s("equation")), shapes, resolved);
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
