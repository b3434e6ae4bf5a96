// SpaceToBatchND, BatchToSpaceND: blocks of spatial positions moved into the batch and back, as old dilated
// convolutions do.
#include <algorithm>

#include "ops/gradient.h"
#include "ops/layout_dispatch.h"
#include "ops/shape_math.h"
#include "ops/strided_copy.h"

namespace hornbeam {
namespace {

std::optional<std::vector<std::int64_t>> checked_blocks(const ShapeContext& c, const char* op) {
  require_rank(c.shape(1), 1, op, "block_shape");
  require_rank(c.shape(2), 2, op, "paddings or crops");
  const auto blocks = c.ints(1);
  const auto edges = c.ints(2);
  if (blocks) {
    for (const auto b : *blocks) {
      if (b < 1) throw InvalidArgumentError("All values in block_shape must be positive, got " + std::to_string(b));
    }
  }
  if (edges) {
    for (const auto e : *edges) {
      if (e < 0) throw InvalidArgumentError("Paddings and crops must be non-negative, got " + std::to_string(e));
    }
  }
  if (blocks && edges && edges->size() != 2 * blocks->size()) {
    throw InvalidArgumentError("paddings or crops should have shape [" + std::to_string(blocks->size()) +
                               ", 2] instead of " + bracketed(c.shape(2)));
  }
  const auto& in = c.shape(0);
  if (blocks && in.has_rank() && in.rank() < blocks->size() + 1) {
    throw InvalidArgumentError("input rank should be >= " + std::to_string(blocks->size() + 1) + " instead of " +
                               std::to_string(in.rank()));
  }
  return blocks;
}

std::vector<Shape> to_batch_shape(const ShapeContext& c) {
  const auto blocks = checked_blocks(c, "SpaceToBatchND");
  const auto pads = c.ints(2);
  Shape out = c.shape(0);
  if (!out.has_rank()) return {out};
  if (!blocks) return {Shape(std::vector<std::int64_t>(out.rank(), None))};
  for (std::size_t i = 0; i < blocks->size(); ++i) {
    const auto block = (*blocks)[i];
    out[0] = multiply_dims(out[0], block);
    if (!pads) {
      out[i + 1] = None;
      continue;
    }
    const auto padded = add_dims(out[i + 1], add_dims((*pads)[2 * i], (*pads)[2 * i + 1]));
    if (padded >= 0 && padded % block != 0) {
      throw InvalidArgumentError("padded_shape[" + std::to_string(i) + "]=" + std::to_string(padded) +
                                 " is not divisible by block_shape[" + std::to_string(i) +
                                 "]=" + std::to_string(block));
    }
    out[i + 1] = padded < 0 ? None : padded / block;
  }
  return {out};
}

std::vector<Shape> to_space_shape(const ShapeContext& c) {
  const auto blocks = checked_blocks(c, "BatchToSpaceND");
  const auto crops = c.ints(2);
  Shape out = c.shape(0);
  if (!out.has_rank()) return {out};
  if (!blocks) return {Shape(std::vector<std::int64_t>(out.rank(), None))};
  std::int64_t all = 1;
  for (const auto b : *blocks) all = multiply_dims(all, b);
  if (out[0] >= 0) {
    if (out[0] % all != 0) {
      throw InvalidArgumentError("Input batch dimension (" + std::to_string(out[0]) +
                                 ") is not divisible by product of block sizes (" + std::to_string(all) + ")");
    }
    out[0] /= all;
  }
  for (std::size_t i = 0; i < blocks->size(); ++i) {
    auto size = multiply_dims(out[i + 1], (*blocks)[i]);
    if (!crops) size = None;
    if (size >= 0) {
      const auto cropped = add_dims((*crops)[2 * i], (*crops)[2 * i + 1]);
      if (cropped > size) {
        throw InvalidArgumentError("crops[" + std::to_string(i) + "] take more than there is: " +
                                   std::to_string(cropped) + " of " + std::to_string(size));
      }
      size -= cropped;
    }
    out[i + 1] = size;
  }
  return {out};
}

// The two layouts of one op: `space` has the larger spatial dims, `batch` the larger batch. Position p of `space` is
// position (p + edge) / block of the batch entry (p + edge) % block.
struct Blocks {
  Shape space, batch;
  std::vector<std::int64_t> block, edge;

