// MirrorPadGrad: a gradient folded back over the mirrors that MirrorPad set up.
#include "ops/dispatch.h"
#include "ops/gradient.h"
#include "ops/shape_math.h"

namespace hornbeam {
namespace {

std::vector<Shape> mirror_pad_grad_shape(const ShapeContext& c) {
  const auto& in = c.shape(0);
  require_rank(c.shape(1), 2, "MirrorPadGrad", "paddings");
  const auto values = c.ints(1);
  if (!in.has_rank()) return {Shape::unknown()};
  Shape out(std::vector<std::int64_t>(in.rank(), None));
  if (!values) return {out};
  if (values->size() != 2 * in.rank()) {
    throw InvalidArgumentError("The first dimension of paddings must be the rank of inputs" + bracketed(c.shape(1)) +
                               " " + bracketed(in));
  }
  for (std::size_t i = 0; i < in.rank(); ++i) {
    const auto before = (*values)[2 * i], after = (*values)[2 * i + 1];
    if (before < 0 || after < 0) {
      throw InvalidArgumentError("Paddings must be non-negative: " + std::to_string(before) + ", " +
                                 std::to_string(after));
    }
    if (in[i] >= 0) out[i] = in[i] - before - after;
    if (in[i] >= 0 && (out[i] < 0 || std::max(before, after) > out[i])) {
      throw InvalidArgumentError(
          "paddings must be no greater than the output dimension size: " + std::to_string(before) + ", " +
          std::to_string(after) + " greater than " + std::to_string(out[i]));
    }
  }
  return {out};
}

std::unique_ptr<Kernel> mirror_pad_grad_kernel(const KernelSpec& spec) {
  const auto &in = spec.inputs[0].shape, &out = spec.outputs[0].shape;
  const auto paddings = spec.ints(1);
  const std::int64_t edge = spec.attrs.s("mode") == "REFLECT" ? 1 : 0;
  const auto strides = strides_of(out);
  // Per dim, where each of the input's indices goes.
  std::vector<std::vector<std::int64_t>> offsets(in.rank());
  for (std::size_t d = 0; d < in.rank(); ++d) {
    for (std::int64_t i = 0; i < in[d]; ++i) {
      auto s = i - paddings[2 * d];
      if (s < 0) s = -s - 1 + edge;
      if (s >= out[d]) s = 2 * out[d] - 1 - edge - s;
      offsets[d].push_back(s * strides[d]);
    }
  }
  if (offsets.empty()) offsets.push_back({0});
  const auto total = in.num_elements(), n = out.num_elements();
  return dispatch<FloatTypes>(spec.inputs[0].dtype, "MirrorPadGrad", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([offsets, total, n](const KernelRun& io) {
      using C = compute_t<T>;
      const T* x = io.input<T>(0);
      std::vector<C> sums(static_cast<std::size_t>(n));
      const auto& row = offsets.back();
      std::vector<std::size_t> index(offsets.size() - 1);
      for (std::int64_t done = 0; done < total; done += static_cast<std::int64_t>(row.size())) {
        std::int64_t base = 0;
        for (std::size_t d = 0; d < index.size(); ++d) base += offsets[d][index[d]];
        for (const auto offset : row) sums[static_cast<std::size_t>(base + offset)] += static_cast<C>(*x++);
        for (std::size_t d = index.size(); d-- > 0 && ++index[d] == offsets[d].size();) index[d] = 0;
      }
      T* y = io.output<T>(0);
      for (std::size_t i = 0; i < sums.size(); ++i) y[i] = static_cast<T>(sums[i]);
    });
  });
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(mirror_pad_grad) {
  using namespace hornbeam;
  add_op(OpDef("MirrorPadGrad")
             .input("input: T")
             .input("paddings: Tpaddings")
             .output("output: T")
             .attr("T: type")
             .attr("Tpaddings: type = int32")
             .attr("mode: string")
             .shape(mirror_pad_grad_shape)
             .kernel(mirror_pad_grad_kernel)
             .gradient([](const GradientContext& c) -> Tensors {
               return {call_op1("MirrorPad", {c.grad(), c.input(1)}, pick(c.attrs(), {"mode"})), {}};
             }));
}
