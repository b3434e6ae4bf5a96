// ReverseV2 (whole dims) and ReverseSequence (the first so many of each row).
#include "ops/dispatch.h"
#include "ops/gradient.h"
#include "ops/layout_dispatch.h"
#include "ops/shape_math.h"
#include "ops/strided_copy.h"

namespace hornbeam {
namespace {

std::vector<bool> reversed_dims(const std::vector<std::int64_t>& axes, std::size_t rank) {
  std::vector<bool> reversed(rank, false);
  const auto r = static_cast<std::int64_t>(rank);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto front = axes[i] < 0 ? axes[i] + r : axes[i];
    if (front < 0 || front >= r) {
      throw InvalidArgumentError("'axis'[" + std::to_string(i) + "] = " + std::to_string(axes[i]) +
                                 " is out of valid range [0, " + std::to_string(r - 1));
    }
    const auto at = static_cast<std::size_t>(front);
    if (reversed[at]) throw InvalidArgumentError("axis " + std::to_string(front) + " specified more than once.");
    reversed[at] = true;
  }
  return reversed;
}

std::vector<Shape> reverse_shape(const ShapeContext& c) {
  require_rank(c.shape(1), 1, "ReverseV2", "axis");
  if (const auto axes = c.ints(1); axes && c.shape(0).has_rank()) reversed_dims(*axes, c.shape(0).rank());
  return {c.shape(0)};
}

std::unique_ptr<Kernel> reverse_kernel(const KernelSpec& spec) {
  const auto& in = spec.inputs[0].shape;
  const auto reversed = reversed_dims(spec.ints(1), in.rank());
  const auto dst = strides_of(in);
  auto src = dst;
  std::int64_t offset = 0;
  for (std::size_t i = 0; i < in.rank(); ++i) {
    if (!reversed[i]) continue;
    offset += src[i] * (in[i] - 1);
    src[i] = -src[i];
  }
  const CopyPlan plan(in.dims(), src, dst);
  return dispatch_layout(spec.inputs[0].dtype, "ReverseV2", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([plan, offset](const KernelRun& io) { plan.run(io.input<T>(0) + offset, io.output<T>(0)); });
  });
}

struct SequenceDims {
  std::size_t batch, seq;
};

SequenceDims sequence_dims(const Attrs& attrs, const Shape& in) {
  const auto rank = static_cast<std::int64_t>(in.rank());
  const auto batch = attrs.i("batch_dim"), seq = attrs.i("seq_dim");
  if (seq < 0 || seq >= rank)
    throw InvalidArgumentError("seq_dim must be < input rank ( " + std::to_string(seq) + " vs. " +
                               std::to_string(rank) + ")");
  if (batch < 0 || batch >= rank)
    throw InvalidArgumentError("batch_dim must be < input rank ( " + std::to_string(batch) + " vs. " +
                               std::to_string(rank) + ")");
  if (batch == seq) throw InvalidArgumentError("batch_dim == seq_dim == " + std::to_string(seq));
  return {static_cast<std::size_t>(batch), static_cast<std::size_t>(seq)};
}

std::vector<Shape> reverse_sequence_shape(const ShapeContext& c) {
  const auto &in = c.shape(0), &lengths = c.shape(1);
  require_rank(lengths, 1, "ReverseSequence", "seq_lengths");
  if (!in.has_rank()) return {in};
  const auto d = sequence_dims(c.attrs(), in);
  Shape out = in;
  if (lengths.has_rank()) {
    if (lengths[0] >= 0 && in[d.batch] >= 0 && lengths[0] != in[d.batch]) {
      throw InvalidArgumentError("Length of seq_lengths != input.dims(" + std::to_string(d.batch) + "), (" +
                                 std::to_string(lengths[0]) + " vs. " + std::to_string(in[d.batch]) + ")");
    }
    out[d.batch] = merge_dims(in[d.batch], lengths[0], "ReverseSequence");
  }
  return {out};
}

std::unique_ptr<Kernel> reverse_sequence_kernel(const KernelSpec& spec) {
  const Shape in = spec.inputs[0].shape;
  const auto d = sequence_dims(spec.attrs, in);
  const auto strides = strides_of(in);
  // One element of the batch: forward for what follows the sequence, backward for the sequence.
  auto dims = in.dims();
  dims[d.batch] = 1;
  return dispatch_layout(spec.inputs[0].dtype, "ReverseSequence", [&]<class T>() {
    return dispatch<Types<std::int32_t, std::int64_t>>(
        spec.inputs[1].dtype, "ReverseSequence", [&]<class I>() -> std::unique_ptr<Kernel> {
          return make_kernel([=](const KernelRun& io) {
            const I* lengths = io.input<I>(1);
            for (std::int64_t b = 0; b < in[d.batch]; ++b) {
              const auto n = static_cast<std::int64_t>(lengths[b]);
              if (n < 0 || n > in[d.seq]) {
                throw InvalidArgumentError("seq_lens(" + std::to_string(b) +
                                           (n < 0 ? ") < 0" : ") > input.dims(" + std::to_string(d.seq) + ")"));
              }
              const T* x = io.input<T>(0) + b * strides[d.batch];
              T* y = io.output<T>(0) + b * strides[d.batch];
              auto part = dims;
              auto src = strides;
              part[d.seq] = n;
              src[d.seq] = -src[d.seq];
              CopyPlan(part, src, strides).run(x + (n - 1) * strides[d.seq], y);
              part[d.seq] = in[d.seq] - n;
              CopyPlan(part, strides, strides).run(x + n * strides[d.seq], y + n * strides[d.seq]);
            }
          });
        });
  });
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(reverse) {
  using namespace hornbeam;
  add_op(OpDef("ReverseV2")
             .input("tensor: T")
             .input("axis: Tidx")
             .output("output: T")
             .attr("Tidx: type = int32")
             .attr("T: type")
             .shape(reverse_shape)
             .kernel(reverse_kernel)
             .gradient([](const GradientContext& c) -> Tensors {
               return {call_op1("ReverseV2", {c.grad(), c.input(1)}), {}};
             }));
  add_op(OpDef("ReverseSequence")
             .input("input: T")
             .input("seq_lengths: Tlen")
             .output("output: T")
             .attr("seq_dim: int")
             .attr("batch_dim: int = 0")
             .attr("T: type")
             .attr("Tlen: type = int64")
             .shape(reverse_sequence_shape)
             .kernel(reverse_sequence_kernel)
             .gradient([](const GradientContext& c) -> Tensors {
               const auto attrs = pick(c.attrs(), {"seq_dim", "batch_dim"});
               return {call_op1("ReverseSequence", {c.grad(), c.input(1)}, attrs), {}};
             }));
}
