// TopKV2: the k largest of each row with their indices. InTopKV2: is the target among the k largest of its row?
#include <algorithm>
#include <cmath>
#include <numeric>

#include "ops/axes.h"
#include "ops/dispatch.h"
#include "ops/gradient.h"

namespace hornbeam {
namespace {

std::int64_t k_of(const std::vector<std::int64_t>& values) {
  if (values.size() != 1) throw InvalidArgumentError("k must be scalar");
  if (values[0] < 0) throw InvalidArgumentError("Need k >= 0, got " + std::to_string(values[0]));
  return values[0];
}

std::vector<Shape> top_k_shape(const ShapeContext& c) {
  Shape in = c.shape(0);
  if (!in.has_rank()) return {in, in};
  if (in.rank() < 1) throw InvalidArgumentError("input must be >= 1-D, got shape []");
  const auto k = c.ints(1);
  auto& last = in[in.rank() - 1];
  if (!k) {
    last = None;
    return {in, in};
  }
  const auto n = k_of(*k);
  if (last >= 0 && last < n) {
    throw InvalidArgumentError("input must have at least k columns. Had " + std::to_string(last) + ", needed " +
                               std::to_string(n));
  }
  last = n;
  return {in, in};
}

template <class T, class I>
void top_k_rows(const T* x, T* values, I* indices, std::int64_t rows, std::int64_t n, std::int64_t k) {
  using C = compute_t<T>;
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  for (std::int64_t r = 0; r < rows; ++r, x += n) {
    std::iota(order.begin(), order.end(), std::int64_t{0});
    // Equal values keep their order; NaN goes last, so that the order is one.
    const auto before = [x](std::int64_t a, std::int64_t b) {
      const C va = static_cast<C>(x[a]), vb = static_cast<C>(x[b]);
      if (va > vb) return true;
      if (va < vb) return false;
      const bool na = va != va, nb = vb != vb;
      return na == nb ? a < b : nb;
    };
    std::partial_sort(order.begin(), order.begin() + k, order.end(), before);
    for (std::int64_t i = 0; i < k; ++i) {
      const auto at = order[static_cast<std::size_t>(i)];
      *values++ = x[at];
      *indices++ = static_cast<I>(at);
    }
  }
}

std::unique_ptr<Kernel> top_k_kernel(const KernelSpec& spec) {
  const auto n = spec.inputs[0].shape.back(), k = spec.outputs[0].shape.back();
  const auto rows = k ? spec.elements(0) / k : 0;
  return dispatch<NumberTypes>(spec.inputs[0].dtype, "TopKV2", [&]<class T>() -> std::unique_ptr<Kernel> {
    return dispatch<Types<std::int32_t, std::int64_t, std::int16_t>>(
        spec.outputs[1].dtype, "TopKV2", [&]<class I>() -> std::unique_ptr<Kernel> {
          return make_kernel(
              [=](const KernelRun& io) { top_k_rows(io.input<T>(0), io.output<T>(0), io.output<I>(1), rows, n, k); });
        });
  });
}

std::vector<Shape> in_top_k_shape(const ShapeContext& c) {
  const auto &predictions = c.shape(0), &targets = c.shape(1);
  if (predictions.has_rank() && predictions.rank() != 2) {
    throw InvalidArgumentError("predictions must be 2-dimensional");
  }
  if (targets.has_rank() && targets.rank() != 1) throw InvalidArgumentError("targets must be 1-dimensional");
  const auto rows = predictions.has_rank() ? predictions[0] : None;
  const auto n = targets.has_rank() ? targets[0] : None;
  if (rows >= 0 && n >= 0 && rows != n) {
    throw InvalidArgumentError("First dimension of predictions " + std::to_string(rows) +
                               " must match length of targets " + std::to_string(n));
  }
  return {Shape{rows >= 0 ? rows : n}};
}

template <class I>
bool is_in_top_k(const float* row, std::int64_t classes, I target, I k) {
  if (target < 0 || static_cast<std::int64_t>(target) >= classes) return false;
  const float mine = row[target];
  std::int64_t better = 0;
  for (std::int64_t c = 0; c < classes; ++c) {
    if (!std::isfinite(row[c])) return false;  // it cannot be said
    better += row[c] > mine;
  }
  return better < static_cast<std::int64_t>(k);
}

std::unique_ptr<Kernel> in_top_k_kernel(const KernelSpec& spec) {
  const auto rows = spec.inputs[0].shape[0], classes = spec.inputs[0].shape[1];
  if (spec.inputs[2].shape.num_elements() != 1) throw InvalidArgumentError("k must be scalar");
  return dispatch<Types<std::int32_t, std::int64_t>>(
      spec.inputs[1].dtype, "InTopKV2", [&]<class I>() -> std::unique_ptr<Kernel> {
        return make_kernel([=](const KernelRun& io) {
          for (std::int64_t r = 0; r < rows; ++r) {
            io.output<bool>(0)[r] =
                is_in_top_k(io.input<float>(0) + r * classes, classes, io.input<I>(1)[r], *io.input<I>(2));
          }
        });
      });
}

// Put where the values were found.
Tensors top_k_gradient(const GradientContext& c) {
  const auto& x = c.input(0);
  const auto indices = ops::cast(c.output(1), DType::int32);
  const auto shape = shape_of(x), found = shape_of(indices);
  const auto last = [](const Tensor& dims) { return ops::strided_slice(dims, {-1}, {0}, {1}, {.end_mask = 1}); };
  const auto size = ops::reduce_prod(shape, 0), width = ops::reshape(last(shape), Shape{});
  const auto row_count = ops::floor_div(size, ops::maximum(width, 1));
  const auto rows = ops::reshape(indices, ops::concat({ops::expand_dims(row_count, 0), last(found)}, 0));
  const auto starts = call_op1("Range", {Tensor::scalar<std::int32_t>(0), size, ops::maximum(width, 1)});
  const auto flat = ops::reshape(rows + ops::expand_dims(starts, 1), Shape{None, 1});
  const auto values = ops::reshape(c.grad(0), Shape{None});
  return c.first(reshape_like(call_op1("ScatterNd", {flat, values, ops::expand_dims(size, 0)}), x));
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(top_k) {
  using namespace hornbeam;
  add_op(OpDef("TopKV2")
             .input("input: T")
             .input("k: Tk")
             .output("values: T")
             .output("indices: index_type")
             .attr("sorted: bool = true")
             .attr("T: type")
             .attr("Tk: type = int32")
             .attr("index_type: type = int32")
             .shape(top_k_shape)
             .kernel(top_k_kernel)
             .gradient(top_k_gradient));
  add_op(OpDef("InTopKV2")
             .input("predictions: float32")
             .input("targets: T")
             .input("k: T")
             .output("precision: bool")
             .attr("T: type = int32")
             .shape(in_top_k_shape)
             .kernel(in_top_k_kernel)
             .no_gradient());
}