  // fn(plan, offset in space, offset in batch) for each place in a block; `plan` copies towards the batch or back.
  template <class Fn>
  void each(bool to_batch, Fn&& fn) const {
    if (space.num_elements() == 0 || batch.num_elements() == 0) return;
    const auto s = strides_of(space), t = strides_of(batch);
    const auto m = block.size();
    std::vector<std::int64_t> place(m, 0);
    const auto entries = batch[0] / space[0];
    for (std::int64_t entry = 0; entry < entries; ++entry) {
      auto dims = space.dims();
      auto in_space = s;
      std::int64_t space_offset = 0, batch_offset = entry * space[0] * t[0];
      for (std::size_t i = 0; i < m; ++i) {
        // The positions q of the batch layout with 0 <= q * block + place - edge < dim.
        const auto shift = edge[i] - place[i];
        const auto first = shift > 0 ? (shift + block[i] - 1) / block[i] : 0;
        const auto last = shift + space[i + 1] - 1;  // the largest q * block
        const auto end = last < 0 ? 0 : std::min(last / block[i] + 1, batch[i + 1]);
        dims[i + 1] = std::max<std::int64_t>(end - first, 0);
        in_space[i + 1] = s[i + 1] * block[i];
        space_offset += (first * block[i] - shift) * s[i + 1];
        batch_offset += first * t[i + 1];
      }
      const auto& towards = to_batch ? t : in_space;
      fn(CopyPlan(dims, to_batch ? in_space : t, towards), space_offset, batch_offset);
      for (std::size_t i = m; i-- > 0 && ++place[i] == block[i];) place[i] = 0;
    }
  }
};

std::unique_ptr<Kernel> blocks_kernel(const KernelSpec& spec, bool to_batch) {
  Blocks b{spec.inputs[0].shape, spec.outputs[0].shape, spec.ints(1), {}};
  if (!to_batch) std::swap(b.space, b.batch);
  const auto edges = spec.ints(2);
  for (std::size_t i = 0; i < b.block.size(); ++i) b.edge.push_back(edges[2 * i]);
  const auto n = spec.elements(0);
  return dispatch_layout(spec.inputs[0].dtype, "SpaceToBatchND", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([b, n, to_batch](const KernelRun& io) {
      const T* x = io.input<T>(0);
      T* y = io.output<T>(0);
      if (to_batch) std::fill_n(y, n, T{});
      b.each(to_batch, [&](const CopyPlan& plan, std::int64_t in_space, std::int64_t in_batch) {
        plan.run(x + (to_batch ? in_space : in_batch), y + (to_batch ? in_batch : in_space));
      });
    });
  });
}

std::unique_ptr<Kernel> to_batch_kernel(const KernelSpec& spec) { return blocks_kernel(spec, true); }
std::unique_ptr<Kernel> to_space_kernel(const KernelSpec& spec) { return blocks_kernel(spec, false); }

}  // namespace
}  // namespace hornbeam

HB_REGISTER(space_to_batch) {
  using namespace hornbeam;
  add_op(OpDef("SpaceToBatchND")
             .input("input: T")
             .input("block_shape: Tblock_shape")
             .input("paddings: Tpaddings")
             .output("output: T")
             .attr("T: type")
             .attr("Tblock_shape: type = int32")
             .attr("Tpaddings: type = int32")
             .shape(to_batch_shape)
             .kernel(to_batch_kernel)
             .gradient([](const GradientContext& c) {
               return c.first(call_op1("BatchToSpaceND", {c.grad(), c.input(1), c.input(2)}));
             }));
  add_op(OpDef("BatchToSpaceND")
             .input("input: T")
             .input("block_shape: Tblock_shape")
             .input("crops: Tcrops")
             .output("output: T")
             .attr("T: type")
             .attr("Tblock_shape: type = int32")
             .attr("Tcrops: type = int32")
             .shape(to_space_shape)
             .kernel(to_space_kernel)
             .gradient([](const GradientContext& c) {
               return c.first(call_op1("SpaceToBatchND", {c.grad(), c.input(1), c.input(2)}));
             }));
}
