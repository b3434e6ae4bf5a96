// Pad (zeros), PadV2 (a constant), MirrorPad (REFLECT, SYMMETRIC).
#include "ops/gradient.h"
#include "ops/layout_dispatch.h"
#include "ops/shape_math.h"
#include "ops/strided_copy.h"

namespace hornbeam {
namespace {

void check_mirror(std::int64_t before, std::int64_t after, std::int64_t dim, bool reflect) {
  if (before <= dim - (reflect ? 1 : 0) && after <= dim - (reflect ? 1 : 0)) return;
  throw InvalidArgumentError(std::string(reflect ? "paddings must be less than the dimension size: "
                                                 : "paddings must be no greater than the dimension size: ") +
                             std::to_string(before) + ", " + std::to_string(after) +
                             (reflect ? " not less than " : " greater than ") + std::to_string(dim));
}

std::vector<Shape> pad_shape(const ShapeContext& c) {
  const auto& in = c.shape(0);
  const auto& paddings = c.shape(1);
  require_rank(paddings, 2, "Pad", "paddings");
  if (paddings.has_rank() &&
      ((paddings[1] >= 0 && paddings[1] != 2) ||
       (in.has_rank() && paddings[0] >= 0 && static_cast<std::size_t>(paddings[0]) != in.rank()))) {
    throw InvalidArgumentError("The first dimension of paddings must be the rank of inputs" + bracketed(paddings) +
                               " " + bracketed(in));
  }
  const auto values = c.ints(1);
  if (!in.has_rank()) return {Shape::unknown()};
  Shape out(std::vector<std::int64_t>(in.rank(), None));
  if (!values) return {out};
  const auto* mode = c.attrs().find("mode");
  if (mode && c.attrs().s("mode") != "REFLECT" && c.attrs().s("mode") != "SYMMETRIC") {
    throw InvalidArgumentError("mode must be either REFLECT or SYMMETRIC.");
  }
  for (std::size_t i = 0; i < in.rank(); ++i) {
    const auto before = (*values)[2 * i], after = (*values)[2 * i + 1];
    if (before < 0 || after < 0) {
      throw InvalidArgumentError("Paddings must be non-negative: " + std::to_string(before) + " " +
                                 std::to_string(after));
    }
    if (mode && in[i] >= 0) check_mirror(before, after, in[i], c.attrs().s("mode") == "REFLECT");
    out[i] = add_dims(in[i], add_dims(before, after));
  }
  return {out};
}

std::unique_ptr<Kernel> pad_kernel(const KernelSpec& spec) {
  const auto &in = spec.inputs[0].shape, &out = spec.outputs[0].shape;
  const auto paddings = spec.ints(1);
  const auto src = strides_of(in), dst = strides_of(out);
  std::int64_t offset = 0;
  for (std::size_t i = 0; i < in.rank(); ++i) offset += paddings[2 * i] * dst[i];
  const CopyPlan plan(in.dims(), src, dst);
  const auto n = out.num_elements();
  const bool has_value = spec.inputs.size() > 2;
  return dispatch_layout(spec.inputs[0].dtype, "Pad", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([=](const KernelRun& io) {
      T* y = io.output<T>(0);
      std::fill_n(y, n, has_value ? *io.input<T>(2) : T{});
      plan.run(io.input<T>(0), y + offset);
    });
  });
}

std::unique_ptr<Kernel> mirror_pad_kernel(const KernelSpec& spec) {
  const auto &in = spec.inputs[0].shape, &out = spec.outputs[0].shape;
  const auto paddings = spec.ints(1);
  const std::int64_t edge = spec.attrs.s("mode") == "REFLECT" ? 1 : 0;
  const auto strides = strides_of(in);
  // Per dim, where in the source each of the output's indices comes from.
  std::vector<std::vector<std::int64_t>> offsets(out.rank());
  for (std::size_t d = 0; d < out.rank(); ++d) {
    for (std::int64_t i = 0; i < out[d]; ++i) {
      auto s = i - paddings[2 * d];
      if (s < 0) s = -s - 1 + edge;
      if (s >= in[d]) s = 2 * in[d] - 1 - edge - s;
      offsets[d].push_back(s * strides[d]);
    }
  }
  if (offsets.empty()) offsets.push_back({0});
  const auto total = out.num_elements();
  return dispatch_layout(spec.inputs[0].dtype, "MirrorPad", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([offsets, total](const KernelRun& io) {
      const T* x = io.input<T>(0);
      T* y = io.output<T>(0);
      const auto& row = offsets.back();
      std::vector<std::size_t> index(offsets.size() - 1);
      for (std::int64_t done = 0; done < total; done += static_cast<std::int64_t>(row.size())) {
        std::int64_t base = 0;
        for (std::size_t d = 0; d < index.size(); ++d) base += offsets[d][index[d]];
        for (const auto offset : row) *y++ = x[base + offset];
        for (std::size_t d = index.size(); d-- > 0 && ++index[d] == offsets[d].size();) index[d] = 0;
      }
    });
  });
}

// What lies inside the padding.
Tensors pad_gradient(const GradientContext& c) {
  const auto &x = c.input(0), &paddings = c.input(1);
  const auto before = ops::reshape(ops::slice(paddings, {0, 0}, {-1, 1}), Shape{None});
  return c.first(call_op1("Slice", {c.grad(), before, shape_of(x, paddings.dtype())}));
}

Tensors mirror_pad_gradient(const GradientContext& c) {
  return {call_op1("MirrorPadGrad", {c.grad(), c.input(1)}, pick(c.attrs(), {"mode"})), {}};
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(pad) {
  using namespace hornbeam;
  for (const char* name : {"Pad", "PadV2", "MirrorPad"}) {
    const std::string_view n(name);
    auto def = OpDef(name).input("input: T").input("paddings: Tpaddings");
    if (n == "PadV2") std::move(def).input("constant_values: T");
    std::move(def).output("output: T").attr("T: type").attr("Tpaddings: type = int32");
    if (n == "MirrorPad") std::move(def).attr("mode: string");
    const bool mirror = n == "MirrorPad";
    add_op(std::move(def)
               .shape(pad_shape)
               .kernel(mirror ? mirror_pad_kernel : pad_kernel)
               .gradient(mirror ? mirror_pad_gradient : pad_gradient));
  }
}
