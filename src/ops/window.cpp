#include "ops/window.h"

#include <algorithm>
#include <limits>

#include "ops/axes.h"

namespace hornbeam {
namespace {
constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
}

WindowLayout window_layout(const Attrs& attrs, std::size_t rank) {
  const auto& format = attrs.s("data_format");
  const char* last = rank == 4 ? "NHWC" : "NDHWC";
  const char* first = rank == 4 ? "NCHW" : "NCDHW";
  if (format != last && format != first) throw InvalidArgumentError("Invalid data format: " + format);
  return {rank, format == first};
}

std::vector<std::int64_t> window_values(const std::vector<std::int64_t>& values, const WindowLayout& layout,
                                        const std::string& what) {
  if (values.size() != layout.rank) {
    throw InvalidArgumentError("Sliding window " + what + " field must specify " + std::to_string(layout.rank) +
                               " dimensions");
  }
  for (const auto v : values) {
    if (v < 1 || v > kMost) {
      throw InvalidArgumentError("Sliding window " + what + " must be positive and fit 32 bits, got " +
                                 std::to_string(v));
    }
  }
  if (values[0] != 1 || values[layout.channel()] != 1) {
    throw InvalidArgumentError("Current implementation does not yet support " + what +
                               " in the batch and depth dimensions.");
  }
  std::vector<std::int64_t> result;
  for (std::size_t i = 0; i < layout.spatial_rank(); ++i) result.push_back(values[layout.spatial(i)]);
  return result;
}

WindowAttrs window_attrs(const Attrs& attrs, std::size_t rank, const char* op) {
  WindowAttrs w;
  w.layout = window_layout(attrs, rank);
  w.strides = window_values(attrs.ints("strides"), w.layout, "strides");
  w.dilations = attrs.has("dilations") ? window_values(attrs.ints("dilations"), w.layout, "dilations")
                                       : std::vector<std::int64_t>(rank - 2, 1);
  w.padding = attrs.s("padding");
  if (w.padding == "EXPLICIT") {
    const auto& pads = attrs.ints("explicit_paddings");
    if (pads.size() != 2 * rank) {
      throw InvalidArgumentError("explicit_paddings attribute must contain " + std::to_string(2 * rank) +
                                 " values, but got: " + std::to_string(pads.size()));
    }
    for (const auto p : pads) {
      if (p < 0 || p > kMost) throw InvalidArgumentError("All elements of explicit_paddings must be nonnegative");
    }
    const auto c = w.layout.channel();
    if (pads[0] || pads[1] || pads[2 * c] || pads[2 * c + 1]) {
      throw InvalidArgumentError("Nonzero explicit padding in the batch or depth dimensions is not supported");
    }
    for (std::size_t i = 0; i < rank - 2; ++i) {
      w.pads.push_back(pads[2 * w.layout.spatial(i)]);
      w.pads.push_back(pads[2 * w.layout.spatial(i) + 1]);
    }
  } else if (w.padding != "SAME" && w.padding != "VALID") {
    throw InvalidArgumentError("Unknown padding '" + w.padding + "' of op '" + op + "'");
  }
  return w;
}

WindowDim WindowAttrs::dim(std::size_t i, std::int64_t in, std::int64_t kernel, const char* op) const {
  WindowDim d;
  d.in = in;
  d.kernel = kernel;
  d.stride = strides[i];
  d.dilation = dilations[i];
  if (kernel == 0) {
    throw InvalidArgumentError("filter must not have zero elements (i.e. all dimensions must be non-zero)");
  }
  if (in < 0 || kernel < 0) {
    d.out = None;
    return d;
  }
  if (kernel > kMost || in > (std::numeric_limits<std::int64_t>::max() >> 2)) {
    throw InvalidArgumentError(std::string("window or input of op '") + op + "' is too large");
  }
  const auto effective = (kernel - 1) * d.dilation + 1;
  if (padding == "SAME") {
    d.out = (in + d.stride - 1) / d.stride;
    d.pad_before = std::max<std::int64_t>(0, (d.out - 1) * d.stride + effective - in) / 2;
    return d;
  }
  const auto before = padding == "EXPLICIT" ? pads[2 * i] : 0;
  const auto after = padding == "EXPLICIT" ? pads[2 * i + 1] : 0;
  d.pad_before = before;
  const auto padded = in + before + after;
  if (padded < effective) {
    throw InvalidArgumentError("Negative dimension size caused by subtracting " + std::to_string(effective) + " from " +
                               std::to_string(padded) + " for '" + op + "' (op: '" + op + "')");
  }
  d.out = (padded - effective) / d.stride + 1;
  return d;
}

void WindowAttrs::set_spatial(Shape& out, const Shape& in, const std::vector<std::int64_t>& kernel,
                              const char* op) const {
  for (std::size_t i = 0; i < layout.spatial_rank(); ++i) {
    const auto s = layout.spatial(i);
    out[s] = dim(i, in[s], kernel[i], op).out;
  }
}

WindowStrides window_strides(const Shape& shape, const WindowLayout& layout) {
  std::vector<std::int64_t> strides(shape.rank(), 1);
  for (std::size_t i = shape.rank() - 1; i-- > 0;) strides[i] = strides[i + 1] * shape[i + 1];
  WindowStrides s;
  s.batch = strides[0];
  s.channel = strides[layout.channel()];
  const auto skip = 3 - layout.spatial_rank();
  for (std::size_t i = 0; i < layout.spatial_rank(); ++i) s.spatial[skip + i] = strides[layout.spatial(i)];
  return s;
}

WindowGeometry window_geometry(const WindowAttrs& attrs, const Shape& in, const Shape& out,
                               const std::vector<std::int64_t>& kernel, const char* op) {
  WindowGeometry g;
  const auto& layout = attrs.layout;
  g.batch = in[0];
  g.channels_in = in[layout.channel()];
  g.channels_out = out[layout.channel()];
  const auto skip = 3 - layout.spatial_rank();
  for (std::size_t i = 0; i < layout.spatial_rank(); ++i) {
    g.dims[skip + i] = attrs.dim(i, in[layout.spatial(i)], kernel[i], op);
  }
  g.in = window_strides(in, layout);
  g.out = window_strides(out, layout);
  return g;
}

}  // namespace hornbeam
