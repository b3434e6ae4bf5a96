// GatherNd, ScatterNd and the TensorScatter ops.
#include "ops/scatter.h"

#include <algorithm>

#include "ops/dispatch.h"
#include "ops/gradient.h"
#include "ops/integer_math.h"
#include "ops/layout_dispatch.h"

namespace hornbeam {

NdIndex::NdIndex(const TensorSpec& spec, const Shape& array) : indexed(array), dtype_(spec.dtype) {
  const Shape& indices = spec.shape;
  const auto rank = indices.rank();
  depth = indices[rank - 1];
  count = product(indices, 0, rank - 1);
  const auto k = static_cast<std::size_t>(depth);
  slice = product(array, k, array.rank());
  const auto all = strides_of(array);
  limits.assign(array.begin(), array.begin() + depth);
  strides.assign(all.begin(), all.begin() + depth);
  outer = Shape(std::vector<std::int64_t>(indices.begin(), indices.end() - 1));
}

std::int64_t NdIndex::index(const std::byte* indices, std::int64_t at) const {
  switch (dtype_) {
    case DType::int16:
      return reinterpret_cast<const std::int16_t*>(indices)[at];
    case DType::int32:
      return reinterpret_cast<const std::int32_t*>(indices)[at];
    default:
      return reinterpret_cast<const std::int64_t*>(indices)[at];
  }
}

std::int64_t NdIndex::offset(const std::byte* indices, std::int64_t i) const {
  std::int64_t at = 0;
  for (std::int64_t d = 0; d < depth; ++d) {
    const auto value = index(indices, i * depth + d);
    const auto k = static_cast<std::size_t>(d);
    if (value < 0 || value >= limits[k]) refuse(indices, i);
    at += value * strides[k];
  }
  return at;
}

void NdIndex::refuse(const std::byte* indices, std::int64_t i) const {
  std::string values, at;
  for (std::int64_t d = 0; d < depth; ++d) values += (d ? ", " : "") + std::to_string(index(indices, i * depth + d));
  for (std::size_t d = outer.rank(); d-- > 0;) {
    at = std::to_string(i % outer[d]) + (at.empty() ? "" : ",") + at;
    i /= outer[d];
  }
  throw InvalidArgumentError("indices" + (at.empty() ? std::string() : "[" + at + "]") + " = [" + values +
                             "] does not index into shape " + bracketed(indexed));
}

void check_nd_indices(const Shape& indices, const Shape& array, const char* op) {
  if (!indices.has_rank()) return;
  if (indices.rank() == 0) throw InvalidArgumentError(std::string(op) + ": indices must be at least a vector");
  const auto depth = indices[indices.rank() - 1];
  if (array.has_rank() && depth >= 0 && depth > static_cast<std::int64_t>(array.rank())) {
    throw InvalidArgumentError("index innermost dimension length must be <= params rank; saw: " +
                               std::to_string(depth) + " vs. " + std::to_string(array.rank()));
  }
}

namespace {

NdIndex nd_index(const KernelSpec& spec, std::size_t indices, const Shape& array, const char* op) {
  dispatch<Types<std::int16_t, std::int32_t, std::int64_t>>(spec.inputs[indices].dtype, op, []<class I>() {});
  return {spec.inputs[indices], array};
}

std::vector<Shape> gather_nd_shape(const ShapeContext& c) {
  const auto &params = c.shape(0), &indices = c.shape(1);
  check_nd_indices(indices, params, "GatherNd");
  if (!params.has_rank() || !indices.has_rank() || indices.back() < 0) return {Shape::unknown()};
  Shape out(std::vector<std::int64_t>(indices.begin(), indices.end() - 1));
  for (auto i = static_cast<std::size_t>(indices.back()); i < params.rank(); ++i) out.push_back(params[i]);
  return {out};
}

std::unique_ptr<Kernel> gather_nd_kernel(const KernelSpec& spec) {
  const NdIndex nd = nd_index(spec, 1, spec.inputs[0].shape, "GatherNd");
  return dispatch_layout(spec.inputs[0].dtype, "GatherNd", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([nd](const KernelRun& io) {
      const T* x = io.input<T>(0);
      T* y = io.output<T>(0);
      for (std::int64_t i = 0; i < nd.count; ++i, y += nd.slice) std::copy_n(x + nd.offset(io.in[1], i), nd.slice, y);
    });
  });
}

// updates.shape must be indices.shape[:-1] + array.shape[depth:].
void check_updates(const Shape& indices, const Shape& updates, const Shape& array, const char* op) {
  check_nd_indices(indices, array, op);
  if (!indices.has_rank() || !updates.has_rank() || !array.has_rank() || indices.back() < 0) return;
  Shape expected(std::vector<std::int64_t>(indices.begin(), indices.end() - 1));
  for (auto i = static_cast<std::size_t>(indices.back()); i < array.rank(); ++i) expected.push_back(array[i]);
  if (!expected.is_compatible_with(updates)) {
    throw InvalidArgumentError("Dimensions [0," + std::to_string(indices.rank() - 1) + ") of indices" +
                               bracketed(indices) + " and the rest of shape" + bracketed(array) +
                               " must match updates" + bracketed(updates));
  }
}

std::vector<Shape> scatter_nd_shape(const ShapeContext& c) {
  const auto out = dims_input(c, 2);
  check_updates(c.shape(0), c.shape(1), out, "ScatterNd");
  return {out};
}

std::vector<Shape> tensor_scatter_shape(const ShapeContext& c) {
  check_updates(c.shape(1), c.shape(2), c.shape(0), "TensorScatter");
  return {c.shape(0)};
}

enum class Combine : std::uint8_t { update, add, sub, min, max };

template <Combine kHow, class T>
T combined(const T& old, const T& update) {
  using C = compute_t<T>;
  if constexpr (kHow == Combine::update) {
    return update;
  } else if constexpr (kHow == Combine::add) {
    return static_cast<T>(wrap_add(static_cast<C>(old), static_cast<C>(update)));
  } else if constexpr (kHow == Combine::sub) {
    return static_cast<T>(wrap_sub(static_cast<C>(old), static_cast<C>(update)));
  } else if constexpr (kHow == Combine::min) {
    return static_cast<C>(update) < static_cast<C>(old) ? update : old;
  } else {
    return static_cast<C>(old) < static_cast<C>(update) ? update : old;
  }
}

template <Combine kHow, class T>
std::unique_ptr<Kernel> scatter(const NdIndex& nd, std::size_t indices, std::size_t updates) {
  return make_kernel([=](const KernelRun& io) {
    const T* u = io.input<T>(updates);
    T* y = io.output<T>(0);
    const auto n = nd.indexed.num_elements();
    if (indices == 0) {
      std::fill_n(y, n, T{});  // ScatterNd
    } else if (y != io.input<T>(0)) {
      std::copy_n(io.input<T>(0), n, y);
    }
    for (std::int64_t i = 0; i < nd.count; ++i, u += nd.slice) {
      T* at = y + nd.offset(io.in[indices], i);
      for (std::int64_t j = 0; j < nd.slice; ++j) at[j] = combined<kHow>(at[j], u[j]);
    }
  });
}

template <Combine kHow>
std::unique_ptr<Kernel> make_scatter(const KernelSpec& spec, std::size_t indices, std::size_t updates) {
  const NdIndex nd = nd_index(spec, indices, spec.outputs[0].shape, "Scatter");
  const auto with_type = [&]<class T>() { return scatter<kHow, T>(nd, indices, updates); };
  if constexpr (kHow == Combine::update) {
    return dispatch_layout(spec.outputs[0].dtype, "TensorScatterUpdate", with_type);
  } else {
    return dispatch<NumberTypes>(spec.outputs[0].dtype, "Scatter", with_type);
  }
}

std::unique_ptr<Kernel> scatter_nd_kernel(const KernelSpec& spec) { return make_scatter<Combine::add>(spec, 0, 1); }

template <Combine kHow>
std::unique_ptr<Kernel> tensor_scatter_kernel(const KernelSpec& spec) {
  return make_scatter<kHow>(spec, 1, 2);
}

// TensorScatter*: of the tensor, the indices and the updates.
Tensors update_gradient(const GradientContext& c) {
  const auto grad = c.grad();
  return {call_op1("TensorScatterUpdate", {grad, c.input(1), ops::zeros_like(c.input(2))}),
          {},
          ops::gather_nd(grad, c.input(1))};
}
Tensors add_gradient(const GradientContext& c) { return {c.grad(), {}, ops::gather_nd(c.grad(), c.input(1))}; }
Tensors sub_gradient(const GradientContext& c) { return {c.grad(), {}, -ops::gather_nd(c.grad(), c.input(1))}; }

// Shared out evenly among those that are equal to the result.
Tensors extreme_gradient(const GradientContext& c) {
  const auto &x = c.input(0), &indices = c.input(1), &updates = c.input(2), &y = c.output();
  const auto grad = c.grad();
  const auto chosen_x = ops::cast(ops::equal(x, y), grad.dtype());
  const auto chosen = ops::cast(ops::equal(updates, ops::gather_nd(y, indices)), grad.dtype());
  const auto count = chosen_x + call_op1("ScatterNd", {indices, chosen, shape_of(x, indices.dtype())});
  return {grad * chosen_x / count, {}, ops::gather_nd(grad / count, indices) * chosen};
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(scatter) {
  using namespace hornbeam;
  add_op(OpDef("GatherNd")
             .input("params: Tparams")
             .input("indices: Tindices")
             .output("output: Tparams")
             .attr("Tparams: type")
             .attr("Tindices: type")
             .shape(gather_nd_shape)
             .kernel(gather_nd_kernel)
             .gradient([](const GradientContext& c) -> Tensors {
               const auto& indices = c.input(1);
               return {call_op1("ScatterNd", {indices, c.grad(), shape_of(c.input(0), indices.dtype())}), {}};
             }));
  add_op(OpDef("ScatterNd")
             .input("indices: Tindices")
             .input("updates: T")
             .input("shape: Tindices")
             .output("output: T")
             .attr("T: type")
             .attr("Tindices: type")
             .shape(scatter_nd_shape)
             .kernel(scatter_nd_kernel)
             .gradient([](const GradientContext& c) -> Tensors {
               return {{}, ops::gather_nd(c.grad(), c.input(0)), {}};
             }));
  struct Row {
    const char* name;
    KernelFactory kernel;
    GradientFn gradient;
  };
  for (const auto& row : {Row{"TensorScatterUpdate", tensor_scatter_kernel<Combine::update>, update_gradient},
                          Row{"TensorScatterAdd", tensor_scatter_kernel<Combine::add>, add_gradient},
                          Row{"TensorScatterSub", tensor_scatter_kernel<Combine::sub>, sub_gradient},
                          Row{"TensorScatterMin", tensor_scatter_kernel<Combine::min>, extreme_gradient},
                          Row{"TensorScatterMax", tensor_scatter_kernel<Combine::max>, extreme_gradient}}) {
    add_op(OpDef(row.name)
               .input("tensor: T")
               .input("indices: Tindices")
               .input("updates: T")
               .output("output: T")
               .attr("T: type")
               .attr("Tindices: type")
               .shape(tensor_scatter_shape)
               .kernel(row.kernel)
               .gradient(row.gradient));
  }
}
