// Reshape, ExpandDims, Squeeze: the same elements under another shape.
#include "ops/gradient.h"
#include "ops/shape_math.h"

namespace hornbeam {
namespace {

// The shape asked for, with its one -1 filled in from the number of elements when that is known.
Shape resolve(const Shape& in, const std::vector<std::int64_t>& wanted) {
  std::optional<std::size_t> inferred;
  std::int64_t rest = 1;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == -1) {
      if (inferred) {
        throw InvalidArgumentError("Only one input size may be -1, not both " + std::to_string(*inferred) + " and " +
                                   std::to_string(i));
      }
      inferred = i;
    } else if (wanted[i] < 0) {
      throw InvalidArgumentError("Size " + std::to_string(i) + " must be non-negative, not " +
                                 std::to_string(wanted[i]));
    } else {
      rest = multiply_dims(rest, wanted[i]);
    }
  }
  Shape out(wanted);
  if (!in.is_fully_known()) return out;
  const auto elements = in.num_elements();
  if (inferred) {
    if (rest == 0) {
      if (elements != 0) {
        throw InvalidArgumentError("Input to reshape is a tensor with " + std::to_string(elements) +
                                   " values, but the requested shape requires a multiple of 0");
      }
      throw InvalidArgumentError(
          "reshape cannot infer the missing input size for an empty tensor unless all specified input sizes are "
          "non-zero");
    }
    if (elements % rest != 0) {
      throw InvalidArgumentError("Input to reshape is a tensor with " + std::to_string(elements) +
                                 " values, but the requested shape requires a multiple of " + std::to_string(rest));
    }
    out[*inferred] = elements / rest;
  } else if (rest != elements) {
    throw InvalidArgumentError("Input to reshape is a tensor with " + std::to_string(elements) +
                               " values, but the requested shape has " + std::to_string(rest));
  }
  return out;
}

std::vector<Shape> reshape_shape(const ShapeContext& c) {
  if (c.shape(1).has_rank() && c.shape(1).rank() != 1) {
    throw InvalidArgumentError("sizes input must be 1-D, not " + bracketed(c.shape(1)));
  }
  if (const auto wanted = c.ints(1)) return {resolve(c.shape(0), *wanted)};
  Shape out = c.value_as_shape(1);
  const auto& in = c.shape(0);
  if (!out.has_rank() || !in.is_fully_known()) return {out};
  // One unknown dim follows from the number of elements.
  std::optional<std::size_t> unknown;
  std::int64_t rest = 1;
  for (std::size_t i = 0; i < out.rank(); ++i) {
    if (out[i] >= 0) {
      rest = multiply_dims(rest, out[i]);
    } else if (unknown) {
      return {out};
    } else {
      unknown = i;
    }
  }
  const auto elements = in.num_elements();
  if (unknown && rest > 0 && elements % rest == 0) out[*unknown] = elements / rest;
  return {out};
}

std::vector<Shape> expand_dims_shape(const ShapeContext& c) {
  const auto& in = c.shape(0);
  const auto axis = known_scalar(c, 1, "'dim'");
  if (!in.has_rank()) return {Shape::unknown()};
  if (!axis) return {Shape(std::vector<std::int64_t>(in.rank() + 1, None))};
  const auto rank = static_cast<std::int64_t>(in.rank());
  if (*axis < -1 - rank || *axis > rank) {
    throw InvalidArgumentError("Tried to expand dim index " + std::to_string(*axis) + " for tensor with " +
                               std::to_string(rank) + " dimensions.");
  }
  auto dims = in.dims();
  dims.insert(dims.begin() + static_cast<std::ptrdiff_t>(*axis < 0 ? *axis + rank + 1 : *axis), 1);
  return {Shape(std::move(dims))};
}

std::vector<Shape> squeeze_shape(const ShapeContext& c) {
  const auto& in = c.shape(0);
  const auto& axes = c.attrs().ints("squeeze_dims");
  if (!in.has_rank()) return {Shape::unknown()};
  std::vector<bool> squeezed(in.rank(), false);
  for (const auto axis : axes) {
    const auto found = axis_from_front(axis, in.rank());
    if (!found) {
      throw InvalidArgumentError("Tried to squeeze dim index " + std::to_string(axis) + " for tensor with " +
                                 std::to_string(in.rank()) + " dimensions.");
    }
    squeezed[*found] = true;
  }
  Shape out;
  for (std::size_t i = 0; i < in.rank(); ++i) {
    if (axes.empty()) {
      if (in[i] < 0) return {Shape::unknown()};  // it may be 1
      if (in[i] != 1) out.push_back(in[i]);
    } else if (!squeezed[i]) {
      out.push_back(in[i]);
    } else if (in[i] > 1 || in[i] == 0) {
      throw InvalidArgumentError("Can not squeeze dim[" + std::to_string(i) + "], expected a dimension of 1, got " +
                                 std::to_string(in[i]));
    }
  }
  return {out};
}

Tensors reshaped_back(const GradientContext& c) { return c.first(reshape_like(c.grad(), c.input(0))); }

}  // namespace
}  // namespace hornbeam

HB_REGISTER(reshape) {
  using namespace hornbeam;
  add_op(OpDef("Reshape")
             .input("tensor: T")
             .input("shape: Tshape")
             .output("output: T")
             .attr("T: type")
             .attr("Tshape: type = int32")
             .shape(reshape_shape)
             .alias()
             .gradient(reshaped_back));
  add_op(OpDef("ExpandDims")
             .input("input: T")
             .input("dim: Tdim")
             .output("output: T")
             .attr("T: type")
             .attr("Tdim: type = int32")
             .shape(expand_dims_shape)
             .alias()
             .gradient(reshaped_back));
  add_op(OpDef("Squeeze")
             .input("input: T")
             .output("output: T")
             .attr("T: type")
             .attr("squeeze_dims: list(int) = []")
             .shape(squeeze_shape)
             .alias()
             .gradient(reshaped_back));
}
