// SpaceToDepth, DepthToSpace: blocks of pixels moved into channels and back.
#include "ops/gradient.h"
#include "ops/layout_dispatch.h"
#include "ops/shape_math.h"
#include "ops/strided_copy.h"

namespace hornbeam {
namespace {

// Dims of channels, rows and columns.
struct ImageDims {
  std::size_t channel, row, column;
};

ImageDims image_dims(const Attrs& attrs) {
  const auto& format = attrs.s("data_format");
  if (format == "NHWC") return {3, 1, 2};
  if (format == "NCHW") return {1, 2, 3};
  throw InvalidArgumentError("Only NHWC and NCHW data_formats are supported, got " + format);
}

std::int64_t block_of(const Attrs& attrs) {
  const auto block = attrs.i("block_size");
  if (block < 2) throw InvalidArgumentError("Block size should be > 1, but was: " + std::to_string(block));
  if (block > (std::int64_t{1} << 30)) throw InvalidArgumentError("Block size is too large: " + std::to_string(block));
  return block;
}

std::int64_t divided(std::int64_t dim, std::int64_t by, const char* what) {
  if (dim < 0) return None;
  if (dim % by != 0) {
    throw InvalidArgumentError(std::string(what) + " " + std::to_string(dim) + " should be divisible by " +
                               std::to_string(by));
  }
  return dim / by;
}

std::vector<Shape> space_to_depth_shape(const ShapeContext& c) {
  Shape s = c.shape(0);
  require_rank(s, 4, "SpaceToDepth", "input");
  const auto d = image_dims(c.attrs());
  const auto block = block_of(c.attrs());
  if (!s.has_rank()) return {Shape{None, None, None, None}};
  s[d.row] = divided(s[d.row], block, "Image height");
  s[d.column] = divided(s[d.column], block, "Image width");
  s[d.channel] = multiply_dims(s[d.channel], block * block);
  return {s};
}

std::vector<Shape> depth_to_space_shape(const ShapeContext& c) {
  Shape s = c.shape(0);
  require_rank(s, 4, "DepthToSpace", "input");
  const auto d = image_dims(c.attrs());
  const auto block = block_of(c.attrs());
  if (!s.has_rank()) return {Shape{None, None, None, None}};
  s[d.channel] = divided(s[d.channel], block * block, "Input depth dimension");
  s[d.row] = multiply_dims(s[d.row], block);
  s[d.column] = multiply_dims(s[d.column], block);
  return {s};
}

// Both ops walk (batch, row, row in block, column, column in block, channel) of the image with the larger pixels grid.
std::unique_ptr<Kernel> move_blocks(const KernelSpec& spec, bool to_depth) {
  const auto d = image_dims(spec.attrs);
  const auto block = block_of(spec.attrs);
  const auto& space = to_depth ? spec.inputs[0].shape : spec.outputs[0].shape;
  const auto& depth = to_depth ? spec.outputs[0].shape : spec.inputs[0].shape;
  const auto s = strides_of(space), t = strides_of(depth);
  const auto channels = space[d.channel];
  const std::vector<std::int64_t> sizes{space[0], depth[d.row], block, depth[d.column], block, channels};
  const std::vector<std::int64_t> in_space{s[0],        s[d.row] * block, s[d.row], s[d.column] * block,
                                           s[d.column], s[d.channel]};
  const std::vector<std::int64_t> in_depth{
      t[0], t[d.row], t[d.channel] * channels * block, t[d.column], t[d.channel] * channels, t[d.channel]};
  // Written in the order of the destination, so that its rows stay contiguous.
  const bool channels_last = d.channel == 3;
  std::vector<std::size_t> order{0, 1, 2, 3, 4, 5};
  if (to_depth)
    order = channels_last ? std::vector<std::size_t>{0, 1, 3, 2, 4, 5} : std::vector<std::size_t>{0, 2, 4, 5, 1, 3};
  if (!to_depth && !channels_last) order = {0, 5, 1, 2, 3, 4};
  std::vector<std::int64_t> dims, src, dst;
  for (const auto i : order) {
    dims.push_back(sizes[i]);
    src.push_back(to_depth ? in_space[i] : in_depth[i]);
    dst.push_back(to_depth ? in_depth[i] : in_space[i]);
  }
  const CopyPlan plan(dims, src, dst);
  return dispatch_layout(spec.inputs[0].dtype, "SpaceToDepth", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([plan](const KernelRun& io) { plan.run(io.input<T>(0), io.output<T>(0)); });
  });
}

std::unique_ptr<Kernel> space_to_depth_kernel(const KernelSpec& spec) { return move_blocks(spec, true); }
std::unique_ptr<Kernel> depth_to_space_kernel(const KernelSpec& spec) { return move_blocks(spec, false); }

}  // namespace
}  // namespace hornbeam

HB_REGISTER(space_to_depth) {
  using namespace hornbeam;
  add_op(OpDef("SpaceToDepth")
             .input("input: T")
             .output("output: T")
             .attr("T: type")
             .attr("block_size: int")
             .attr("data_format: string = 'NHWC'")
             .shape(space_to_depth_shape)
             .kernel(space_to_depth_kernel)
             .gradient([](const GradientContext& c) -> Tensors {
               return {call_op1("DepthToSpace", {c.grad()}, pick(c.attrs(), {"block_size", "data_format"}))};
             }));
  add_op(OpDef("DepthToSpace")
             .input("input: T")
             .output("output: T")
             .attr("T: type")
             .attr("block_size: int")
             .attr("data_format: string = 'NHWC'")
             .shape(depth_to_space_shape)
             .kernel(depth_to_space_kernel)
             .gradient([](const GradientContext& c) -> Tensors {
               return {call_op1("SpaceToDepth", {c.grad()}, pick(c.attrs(), {"block_size", "data_format"}))};
             }));
}
