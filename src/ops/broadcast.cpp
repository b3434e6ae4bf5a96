#include "ops/broadcast.h"

namespace hornbeam {
namespace {

std::vector<std::int64_t> strides_for(const Shape& in, const Shape& out) {
  std::vector<std::int64_t> strides(out.rank(), 0);
  std::int64_t stride = 1;
  const auto lead = out.rank() - in.rank();
  for (std::size_t i = in.rank(); i-- > 0;) {
    if (in[i] != 1) strides[lead + i] = stride;
    stride *= in[i];
  }
  return strides;
}

}  // namespace

BroadcastPlan::BroadcastPlan(const Shape& a, const Shape& b, const Shape& out) {
  const auto sa = strides_for(a, out), sb = strides_for(b, out);
  for (std::size_t i = 0; i < out.rank(); ++i) {
    if (out[i] == 1) continue;
    const bool joins = !dims.empty() && stride_a.back() == sa[i] * out[i] && stride_b.back() == sb[i] * out[i];
    if (joins) {
      dims.back() *= out[i];
      stride_a.back() = sa[i];
      stride_b.back() = sb[i];
    } else {
      dims.push_back(out[i]);
      stride_a.push_back(sa[i]);
      stride_b.push_back(sb[i]);
    }
  }
  if (!dims.empty()) {
    row = dims.back();
    step_a = stride_a.back();
    step_b = stride_b.back();
    dims.pop_back();
    stride_a.pop_back();
    stride_b.pop_back();
  }
  for (const auto d : dims) rows *= d;
}

std::vector<Shape> broadcast_shape(const ShapeContext& c) { return {broadcast_shapes(c.shape(0), c.shape(1))}; }
std::vector<Shape> same_shape(const ShapeContext& c) { return {c.shape(0)}; }

}  // namespace hornbeam
