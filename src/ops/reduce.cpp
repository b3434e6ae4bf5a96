#include "ops/reduce.h"

namespace hornbeam {

ReducePlan::ReducePlan(const Shape& in, const std::vector<bool>& reduced) {
  struct Dim {
    std::int64_t size, stride;
    bool reduced;
  };
  std::vector<Dim> joined;
  std::int64_t stride = 1;
  for (std::size_t i = in.rank(); i-- > 0;) {
    if (in[i] == 1) continue;
    if (!joined.empty() && joined.back().reduced == reduced[i]) {
      joined.back().size *= in[i];
    } else {
      joined.push_back({in[i], stride, reduced[i]});
    }
    stride *= in[i];
  }
  if (joined.empty()) return;
  inner = joined[0].size;
  inner_reduced = joined[0].reduced;
  for (std::size_t i = joined.size(); i-- > 1;) {
    const auto& d = joined[i];
    (d.reduced ? gone : kept).push_back(d.size);
    (d.reduced ? gone_stride : kept_stride).push_back(d.stride);
    (d.reduced ? gone_total : kept_total) *= d.size;
  }
}

std::unique_ptr<Kernel> detail::reduce_loop_kernel(ReducePlan plan, ReduceLoop loop) {
  const auto columns = plan.inner_reduced ? plan.inner : std::min(plan.inner, ReducePlan::kColumns);
  const auto grain = std::max<std::int64_t>(1, 32768 / std::max<std::int64_t>(1, plan.gone_total * columns));
  return make_kernel([p = std::move(plan), loop, grain](const KernelRun& io) {
    kernels::parallel_for(p.kept_total * p.chunks(), grain,
                          [&](std::int64_t begin, std::int64_t end) { loop(p, io.in[0], io.out[0], begin, end); });
  });
}

std::vector<Shape> reduce_shape(const ShapeContext& c) {
  const auto& in = c.shape(0);
  const bool keep = c.attrs().b("keep_dims");
  const auto axes = c.ints(1);
  if (!in.has_rank()) {
    if (axes && !keep && axes->empty()) return {in};
    return {Shape::unknown()};
  }
  if (!axes) {
    const auto& s = c.shape(1);
    const bool none = s.has_rank() && s.rank() == 1 && s[0] == 0;
    if (none) return {in};
    return {keep ? Shape(std::vector<std::int64_t>(in.rank(), None)) : Shape::unknown()};
  }
  const auto reduced = reduced_dims(in.rank(), *axes);
  Shape out;
  for (std::size_t i = 0; i < in.rank(); ++i) {
    if (!reduced[i]) {
      out.push_back(in[i]);
    } else if (keep) {
      out.push_back(1);
    }
  }
  return {out};
}

}  // namespace hornbeam
