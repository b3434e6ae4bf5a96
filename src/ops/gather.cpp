// Gather, GatherV2: slices of one dim picked by index, as embeddings are looked up.
#include "ops/gradient.h"
#include "ops/int_values.h"
#include "ops/layout_dispatch.h"
#include "ops/picked_indices.h"
#include "ops/shape_math.h"

namespace hornbeam {
namespace {

struct GatherDims {
  std::size_t axis = 0, batch_dims = 0;
};

GatherDims gather_dims(std::int64_t axis_value, std::int64_t batch_value, const Shape& params, const Shape& indices) {
  const auto rank = static_cast<std::int64_t>(params.rank());
  if (axis_value < -rank || axis_value >= rank) {
    throw InvalidArgumentError("Expected axis in the range [" + std::to_string(-rank) + ", " + std::to_string(rank) +
                               "), but got " + std::to_string(axis_value));
  }
  const auto indices_rank = static_cast<std::int64_t>(indices.rank());
  if (batch_value < -indices_rank || batch_value > indices_rank) {
    throw InvalidArgumentError("Expected batch_dims in the range [" + std::to_string(-indices_rank) + ", " +
                               std::to_string(indices_rank) + "], but got " + std::to_string(batch_value));
  }
  const auto axis = axis_value < 0 ? axis_value + rank : axis_value;
  const auto batch = batch_value < 0 ? batch_value + indices_rank : batch_value;
  if (batch >= rank) {
    throw InvalidArgumentError("batch_dims (" + std::to_string(batch) + ") must be less than rank(params) (" +
                               std::to_string(rank) + ").");
  }
  if (axis < batch) {
    throw InvalidArgumentError("batch_dims (" + std::to_string(batch) + ") must be less than or equal to axis (" +
                               std::to_string(axis) + ").");
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(batch); ++i) {
    if (params[i] >= 0 && indices[i] >= 0 && params[i] != indices[i]) {
      throw InvalidArgumentError("params.shape[" + std::to_string(i) + "]: " + std::to_string(params[i]) +
                                 " should be equal to indices.shape[" + std::to_string(i) +
                                 "]: " + std::to_string(indices[i]));
    }
  }
  return {static_cast<std::size_t>(axis), static_cast<std::size_t>(batch)};
}

Shape gathered(const Shape& params, const Shape& indices, const GatherDims& g) {
  Shape out;
  for (std::size_t i = 0; i < g.axis; ++i) {
    out.push_back(i < g.batch_dims && params[i] < 0 ? indices[i] : params[i]);
  }
  for (std::size_t i = g.batch_dims; i < indices.rank(); ++i) out.push_back(indices[i]);
  for (std::size_t i = g.axis + 1; i < params.rank(); ++i) out.push_back(params[i]);
  return out;
}

std::vector<Shape> gather_shape(const ShapeContext& c) {
  const auto &params = c.shape(0), &indices = c.shape(1);
  const bool v2 = c.num_inputs() > 2;
  const auto axis = v2 ? known_scalar(c, 2, "axis") : 0;
  const auto batch = v2 ? c.attrs().i("batch_dims") : 0;
  if (params.has_rank() && params.rank() == 0) throw InvalidArgumentError("params must be at least 1 dimensional");
  if (!params.has_rank() || !indices.has_rank()) return {Shape::unknown()};
  if (!axis) {
    const auto rank = static_cast<std::int64_t>(params.rank() + indices.rank()) - 1 -
                      (batch < 0 ? batch + static_cast<std::int64_t>(indices.rank()) : batch);
    if (rank < 0) throw InvalidArgumentError("batch_dims is out of range");
    return {Shape(std::vector<std::int64_t>(static_cast<std::size_t>(rank), None))};
  }
  return {gathered(params, indices, gather_dims(*axis, batch, params, indices))};
}

template <class T, class I>
std::unique_ptr<Kernel> make_gather(const Shape& params, const Shape& indices, const GatherDims& g) {
  const auto batch = product(params, 0, g.batch_dims), outer = product(params, g.batch_dims, g.axis);
  const auto limit = params[g.axis], inner = product(params, g.axis + 1, params.rank());
  const auto picks = product(indices, g.batch_dims, indices.rank());
  return make_kernel([=](const KernelRun& io) {
    const T* x = io.input<T>(0);
    const I* index = io.input<I>(1);
    T* y = io.output<T>(0);
    check_indices({DTypeOf<I>::value, indices}, io.in[1], limit);
    for (std::int64_t b = 0; b < batch; ++b, index += picks) {
      for (std::int64_t o = 0; o < outer; ++o, x += limit * inner) {
        if (inner == 1) {
          for (std::int64_t i = 0; i < picks; ++i) *y++ = x[index[i]];
        } else {
          for (std::int64_t i = 0; i < picks; ++i, y += inner) std::copy_n(x + index[i] * inner, inner, y);
        }
      }
    }
  });
}

std::unique_ptr<Kernel> gather_kernel(const KernelSpec& spec) {
  const bool v2 = spec.inputs.size() > 2;
  const auto &params = spec.inputs[0].shape, &indices = spec.inputs[1].shape;
  const auto g = gather_dims(v2 ? scalar_value(spec, 2) : 0, v2 ? spec.attrs.i("batch_dims") : 0, params, indices);
  return dispatch_layout(spec.inputs[0].dtype, "Gather", [&]<class T>() -> std::unique_ptr<Kernel> {
    switch (spec.inputs[1].dtype) {
      case DType::int64:
        return make_gather<T, std::int64_t>(params, indices, g);
      case DType::int32:
        return make_gather<T, std::int32_t>(params, indices, g);
      case DType::int16:
        return make_gather<T, std::int16_t>(params, indices, g);
      default:
        throw TypeError("Gather takes int16, int32 or int64 indices, got " +
                        std::string(name_of(spec.inputs[1].dtype)));
    }
  });
}

// The slices of the gradient added up where they were picked from. The picked dim is brought to the front of those
// that are no batch dims, and each batch gets rows of its own.
Tensor summed_rows(const Tensor& grad, const Tensor& params, const Tensor& indices, const GatherDims& g) {
  const auto rank = static_cast<std::int64_t>(params.rank());
  const auto axis = static_cast<std::int64_t>(g.axis), batch = static_cast<std::int64_t>(g.batch_dims);
  const auto picked = static_cast<std::int64_t>(indices.rank()) - batch;
  const auto shape = shape_of(params);
  const auto part = [](const Tensor& vector, std::int64_t first, std::int64_t last) {
    return ops::strided_slice(vector, {first}, {last}, {1});
  };
  std::vector<std::int64_t> forth, back;  // of the gradient and of params
  for (std::int64_t i = 0; i < batch; ++i) forth.push_back(i);
  for (std::int64_t i = 0; i < picked; ++i) forth.push_back(axis + i);
  for (std::int64_t i = batch; i < axis; ++i) forth.push_back(i);
  for (std::int64_t i = axis + 1; i < rank; ++i) forth.push_back(i + picked - 1);
  for (std::int64_t i = 0; i < rank; ++i) {
    back.push_back(i < batch || i > axis ? i : i == axis ? batch : i + 1);
  }
  const bool moves = axis != batch;
  const auto rest = ops::concat({part(shape, batch, axis), part(shape, axis + 1, rank)}, 0);
  const auto count = ops::size(indices);
  const auto values =
      ops::reshape(moves ? ops::transpose(grad, forth) : grad, ops::concat({ops::expand_dims(count, 0), rest}, 0));
  const auto limit = ops::reshape(part(shape, axis, axis + 1), Shape{});
  auto segments = limit;
  auto rows = indices;
  if (batch > 0) {
    const auto batches = ops::reduce_prod(part(shape, 0, batch), 0);
    segments = batches * limit;
    const auto starts = call_op1("Range", {Tensor::scalar<std::int32_t>(0), segments, ops::maximum(limit, 1)});
    rows = ops::reshape(rows, ops::stack({batches, ops::floor_div(count, ops::maximum(batches, 1))})) +
           ops::expand_dims(ops::cast(starts, indices.dtype()), 1);
  }
  const auto sums = call_op1("UnsortedSegmentSum", {values, ops::reshape(rows, Shape{None}), segments});
  const auto whole = ops::concat({part(shape, 0, batch), part(shape, axis, axis + 1), rest}, 0);
  return reshape_like(moves ? ops::transpose(ops::reshape(sums, whole), back) : sums, params);
}

Tensors gather_gradient(const GradientContext& c) {
  const auto &params = c.input(0), &indices = c.input(1);
  if (!params.shape().has_rank() || !indices.shape().has_rank()) {
    throw NotImplementedError("the gradient of Gather needs the ranks of its inputs");
  }
  const bool v2 = c.num_inputs() > 2;
  const auto axis = v2 ? known_ints(c.input(2)) : std::vector<std::int64_t>{0};
  if (!axis) throw NotImplementedError("the gradient of Gather needs a known axis");
  const auto g = gather_dims(axis->at(0), v2 ? c.attrs().i("batch_dims") : 0, params.shape(), indices.shape());
  return c.first(summed_rows(c.grad(), params, indices, g));
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(gather) {
  using namespace hornbeam;
  add_op(OpDef("GatherV2")
             .input("params: Tparams")
             .input("indices: Tindices")
             .input("axis: Taxis")
             .output("output: Tparams")
             .attr("batch_dims: int = 0")
             .attr("Tparams: type")
             .attr("Tindices: type")
             .attr("Taxis: type")
             .shape(gather_shape)
             .kernel(gather_kernel)
             .gradient(gather_gradient));
  add_op(OpDef("Gather")
             .input("params: Tparams")
             .input("indices: Tindices")
             .output("output: Tparams")
             .attr("validate_indices: bool = true")
             .attr("Tparams: type")
             .attr("Tindices: type")
             .shape(gather_shape)
             .kernel(gather_kernel)
             .gradient(gather_gradient));
}
