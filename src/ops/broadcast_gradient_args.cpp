// BroadcastGradientArgs: over which axes of the result the gradients of two broadcast inputs are summed.
#include "ops/int_values.h"
#include "ops/op_def.h"

namespace hornbeam {
namespace {

std::vector<Shape> any_vectors(const ShapeContext&) { return {Shape{None}, Shape{None}}; }

Tensor vector_of(DType dtype, const std::vector<std::int64_t>& values) {
  if (dtype == DType::int32) return int32_vector(values);
  return Tensor::from<std::int64_t>({static_cast<std::int64_t>(values.size())}, values);
}

std::vector<Tensor> broadcast_gradient_args(const Attrs&, std::span<const Tensor> inputs) {
  const auto a = int_values(inputs[0]), b = int_values(inputs[1]);
  const auto rank = std::max(a.size(), b.size());
  const auto dim = [rank](const std::vector<std::int64_t>& s, std::size_t i) {
    return i + s.size() < rank ? 1 : s[i + s.size() - rank];
  };
  std::vector<std::int64_t> over_a, over_b;
  if (a == b) return {vector_of(inputs[0].dtype(), over_a), vector_of(inputs[0].dtype(), over_b)};
  for (std::size_t i = 0; i < rank; ++i) {
    const auto x = dim(a, i), y = dim(b, i), axis = static_cast<std::int64_t>(i);
    if (x != y && x != 1 && y != 1) {
      throw InvalidArgumentError("Incompatible shapes: " + Shape(a).to_string() + " vs. " + Shape(b).to_string());
    }
    // Where both are 1 summing changes nothing, but drops a dim that is missing.
    if (x == 1) over_a.push_back(axis);
    if (y == 1) over_b.push_back(axis);
  }
  return {vector_of(inputs[0].dtype(), over_a), vector_of(inputs[0].dtype(), over_b)};
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(broadcast_gradient_args) {
  using namespace hornbeam;
  add_op(OpDef("BroadcastGradientArgs")
             .input("s0: T")
             .input("s1: T")
             .output("r0: T")
             .output("r1: T")
             .attr("T: type = int32")
             .shape(any_vectors)
             .dynamic(broadcast_gradient_args)
             .no_gradient());
}
