// Tile, BroadcastTo, BroadcastArgs: elements repeated.
#include "ops/gradient.h"
#include "ops/int_values.h"
#include "ops/layout_dispatch.h"
#include "ops/shape_math.h"
#include "ops/strided_copy.h"

namespace hornbeam {
namespace {

std::vector<Shape> tile_shape(const ShapeContext& c) {
  const auto& in = c.shape(0);
  require_rank(c.shape(1), 1, "Tile", "multiples");
  const auto multiples = c.value_as_shape(1);
  const auto exact = c.ints(1);
  if (in.has_rank() && multiples.has_rank() && multiples.rank() != in.rank()) {
    throw InvalidArgumentError("Expected multiples argument to be a vector of length " + std::to_string(in.rank()) +
                               " but got length " + std::to_string(multiples.rank()));
  }
  for (std::size_t i = 0; exact && i < exact->size(); ++i) {
    if ((*exact)[i] < 0) {
      throw InvalidArgumentError("Expected multiples[" + std::to_string(i) + "] >= 0, but got " +
                                 std::to_string((*exact)[i]));
    }
  }
  if (!in.has_rank()) return {Shape::unknown()};
  Shape out(std::vector<std::int64_t>(in.rank(), None));
  for (std::size_t i = 0; multiples.has_rank() && i < in.rank(); ++i) out[i] = multiply_dims(in[i], multiples[i]);
  return {out};
}

std::unique_ptr<Kernel> tile_kernel(const KernelSpec& spec) {
  const auto &in = spec.inputs[0].shape, &out = spec.outputs[0].shape;
  const auto multiples = spec.ints(1);
  const auto in_strides = strides_of(in), out_strides = strides_of(out);
  std::vector<std::int64_t> dims, src, dst;
  for (std::size_t i = 0; i < in.rank(); ++i) {
    dims.insert(dims.end(), {multiples[i], in[i]});
    src.insert(src.end(), {0, in_strides[i]});
    dst.insert(dst.end(), {in[i] * out_strides[i], out_strides[i]});
  }
  const CopyPlan plan(dims, src, dst);
  return dispatch_layout(spec.inputs[0].dtype, "Tile", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([plan](const KernelRun& io) { plan.run(io.input<T>(0), io.output<T>(0)); });
  });
}

std::vector<Shape> broadcast_to_shape(const ShapeContext& c) {
  const auto& in = c.shape(0);
  const auto out = dims_input(c, 1);
  if (!in.has_rank() || !out.has_rank()) return {out};
  if (in.rank() > out.rank()) {
    throw InvalidArgumentError("Rank of input (" + std::to_string(in.rank()) +
                               ") must be no greater than rank of output shape (" + std::to_string(out.rank()) + ").");
  }
  for (std::size_t i = 0; i < in.rank(); ++i) {
    const auto d = out[out.rank() - in.rank() + i];
    if (in[i] >= 0 && d >= 0 && in[i] != d && in[i] != 1) {
      throw InvalidArgumentError("Incompatible shapes: " + bracketed(in) + " vs. " + bracketed(out));
    }
  }
  return {out};
}

std::unique_ptr<Kernel> broadcast_to_kernel(const KernelSpec& spec) {
  const auto &in = spec.inputs[0].shape, &out = spec.outputs[0].shape;
  const auto in_strides = strides_of(in);
  std::vector<std::int64_t> src(out.rank(), 0);
  for (std::size_t i = 0; i < in.rank(); ++i) {
    if (in[i] != 1) src[out.rank() - in.rank() + i] = in_strides[i];
  }
  const CopyPlan plan(out.dims(), src, strides_of(out));
  return dispatch_layout(spec.inputs[0].dtype, "BroadcastTo", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([plan](const KernelRun& io) { plan.run(io.input<T>(0), io.output<T>(0)); });
  });
}

std::vector<Shape> broadcast_args_shape(const ShapeContext& c) {
  const auto &a = c.shape(0), &b = c.shape(1);
  require_rank(a, 1, "BroadcastArgs", "s0");
  require_rank(b, 1, "BroadcastArgs", "s1");
  if (!a.is_fully_known() || !b.is_fully_known()) return {Shape{None}};
  return {Shape{std::max(a[0], b[0])}};
}

std::unique_ptr<Kernel> broadcast_args_kernel(const KernelSpec& spec) {
  const Shape a = spec.inputs[0].shape, b = spec.inputs[1].shape;
  const auto dtype = spec.inputs[0].dtype;
  return make_kernel([=](const KernelRun& io) {
    const auto out = broadcast_shapes(Shape(int_values(Tensor::borrow(dtype, a, io.in[0]))),
                                      Shape(int_values(Tensor::borrow(dtype, b, io.in[1]))));
    for (std::size_t i = 0; i < out.rank(); ++i) {
      if (dtype == DType::int64) {
        io.output<std::int64_t>(0)[i] = out[i];
      } else {
        io.output<std::int32_t>(0)[i] = static_cast<std::int32_t>(out[i]);
      }
    }
  });
}

// The sum over the copies: [m0 d0, m1 d1, ...] seen as [m0, d0, m1, d1, ...].
Tensors tile_gradient(const GradientContext& c) {
  const auto &x = c.input(0), &multiples = c.input(1);
  if (!x.shape().has_rank()) throw NotImplementedError("the gradient of Tile needs the rank of its input");
  const auto apart = ops::reshape(ops::stack({multiples, shape_of(x, multiples.dtype())}, 1), Shape{None});
  std::vector<std::int64_t> copies;
  for (std::size_t i = 0; i < x.rank(); ++i) copies.push_back(static_cast<std::int64_t>(2 * i));
  const auto sum = call_op1("Sum", {ops::reshape(c.grad(), apart), int32_vector(copies)});
  return c.first(reshape_like(sum, x));
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(tile) {
  using namespace hornbeam;
  add_op(OpDef("Tile")
             .input("input: T")
             .input("multiples: Tmultiples")
             .output("output: T")
             .attr("T: type")
             .attr("Tmultiples: type = int32")
             .shape(tile_shape)
             .kernel(tile_kernel)
             .gradient(tile_gradient));
  add_op(OpDef("BroadcastTo")
             .input("input: T")
             .input("shape: Tidx")
             .output("output: T")
             .attr("T: type")
             .attr("Tidx: type = int32")
             .shape(broadcast_to_shape)
             .kernel(broadcast_to_kernel)
             .gradient([](const GradientContext& c) {
               return c.first(BroadcastSums::sum(c.grad(), c.input(0), c.output()));
             }));
  add_op(OpDef("BroadcastArgs")
             .input("s0: T")
             .input("s1: T")
             .output("r0: T")
             .attr("T: type = int32")
             .shape(broadcast_args_shape)
             .kernel(broadcast_args_kernel)
             .no_gradient());
}
