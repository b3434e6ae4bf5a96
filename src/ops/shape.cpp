// Shape, ShapeN, Size, Rank: what is known of a tensor without looking at its elements.
#include <limits>

#include "ops/shape_math.h"

namespace hornbeam {
namespace {

Shape rank_as_shape(const Shape& s) { return s.has_rank() ? Shape{static_cast<std::int64_t>(s.rank())} : Shape{None}; }

std::vector<Shape> shape_shapes(const ShapeContext& c) {
  std::vector<Shape> shapes;
  for (std::size_t i = 0; i < c.num_inputs(); ++i) shapes.push_back(rank_as_shape(c.shape(i)));
  return shapes;
}
std::vector<Shape> scalar_shape(const ShapeContext&) { return {Shape{}}; }

// Writes fixed integers, one list per output, as the output's dtype.
std::unique_ptr<Kernel> ints_kernel(DType dtype, std::vector<std::vector<std::int64_t>> lists, const char* op) {
  if (dtype == DType::int32) {
    for (const auto& list : lists) {
      for (const auto v : list) {
        if (v > std::numeric_limits<std::int32_t>::max()) {
          throw InvalidArgumentError(std::string(op) + " output type is 32-bit but a value is " + std::to_string(v));
        }
      }
    }
  }
  return make_kernel([dtype, lists](const KernelRun& io) {
    for (std::size_t i = 0; i < lists.size(); ++i) {
      for (std::size_t j = 0; j < lists[i].size(); ++j) {
        if (dtype == DType::int64) {
          io.output<std::int64_t>(i)[j] = lists[i][j];
        } else {
          io.output<std::int32_t>(i)[j] = static_cast<std::int32_t>(lists[i][j]);
        }
      }
    }
  });
}

std::unique_ptr<Kernel> shape_kernel(const KernelSpec& spec) {
  std::vector<std::vector<std::int64_t>> lists;
  for (const auto& input : spec.inputs) lists.push_back(input.shape.dims());
  return ints_kernel(spec.outputs.empty() ? DType::int32 : spec.outputs[0].dtype, lists, "Shape");
}
std::unique_ptr<Kernel> size_kernel(const KernelSpec& spec) {
  return ints_kernel(spec.outputs[0].dtype, {{spec.inputs[0].shape.num_elements()}}, "Size");
}
std::unique_ptr<Kernel> rank_kernel(const KernelSpec& spec) {
  return ints_kernel(DType::int32, {{static_cast<std::int64_t>(spec.inputs[0].shape.rank())}}, "Rank");
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(shape) {
  using namespace hornbeam;
  add_op(OpDef("Shape")
             .input("input: T")
             .output("output: out_type")
             .attr("T: type")
             .attr("out_type: type = int32")
             .shape(shape_shapes)
             .kernel(shape_kernel)
             .no_gradient());
  add_op(OpDef("ShapeN")
             .input("input: N * T")
             .output("output: N * out_type")
             .attr("N: int")
             .attr("T: type")
             .attr("out_type: type = int32")
             .shape(shape_shapes)
             .kernel(shape_kernel)
             .no_gradient());
  add_op(OpDef("Size")
             .input("input: T")
             .output("output: out_type")
             .attr("T: type")
             .attr("out_type: type = int32")
             .shape(scalar_shape)
             .kernel(size_kernel)
             .no_gradient());
  add_op(OpDef("Rank")
             .input("input: T")
             .output("output: int32")
             .attr("T: type")
             .shape(scalar_shape)
             .kernel(rank_kernel)
             .no_gradient());
}
